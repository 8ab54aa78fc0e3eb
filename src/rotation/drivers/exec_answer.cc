#include "rotation/drivers/exec_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/printable.h"
#include "rotation/drivers/program_words.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::fail;

constexpr std::size_t kLongestMessage = 300;

// docs/sinks/exec.md, section 5.
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

std::string message_of(const net::JsonValue& error, const std::vector<std::string_view>& untold) {
  const auto message = error.string_member_or("message", "");
  if (!message || message->empty()) return "it says no more";
  if (holds_secret(*message, untold)) {
    return "what it says is not shown, because it holds a part of a secret; run it by hand";
  }
  std::string text = base::escape_hidden(*message, base::EscapeForm::kBraces);
  if (text.size() <= kLongestMessage) return text;
  std::size_t end = kLongestMessage;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

tl::unexpected<base::Error> refusal(const ExecVerb& verb, const net::JsonValue& error,
                                    const std::vector<std::string_view>& untold) {
  const auto name = error.string_member_or("code", "");
  const auto* const found =
      std::find_if(kErrorCodes.begin(), kErrorCodes.end(),
                   [&](const auto& known) { return name && known.first == *name; });
  if (found == kErrorCodes.end()) {
    return not_the_protocol(verb, "is an error with a code that the protocol does not know");
  }
  return fail(found->second,
              fmt::format("{}: {} ({})", verb.name, message_of(error, untold), found->first));
}

}  // namespace

AskProcess ask_command(std::vector<std::string> command) {
  return
      [command = std::move(command)](const platform::Question& question, base::Duration timeout) {
        return platform::ask_process(command, question, timeout);
      };
}

bool is_exec_token(std::string_view text) noexcept {
  constexpr std::size_t kLongest = 256;
  return !text.empty() && text.size() <= kLongest &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  std::string_view("._:+/=-").find(c) != std::string_view::npos;
         });
}

tl::unexpected<base::Error> not_the_protocol(const ExecVerb& verb, std::string_view what) {
  return fail(Code::kUnsupported,
              fmt::format("the answer to {} {}; {}", verb.name, what, verb.help));
}

base::Result<net::JsonValue> read_exec_object(const ExecVerb& verb, const platform::Answer& answer,
                                              std::vector<std::string_view> untold) {
  untold.push_back(answer.value.reveal());
  if (tells_a_value(answer.text, untold)) {
    return not_the_protocol(verb, "holds the value itself, which may only go through descriptor 4");
  }
  if (answer.text.empty()) {
    return fail(Code::kUnavailable,
                fmt::format("the program ended with exit code {} and answered nothing to {}",
                            answer.exit_code, verb.name));
  }
  auto json = net::parse_json(answer.text);
  if (!json || json->kind() != net::JsonValue::Kind::kObject) {
    return not_the_protocol(verb, "is not one JSON object");
  }
  if (const net::JsonValue* error = json->find("error")) {
    if (answer.exit_code == 0) return not_the_protocol(verb, "is an error with exit code 0");
    return refusal(verb, *error, untold);
  }
  if (answer.exit_code != 0) {
    return not_the_protocol(verb,
                            fmt::format("is no error, but the exit code is {}", answer.exit_code));
  }
  return json;
}

}  // namespace rekey::rotation
