#include "rotation/sinks/exec_protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/printable.h"
#include "net/json.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t kLongestMessage = 300;
constexpr std::size_t kLongestVersion = 256;

// Section 5.
constexpr std::array<std::pair<std::string_view, Code>, 8> kErrorCodes{{
    {"not_found", Code::kNotFound},
    {"conflict", Code::kConflict},
    {"uncarriable", Code::kInvalidArgument},
    {"corrupt", Code::kCorrupt},
    {"forbidden", Code::kForbidden},
    {"unavailable", Code::kUnavailable},
    {"unsupported", Code::kUnsupported},
    {"failed", Code::kIo},
}};

// Short values occur in any text.
constexpr std::size_t kShortestTellingValue = 4;

bool tells_a_value(std::string_view text, const std::vector<std::string_view>& values) {
  return std::any_of(values.begin(), values.end(), [text](std::string_view value) {
    return value.size() >= kShortestTellingValue && text.find(value) != std::string_view::npos;
  });
}

// A token must be carried as it is by a shell, a journal and a JSON text without escapes.
bool is_version(std::string_view text) {
  return !text.empty() && text.size() <= kLongestVersion &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  std::string_view("._:+/=-").find(c) != std::string_view::npos;
         });
}

tl::unexpected<base::Error> not_the_protocol(std::string_view verb, std::string_view what) {
  return fail(Code::kUnsupported,
              fmt::format("the answer to {} {}; see docs/sinks/exec.md, and try the program with "
                          "`rekey sink check`",
                          verb, what));
}

std::string message_of(const net::JsonValue& error) {
  const auto message = error.string_member_or("message", "");
  if (!message || message->empty()) return "it says no more";
  std::string text = base::escape_hidden(*message, base::EscapeForm::kBraces);
  if (text.size() <= kLongestMessage) return text;
  std::size_t end = kLongestMessage;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

tl::unexpected<base::Error> refusal(std::string_view verb, const net::JsonValue& error) {
  const auto name = error.string_member_or("code", "");
  const auto* const found =
      std::find_if(kErrorCodes.begin(), kErrorCodes.end(),
                   [&](const auto& known) { return name && known.first == *name; });
  if (found == kErrorCodes.end()) {
    return not_the_protocol(verb, "is an error with a code that the protocol does not know");
  }
  return fail(found->second, fmt::format("{}: {} ({})", verb, message_of(error), found->first));
}

Result<ExecReply> read_description(std::string_view verb, const net::JsonValue& json) {
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
  const std::string_view verb = request.verb;
  std::vector<std::string_view> untold = values;
  untold.insert(untold.end(), {request.value, answer.value.reveal()});
  if (tells_a_value(answer.text, untold)) {
    return not_the_protocol(verb, "holds the value itself, which may only go through descriptor 4");
  }
  if (answer.text.empty()) {
    return fail(Code::kUnavailable,
                fmt::format("the program ended with exit code {} and answered nothing to {}",
                            answer.exit_code, verb));
  }
  const auto json = net::parse_json(answer.text);
  if (!json || json->kind() != net::JsonValue::Kind::kObject) {
    return not_the_protocol(verb, "is not one JSON object");
  }
  if (const net::JsonValue* error = json->find("error")) {
    if (answer.exit_code == 0) return not_the_protocol(verb, "is an error with exit code 0");
    return refusal(verb, *error);
  }
  if (answer.exit_code != 0) {
    return not_the_protocol(verb,
                            fmt::format("is no error, but the exit code is {}", answer.exit_code));
  }
  if (verb == kVerbDescribe) return read_description(verb, *json);
  ExecReply reply;
  if (verb == kVerbRead || verb == kVerbReadback) {
    const auto version = json->string_member("version");
    if (!version || !is_version(*version)) {
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
