#include "rotation/issuers/exec_issuer.h"

#include <utility>

namespace rekey::rotation {
namespace {

constexpr std::size_t kAnswerLimitBytes = 64 * 1024;
constexpr std::size_t kValueLimitBytes = 4096;

base::Result<ExecIssuerReply> read_reply(const ExecIssuerRequest& request,
                                         const platform::Answer& answer,
                                         const std::vector<std::string_view>& values) {
  const ExecVerb verb{request.verb, "see docs/issuers/generic-oauth2.md"};
  std::vector<std::string_view> untold = values;
  untold.push_back(request.value);
  REKEY_TRY(const net::JsonValue json, read_exec_object(verb, answer, std::move(untold)));
  ExecIssuerReply reply;
  if (request.verb != kVerbStage) return reply;
  const auto id = json.string_member_or("id", "");
  if (!id || (!id->empty() && !is_exec_token(*id))) {
    return not_the_protocol(verb, "has an id that is not 1 to 256 letters, digits and ._:+/=-");
  }
  reply.id = *id;
  const auto end = json.string_member_or("expires_at", "");
  if (!end) return not_the_protocol(verb, "has an expires_at that is not a text");
  if (!end->empty()) {
    const auto at = base::parse_instant(*end);
    if (!at) return not_the_protocol(verb, "has an expires_at that is no time in RFC 3339");
    reply.expires_at = *at;
  }
  const bool is_value_made = !request.value.empty();
  if (is_value_made != answer.value.is_empty()) {
    return not_the_protocol(verb, is_value_made ? "came with a value, and Rekey had made one"
                                                : "came without a value on descriptor 4");
  }
  reply.value = answer.value.clone();
  return reply;
}

}  // namespace

std::string request_text(const ExecIssuerRequest& request) {
  net::JsonWriter json;
  json.begin_object().member("protocol", kExecIssuerProtocol).member("verb", request.verb);
  json.member("client_id", request.client_id).member("label", request.label);
  json.member("new_id", request.new_id);
  json.member("value_bytes", static_cast<std::int64_t>(request.value.size())).end_object();
  return json.release() + "\n";
}

base::Result<ExecIssuerReply> exchange(const AskProcess& ask, const ExecIssuerRequest& request,
                                       base::Duration timeout,
                                       const std::vector<std::string_view>& values) {
  const std::string text = request_text(request);
  REKEY_TRY(const platform::Answer answer,
            ask({text, request.value, kAnswerLimitBytes, kValueLimitBytes}, timeout));
  return read_reply(request, answer, values);
}

}  // namespace rekey::rotation
