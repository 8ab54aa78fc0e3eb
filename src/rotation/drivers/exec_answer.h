// What the protocols of authors' programs have in common: one process a request, a JSON object in
// and one out, a secret value on descriptors of its own (docs/sinks/exec.md, sections 1 and 5).
//
// Errors name the verb and what the program said; a value never stands in them, even where the
// program put it into its message.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "net/json.h"
#include "platform/exchange.h"

namespace rekey::rotation {

// platform::ask_process, or something that stands for it.
using AskProcess =
    std::function<base::Result<platform::Answer>(const platform::Question&, base::Duration)>;

// Runs `command` for every question.
[[nodiscard]] AskProcess ask_command(std::vector<std::string> command);

// 1 to 256 letters, digits and ._:+/=-: carried as it is by a shell, a journal and a JSON text
// without escapes.
[[nodiscard]] bool is_exec_token(std::string_view text) noexcept;

struct ExecVerb {
  std::string_view name;
  std::string_view help;  // where its author reads on: "see docs/sinks/exec.md"
};

[[nodiscard]] tl::unexpected<base::Error> not_the_protocol(const ExecVerb& verb,
                                                           std::string_view what);

// The object that was answered. A refusal has the code of section 5's table; kUnsupported where the
// answer is not of the protocol, kUnavailable where there is none. `untold` must not occur in it,
// and neither may the answer's own value.
[[nodiscard]] base::Result<net::JsonValue> read_exec_object(const ExecVerb& verb,
                                                            const platform::Answer& answer,
                                                            std::vector<std::string_view> untold);

}  // namespace rekey::rotation
