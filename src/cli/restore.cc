// rekey restore: a backup, into a folder of its own.
#include "authority/restore.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "authority/backup_key.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/passphrase.h"
#include "telemetry/logger.h"

namespace rekey::cli {
namespace {

using authority::RestoredSecret;
using authority::RestoreReport;
using base::Code;
using base::fail;
using base::Result;

constexpr std::int64_t kKeyLimitBytes = 4096;
// More lines than this nobody reads; --json has them all.
constexpr std::size_t kMostRows = 40;
constexpr std::size_t kWidth = 88;

Result<authority::BackupOpener> read_opener(const Context& context, const Arguments& arguments,
                                            const authority::BackupHead& head) {
  const auto file = arguments.get("--backup-key");
  const bool is_for_key = head.sealed_to == authority::BackupSealedTo::kRecipient;
  if (!file && is_for_key) {
    return fail(Code::kInvalidArgument,
                fmt::format("the backup is sealed to the key {}: name that key's file with "
                            "--backup-key",
                            head.recipient));
  }
  if (!file) {
    REKEY_TRY(auto passphrase, read_passphrase(context, arguments, PassphraseUse::kExisting));
    return authority::BackupOpener(std::move(passphrase));
  }
  const auto text = context.files.read(*file, kKeyLimitBytes);
  if (!text) return tl::unexpected(as_file_away(text.error()));
  auto key = authority::parse_backup_key(text->reveal());
  if (!key) return tl::unexpected(base::with_context(*file, std::move(key).error()));
  return authority::BackupOpener(*std::move(key));
}

void print_paragraph(const Context& context, std::string_view text, std::size_t indent = 0,
                     Tone tone = Tone::kPlain) {
  auto lines = wrapped(text, indent, kWidth);
  while (lines.ends_with('\n')) lines.pop_back();
  print_line(context, in_tone(context, lines, tone));
}

void print_secrets(const Context& context, const std::vector<RestoredSecret>& secrets,
                   base::Instant now) {
  Table table({"CLIENT ID", "PACKAGE", "SLOT", "SECRET", "STATE", "ENDS"});
  for (std::size_t i = 0; i < std::min(secrets.size(), kMostRows); ++i) {
    const RestoredSecret& secret = secrets[i];
    table.add({{secret.client_id.value},
               {secret.package},
               {secret.slot.value},
               {to_text(secret.id)},
               {std::string(name_of(secret.status))},
               {fmt::format("{} ({})", base::format_instant(secret.ends_at),
                            base::describe_relative(secret.ends_at, now))}});
  }
  table.print(context);
  if (secrets.size() <= kMostRows) return;
  print_line(context,
             fmt::format("and {} more; --json lists them all", secrets.size() - kMostRows));
}

std::string revoke_command(const RestoredSecret& secret) {
  return fmt::format("rekey secret revoke {} {} --reason TEXT", secret.client_id.value,
                     to_text(secret.id));
}

// What is known of the time after the backup: nothing, or what the lost folder tells.
void print_warning(const Context& context, const RestoreReport& report,
                   const authority::BackupFacts& facts) {
  const auto made_at = fmt::format("{} ({})", base::format_instant(facts.made_at),
                                   base::describe_relative(facts.made_at, report.restored_at));
  if (!report.since) {
    print_paragraph(context,
                    fmt::format("Warning: what happened after {} is not in this backup. A secret "
                                "that was revoked, replaced or ended by hand since then is "
                                "accepted again. One that was staged or activated since then is "
                                "unknown here, and its programs are refused.",
                                made_at),
                    0, Tone::kWarning);
    return;
  }
  print_paragraph(
      context,
      fmt::format("Warning: the lost folder's ledger has {} more event{}, after {}. None "
                  "of that is here.",
                  report.since->events, report.since->events == 1 ? "" : "s", made_at),
      0, Tone::kWarning);
  for (const authority::WasEnded& ended : report.since->ended) {
    print_line(
        context,
        fmt::format("{} of {} ({}) is accepted again, and was not any more: {}. End it: {}",
                    to_text(ended.secret.id), ended.secret.client_id.value, ended.secret.package,
                    ended.how,
                    ended.secret.is_admin ? "rekey admin recover" : revoke_command(ended.secret)));
  }
}

void print_steps(const Context& context, const std::string& folder) {
  print_line(context, "\nWhat to do, in this order:");
  for (const std::string& step :
       {fmt::format("1. See that the lost server does not come back: two authorities of one tenant "
                    "would both issue secrets and accept them."),
        fmt::format(
            "2. `rekey admin recover --data {}` makes a new admin credential and ends every "
            "older one.",
            folder),
        fmt::format("3. `rekey serve --data {}`. No token from before is accepted; programs ask "
                    "for new ones.",
                    folder),
        std::string("4. End what was ended since the backup, as far as anybody knows of it: `rekey "
                    "secret revoke CLIENT_ID SECRET --reason TEXT`."),
        std::string("5. Rotate anew what was rotated since the backup. A run that was open then "
                    "does not know this authority's secrets: `rekey run explain` tells where it "
                    "stands, `rekey run abort` gives it up.")}) {
    print_paragraph(context, step, 2);
  }
}

void print_report(const Context& context, const RestoreReport& report,
                  const authority::BackupFacts& facts, const std::string& folder) {
  print_line(
      context,
      fmt::format("Restored {} into {}: {} events, {} rows compared, everything fits.",
                  facts.tenant, folder, report.verified.ledger.events, report.verified.rows));
  print_warning(context, report, facts);
  print_line(context, fmt::format("\nAccepted here from now on ({}):", report.accepted.size()));
  print_secrets(context, report.accepted, report.restored_at);
  if (!report.ended_since.empty()) {
    print_line(context, fmt::format("\nEnded since the backup, by their dates or unused as far as "
                                    "the backup knows ({}); they stay ended:",
                                    report.ended_since.size()));
    print_secrets(context, report.ended_since, report.restored_at);
  }
  print_steps(context, folder);
}

void write_secret(net::JsonWriter& out, const RestoredSecret& secret) {
  out.member("client_id", secret.client_id.value)
      .member("package", secret.package)
      .member("slot", secret.slot.value)
      .member("secret_id", to_text(secret.id))
      .member("state", name_of(secret.status))
      .member("ends_at", base::format_instant(secret.ends_at))
      .member("admin", secret.is_admin);
}

void write_secrets(net::JsonWriter& out, std::string_view name,
                   const std::vector<RestoredSecret>& secrets) {
  out.key(name).begin_array();
  for (const RestoredSecret& secret : secrets) {
    out.begin_object();
    write_secret(out, secret);
    out.end_object();
  }
  out.end_array();
}

void print_report_json(const Context& context, const RestoreReport& report,
                       const authority::BackupFacts& facts, const std::string& folder) {
  net::JsonWriter out;
  out.begin_object()
      .member("folder", folder)
      .member("tenant", facts.tenant)
      .member("backup_made_at", base::format_instant(facts.made_at))
      .member("ledger_position", facts.position)
      .member("restored_at", base::format_instant(report.restored_at))
      .member("unknown_since", base::format_instant(facts.made_at));
  write_secrets(out, "accepted", report.accepted);
  write_secrets(out, "ended_since", report.ended_since);
  if (report.since) {
    out.member("events_since", report.since->events).key("accepted_again").begin_array();
    for (const authority::WasEnded& ended : report.since->ended) {
      out.begin_object();
      write_secret(out, ended.secret);
      out.member("ended_there", ended.how).end_object();
    }
    out.end_array();
  }
  out.end_object();
  print_json(context, out.text());
}

}  // namespace

Result<int> run_restore(Context& context, const Arguments& arguments) {
  const auto folder = arguments.get("--data");
  if (!folder) {
    return fail(Code::kInvalidArgument,
                "--data DIR is needed: a folder that does not exist yet, or is empty");
  }
  auto backup = authority::BackupReader::open(arguments.argument("FILE"));
  if (!backup) return tl::unexpected(as_file_away(std::move(backup).error()));
  REKEY_TRY(const auto opener, read_opener(context, arguments, backup->head()));
  REKEY_CHECK(backup->unlock(opener));
  telemetry::Logger logger(telemetry::LogFormat::kText, telemetry::Level::kError);
  const auto restored = authority::restore_backup(context.files, *backup,
                                                  {.folder = *folder,
                                                   .key_file = arguments.get_or("--key", ""),
                                                   .lost_folder = arguments.get_or("--lost", ""),
                                                   .uid = ::geteuid()},
                                                  context.clock, logger);
  if (!restored) return tl::unexpected(as_file_away(restored.error()));
  const auto& facts = backup->head().facts;
  if (arguments.wants_json()) {
    print_report_json(context, *restored, facts, *folder);
  } else {
    print_report(context, *restored, facts, *folder);
  }
  const bool is_known_to_be_wrong = restored->since && !restored->since->ended.empty();
  return is_known_to_be_wrong ? kExitNeedsPerson : kExitOk;
}

}  // namespace rekey::cli
