// How packages and secrets are shown to people; shared by several commands.
#pragma once

#include <string>

#include "cli/api.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "cli/output.h"
#include "net/json.h"

namespace rekey::cli {

[[nodiscard]] Tone tone_of_state(std::string_view state);

// Two-column description of a package and its integration.
void show_package(const Context& context, const net::JsonValue& reply);
// A table of secrets, in the order given.
void show_secrets(const Context& context, const net::JsonValue& secrets);

// Prints what a reply that shows a new secret says, sends the value where the user wants it
// (--secret-file F, else standard output), and says when it ends. `sentence` says what happened.
[[nodiscard]] base::Result<int> show_new_secret(const Context& context, const Arguments& arguments,
                                                const ApiReply& reply, const std::string& sentence);

// The reply as JSON where --json was given; true where it was printed.
[[nodiscard]] bool printed_as_json(const Context& context, const Arguments& arguments,
                                   const ApiReply& reply);

}  // namespace rekey::cli
