// The passphrase of a backup: from a file, standard input or the terminal, never an argument.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "cli/arguments.h"
#include "cli/context.h"

namespace rekey::cli {

// A new one is asked for twice on a terminal, and must not be short.
enum class PassphraseUse { kNew, kExisting };

// From --passphrase-file (- for standard input), else from the terminal. kInvalidArgument where
// neither is there, or it is none; kUnavailable where the file is not there.
[[nodiscard]] base::Result<base::Secret> read_passphrase(const Context& context,
                                                         const Arguments& arguments,
                                                         PassphraseUse use);

}  // namespace rekey::cli
