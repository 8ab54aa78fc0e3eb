// Taking a secret value from a person or a program: a file, a file descriptor, standard input or
// the terminal, never an argument.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "cli/arguments.h"
#include "cli/context.h"

namespace rekey::cli {

// `source`: a path, or "-" for standard input. One line; a final newline is not part of the value.
// kInvalidArgument where it is empty, longer than 4 KiB, or more than one line; kUnavailable where
// there is no such file.
[[nodiscard]] base::Result<base::Secret> read_secret_input(const Context& context,
                                                           const std::string& source);

struct SecretValueSource {
  std::optional<int> descriptor;  // read to its end; else the terminal, or standard input
  std::string_view question;      // asked on a terminal, without the colon
  bool may_be_later = false;      // there, Enter alone is kNeedsPerson
};

// A value that a person copied from somewhere, cleaned as clean_secret_value does. On a terminal it
// is asked for on the error stream and not echoed; the terminal is put back whatever happens, by a
// signal too, and what else was pasted is thrown away. kInvalidArgument where it is no value, or
// the descriptor cannot be read.
[[nodiscard]] base::Result<base::Secret> read_secret_value(const Context& context,
                                                           const SecretValueSource& source);

// What was pasted, without the terminal's marks of a paste (ESC [ 200 ~ and ESC [ 201 ~) and
// without blanks and line ends around it. kInvalidArgument where nothing is left, where it has more
// than one line, or holds a control or a hidden character (base/printable.h). `name` says where it
// is from.
[[nodiscard]] base::Result<base::Secret> clean_secret_value(std::string_view pasted,
                                                            std::string_view name);

// The number of --value-fd: 0 or a descriptor that was opened for the program, at most 1023.
[[nodiscard]] base::Result<std::optional<int>> value_descriptor(const Arguments& arguments);

}  // namespace rekey::cli
