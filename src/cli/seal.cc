// rekey seal: on a person's own machine, from a value to a line that only one rotation can read.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/secret_input.h"
#include "cli/terminal.h"
#include "crypto/sealed_box.h"
#include "rotation/issuers/secret_shape.h"

namespace rekey::cli {
namespace {

constexpr std::size_t kAddressLimitBytes = 4096;
// Of a secret of Marketing Cloud, old and new (contract section 3.4). What the run itself takes is
// its issuer's setting, which the address does not tell.
constexpr std::string_view kUsualLengths = "24,64";

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

// Half a value would travel for nothing, and its lack be told to somebody else much later.
base::Status check_shape(const Context& context, const Arguments& arguments,
                         const base::Secret& value) {
  if (arguments.has("--any-value")) return {};
  REKEY_TRY(const auto shape, rotation::SecretShape::parse(kUsualLengths, ""));
  const auto fits = shape.check(value);
  if (fits) return {};
  Context at_terminal = context;
  at_terminal.out = context.err;
  const std::string said =
      fmt::format("That looks like no client secret: {}.", fits.error().detail);
  if (can_ask(at_terminal)) {
    if (ask(at_terminal, said + " Seal it all the same?")) return {};
    return base::fail(base::Code::kInvalidArgument, "nothing is sealed; copy the value again");
  }
  return base::fail(base::Code::kInvalidArgument,
                    said + " Copy it again; --any-value seals it all the same");
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
  REKEY_CHECK(check_shape(context, arguments, value));
  REKEY_TRY(const auto sealed, crypto::seal_to(address, value));
  print_line(context, sealed);
  fmt::print(context.err,
             "Sealed a value of {} bytes. The line is safe to send; give it to the "
             "rotation.\n",
             value.size_bytes());
  return kExitOk;
}

}  // namespace rekey::cli
