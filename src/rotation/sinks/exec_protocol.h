// How the sink "exec" speaks with an author's program: one process a request, a JSON object in and
// one out, the secret value on descriptors of its own. docs/sinks/exec.md is the protocol's text,
// and the section numbers here are its.
//
// Errors name the verb and what the program said; a value never stands in them, even where the
// program put it into its message.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "platform/exchange.h"
#include "rotation/drivers/exec_answer.h"

namespace rekey::rotation {

inline constexpr int kExecProtocol = 1;
inline constexpr std::size_t kExecAnswerLimitBytes = 64 * 1024;
inline constexpr std::size_t kExecValueLimitBytes = 64 * 1024;
inline constexpr std::string_view kVerbDescribe = "describe";
inline constexpr std::string_view kVerbRead = "read";
inline constexpr std::string_view kVerbWrite = "write";
inline constexpr std::string_view kVerbReadback = "readback";
inline constexpr std::string_view kVerbReload = "reload";

struct ExecRequest {
  std::string_view verb;
  std::string version;      // of write: what the place must still have; empty for other verbs
  std::string_view value;   // of write
  bool is_dry_run = false;  // of write: say whether it could, and change nothing
  int protocol = kExecProtocol;
};

struct ExecReply {
  std::string version;             // of read and readback
  base::Secret value;              // of read and readback
  std::string address;             // of describe: two programs with one address have one place
  std::vector<std::string> verbs;  // of describe
};

// The JSON text of a request (section 2): one line, without blanks, members in a fixed order.
[[nodiscard]] std::string request_text(const ExecRequest& request);

// What an answer means (sections 3 to 5). A refusal has the code of section 5's table; kUnsupported
// where the answer is not of the protocol. `values` must not occur in what the program says.
[[nodiscard]] base::Result<ExecReply> read_answer(const ExecRequest& request,
                                                  const platform::Answer& answer,
                                                  const std::vector<std::string_view>& values);

// Asks, and reads the answer; what the process itself met with otherwise.
[[nodiscard]] base::Result<ExecReply> exchange(const AskProcess& ask, const ExecRequest& request,
                                               base::Duration timeout,
                                               const std::vector<std::string_view>& values = {});

}  // namespace rekey::rotation
