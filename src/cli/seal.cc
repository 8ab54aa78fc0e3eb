// rekey seal: on a person's own machine, from a value to a line that only one rotation can read.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/secret_input.h"
#include "crypto/sealed_box.h"

namespace rekey::cli {
namespace {

constexpr std::size_t kAddressLimitBytes = 4096;

base::Result<crypto::IntakeAddress> read_address(const Context& context, const std::string& given) {
  if (given.empty()) {
    return base::fail(base::Code::kInvalidArgument,
                      "--to ADDRESS is needed: the line that begins with rkp1., which the rotation "
                      "printed, or a file that holds it");
  }
  if (given.starts_with("rkp1.")) return crypto::intake_address_from_text(given);
  const auto content = context.files.read(given, kAddressLimitBytes);
  if (!content) return tl::unexpected(as_file_away(content.error()));
  auto address = crypto::intake_address_from_text(content->reveal());
  if (!address) return tl::unexpected(base::with_context(given, std::move(address).error()));
  return address;
}

}  // namespace

base::Result<int> run_seal(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto address, read_address(context, arguments.get_or("--to", "")));
  REKEY_TRY(const auto descriptor, value_descriptor(arguments));
  fmt::print(context.err, "Sealing for: {}\nFingerprint: {} (the rotation shows the same)\n",
             printable(address.context), crypto::fingerprint_of(address));
  std::fflush(context.err);
  REKEY_TRY(const auto value,
            read_secret_value(context, {.descriptor = descriptor, .question = "The new secret"}));
  REKEY_TRY(const auto sealed, crypto::seal_to(address, value));
  print_line(context, sealed);
  fmt::print(context.err,
             "Sealed a value of {} bytes. The line is safe to send; give it to the "
             "rotation.\n",
             value.size_bytes());
  return kExitOk;
}

}  // namespace rekey::cli
