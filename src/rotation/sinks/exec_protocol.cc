#include "rotation/sinks/exec_protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "net/json.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view kHelp =
    "see docs/sinks/exec.md, and try the program with `rekey sink check`";

Result<ExecReply> read_description(const ExecVerb& verb, const net::JsonValue& json) {
  const auto protocol = json.integer_member("protocol");
  if (!protocol) return not_the_protocol(verb, "lacks the number protocol");
  if (*protocol != kExecProtocol) {
    return fail(Code::kUnsupported,
                fmt::format("the program speaks protocol {}, and this engine speaks {}", *protocol,
                            kExecProtocol));
  }
  ExecReply reply;
  const auto address = json.string_member_or("address", "");
  if (!address) return not_the_protocol(verb, "has an address that is not a text");
  reply.address = *address;
  const net::JsonValue* verbs = json.find("verbs");
  if (verbs == nullptr) return not_the_protocol(verb, "lacks the list verbs");
  for (const net::JsonValue& item : verbs->items()) {
    const auto word = item.as_string();
    if (!word) return not_the_protocol(verb, "has a verb that is not a text");
    reply.verbs.emplace_back(*word);
  }
  for (const std::string_view needed : {kVerbRead, kVerbWrite}) {
    if (std::find(reply.verbs.begin(), reply.verbs.end(), needed) == reply.verbs.end()) {
      return not_the_protocol(verb, fmt::format("does not list the verb {}", needed));
    }
  }
  return reply;
}

}  // namespace

std::string request_text(const ExecRequest& request) {
  net::JsonWriter json;
  json.begin_object().member("protocol", request.protocol).member("verb", request.verb);
  if (request.verb == kVerbWrite) {
    json.member("version", request.version)
        .member("value_bytes", static_cast<std::int64_t>(request.value.size()))
        .member("dry_run", request.is_dry_run);
  }
  json.end_object();
  return json.release() + "\n";
}

Result<ExecReply> read_answer(const ExecRequest& request, const platform::Answer& answer,
                              const std::vector<std::string_view>& values) {
  const ExecVerb verb{request.verb, kHelp};
  std::vector<std::string_view> untold = values;
  untold.push_back(request.value);
  REKEY_TRY(const net::JsonValue json, read_exec_object(verb, answer, std::move(untold)));
  if (verb.name == kVerbDescribe) return read_description(verb, json);
  ExecReply reply;
  if (verb.name == kVerbRead || verb.name == kVerbReadback) {
    const auto version = json.string_member("version");
    if (!version || !is_exec_token(*version)) {
      return not_the_protocol(verb, "lacks a version of 1 to 256 letters, digits and ._:+/=-");
    }
    reply.version = *version;
    reply.value = answer.value.clone();
  }
  return reply;
}

Result<ExecReply> exchange(const AskProcess& ask, const ExecRequest& request,
                           base::Duration timeout, const std::vector<std::string_view>& values) {
  const std::string text = request_text(request);
  REKEY_TRY(const platform::Answer answer,
            ask({text, request.value, kExecAnswerLimitBytes, kExecValueLimitBytes}, timeout));
  return read_answer(request, answer, values);
}

}  // namespace rekey::rotation
