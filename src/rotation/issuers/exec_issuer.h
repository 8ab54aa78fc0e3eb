// How the issuer "generic-oauth2" speaks with an author's program that stages, activates or ends a
// secret: one process a request, as the sink "exec" does it. docs/issuers/generic-oauth2.md is the
// protocol's text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "rotation/drivers/exec_answer.h"

namespace rekey::rotation {

inline constexpr int kExecIssuerProtocol = 1;
inline constexpr std::string_view kVerbStage = "stage";
inline constexpr std::string_view kVerbActivate = "activate";
inline constexpr std::string_view kVerbRevoke = "revoke";

struct ExecIssuerRequest {
  std::string_view verb;
  std::string client_id;
  std::string label;       // the run that asks
  std::string new_id;      // of the run's own secret; empty for stage
  std::string_view value;  // of stage: where Rekey has made it; of revoke: the one that ends
};

struct ExecIssuerReply {
  std::string id;                           // of stage; empty where the program has none
  base::Secret value;                       // of stage, where the issuer has made it
  std::optional<base::Instant> expires_at;  // of stage
};

// One line, without blanks, members in a fixed order.
[[nodiscard]] std::string request_text(const ExecIssuerRequest& request);

// A refusal has the code of the protocol's table; kUnsupported where the answer is not of the
// protocol. `values` must not occur in what the program says.
[[nodiscard]] base::Result<ExecIssuerReply> exchange(const AskProcess& ask,
                                                     const ExecIssuerRequest& request,
                                                     base::Duration timeout,
                                                     const std::vector<std::string_view>& values);

}  // namespace rekey::rotation
