// rekey backup and rekey backup key: straight from the data folder, beside a running server or
// without one.
#include "authority/backup.h"

#include <fmt/format.h>

#include "authority/backup_key.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/passphrase.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::int64_t kAddressLimitBytes = 4096;

Result<std::string> required(const Arguments& arguments, std::string_view option,
                             std::string_view what) {
  const auto given = arguments.get(option);
  if (given) return *given;
  return fail(Code::kInvalidArgument, fmt::format("{} is needed: {}", option, what));
}

Result<authority::BackupSeal> read_seal(const Context& context, const Arguments& arguments) {
  const auto recipient = arguments.get("--recipient");
  if (!recipient) {
    REKEY_TRY(auto passphrase, read_passphrase(context, arguments, PassphraseUse::kNew));
    return authority::BackupSeal(std::move(passphrase));
  }
  if (arguments.has("--passphrase-file")) {
    return fail(Code::kInvalidArgument,
                "give --recipient or --passphrase-file, not both: one of them opens the backup");
  }
  const auto text = context.files.read(*recipient, kAddressLimitBytes);
  if (!text) return tl::unexpected(as_file_away(text.error()));
  auto address = authority::parse_backup_address(text->reveal());
  if (!address) return tl::unexpected(base::with_context(*recipient, std::move(address).error()));
  return authority::BackupSeal(*std::move(address));
}

std::string sealed_to(const authority::BackupSeal& seal) {
  const auto* address = std::get_if<crypto::IntakeAddress>(&seal);
  return address == nullptr ? "with a passphrase"
                            : "to the key " + crypto::fingerprint_of(*address);
}

void print_backup_json(const Context& context, const std::string& path,
                       const authority::BackupFacts& facts) {
  net::JsonWriter out;
  out.begin_object()
      .member("file", path)
      .member("tenant", facts.tenant)
      .member("made_at", base::format_instant(facts.made_at))
      .member("ledger_position", facts.position)
      .member("checkpoint_number", facts.checkpoint_number)
      .member("checkpoint_position", facts.checkpoint_position)
      .member("content_bytes", facts.sizes.total_bytes())
      .end_object();
  print_json(context, out.text());
}

}  // namespace

Result<int> run_backup(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto folder, required(arguments, "--data", "the authority's data folder"));
  REKEY_TRY(const auto to, required(arguments, "--to", "the file that is made"));
  // Before anybody types a passphrase for nothing.
  if (context.files.facts(to)) {
    return fail(Code::kAlreadyExists, to + " exists and is left as it is; name a file that does "
                                           "not");
  }
  REKEY_TRY(auto seal, read_seal(context, arguments));
  const auto how = sealed_to(seal);
  const auto made = authority::make_backup(
      context.files, {folder, arguments.get_or("--key", ""), to, std::move(seal)},
      context.clock.now());
  if (!made) return tl::unexpected(as_file_away(made.error()));
  if (arguments.wants_json()) {
    print_backup_json(context, to, *made);
    return kExitOk;
  }
  print_line(context,
             fmt::format("{} holds {} up to event {} of its ledger, as of {}, sealed {}.", to,
                         made->tenant, made->position, base::format_instant(made->made_at), how));
  print_line(context,
             "What opens it opens the root key too: keep the two apart, and neither on this "
             "machine. `rekey restore` brings it back.");
  return kExitOk;
}

Result<int> run_backup_key(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto to, required(arguments, "--to", "the file that is made, beside one .pub"));
  const auto address_file = to + ".pub";
  for (const auto& path : {to, address_file}) {
    if (!context.files.facts(path)) continue;
    return fail(Code::kAlreadyExists,
                path + " exists and is left as it is; name a file that does not");
  }
  const auto key = crypto::make_intake_key();
  REKEY_CHECK(context.files.create(to, authority::format_backup_key(key).reveal(), 0600));
  REKEY_CHECK(context.files.create(address_file, authority::format_backup_address(key), 0644));
  const auto address = key.address(std::string(authority::kBackupContext));
  print_line(context, fmt::format("{} opens backups (mode 0600); keep it away from the server, and "
                                  "keep a copy: nothing else opens them.",
                                  to));
  print_line(context, fmt::format("{} is what the server seals to: --recipient {}", address_file,
                                  address_file));
  print_line(context, fmt::format("Fingerprint {}", crypto::fingerprint_of(address)));
  return kExitOk;
}

}  // namespace rekey::cli
