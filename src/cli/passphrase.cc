#include "cli/passphrase.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/secret_input.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

// scrypt makes guesses dear, not impossible: what a person makes up must have some length.
constexpr std::size_t kLeastBytes = 12;

Result<base::Secret> ask_for_it(const Context& context, PassphraseUse use) {
  REKEY_TRY(auto passphrase, read_secret_value(context, {.descriptor = std::nullopt,
                                                         .question = "The backup's passphrase"}));
  if (use == PassphraseUse::kExisting) return passphrase;
  REKEY_TRY(const auto again, read_secret_value(context, {.descriptor = std::nullopt,
                                                          .question = "The same once more"}));
  if (passphrase == again) return passphrase;
  return fail(Code::kInvalidArgument, "the two differ; nothing was backed up");
}

}  // namespace

Result<base::Secret> read_passphrase(const Context& context, const Arguments& arguments,
                                     PassphraseUse use) {
  const auto file = arguments.get("--passphrase-file");
  if (!file && ::isatty(STDIN_FILENO) != 1) {
    return fail(Code::kInvalidArgument,
                "nobody is at a terminal to give the passphrase: name a file that holds it with "
                "--passphrase-file, or - for standard input");
  }
  REKEY_TRY(auto passphrase, file ? read_secret_input(context, *file) : ask_for_it(context, use));
  if (use == PassphraseUse::kNew && passphrase.size_bytes() < kLeastBytes) {
    return fail(Code::kInvalidArgument,
                fmt::format("the passphrase has fewer than {} characters, and whoever guesses it "
                            "has the root key; take a longer one, such as six words",
                            kLeastBytes));
  }
  return passphrase;
}

}  // namespace rekey::cli
