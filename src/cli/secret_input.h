// Taking a secret value from a person or a program: a file or standard input, never an argument.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "cli/context.h"

namespace rekey::cli {

// `source`: a path, or "-" for standard input. One line; a final newline is not part of the value.
// kInvalidArgument where it is empty, longer than 4 KiB, or more than one line; kUnavailable where
// there is no such file.
[[nodiscard]] base::Result<base::Secret> read_secret_input(const Context& context,
                                                           const std::string& source);

// Asks for it at the terminal without showing it: one line, typed or pasted. Blanks around it and
// the marks of a bracketed paste are not part of it. kInvalidArgument where it is empty, longer
// than 4 KiB, or more than one line; kNeedsPerson where the input ends.
[[nodiscard]] base::Result<base::Secret> read_hidden_line(const Context& context,
                                                          const std::string& prompt);
// One line from a descriptor that the caller opened ("3" of `3< file`); it is closed. As above.
[[nodiscard]] base::Result<base::Secret> read_secret_descriptor(int descriptor);

}  // namespace rekey::cli
