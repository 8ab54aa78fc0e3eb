#include "engagement/sends/personalise.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace rekey::engagement::sends {

namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view kMark = "%%";
constexpr std::string_view kInlineBegin = "%%=";
constexpr std::string_view kInlineEnd = "=%%";
constexpr std::string_view kBlockBegin = "%%[";
constexpr std::size_t kLongestName = 128;

bool is_name_character(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  const char low = base::to_lower(c);
  return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || byte >= 0x80 ||
         std::string_view(" _-.").find(c) != std::string_view::npos;
}

bool is_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kLongestName && text.front() != ' ' &&
         text.back() != ' ' && std::all_of(text.begin(), text.end(), is_name_character);
}

std::string_view trimmed(std::string_view text) noexcept {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// What stands between `function(` and `)`; nullopt where the text is no such call.
std::optional<std::string_view> argument_of(std::string_view call, std::string_view function) {
  if (!base::equal_ignoring_case(call.substr(0, function.size()), function)) return std::nullopt;
  std::string_view rest = trimmed(call.substr(function.size()));
  if (!rest.starts_with('(') || !rest.ends_with(')')) return std::nullopt;
  return trimmed(rest.substr(1, rest.size() - 2));
}

// The attribute that an inline call names; empty where it does anything else.
std::string_view named_attribute(std::string_view call) {
  call = trimmed(call);
  if (const auto argument = argument_of(call, "AttributeValue")) {
    const bool is_quoted = argument->size() > 2 && argument->front() == argument->back() &&
                           (argument->front() == '"' || argument->front() == '\'');
    const std::string_view name =
        is_quoted ? argument->substr(1, argument->size() - 2) : std::string_view{};
    return is_name(name) ? name : std::string_view{};
  }
  if (const auto argument = argument_of(call, "v")) {
    const std::string_view name =
        argument->starts_with('@') ? argument->substr(1) : std::string_view{};
    return is_name(name) ? name : std::string_view{};
  }
  return {};
}

class Filler {
 public:
  Filler(std::string_view text, const AttributeLookup& find) : rest_(text), find_(find) {}

  Result<std::string> fill() {
    for (std::size_t at = rest_.find(kMark); at != std::string_view::npos; at = rest_.find(kMark)) {
      out_ += rest_.substr(0, at);
      rest_.remove_prefix(at);
      REKEY_CHECK(take_one());
      if (out_.size() > kLongestPersonalised) return too_long();
    }
    out_ += rest_;
    if (out_.size() > kLongestPersonalised) return too_long();
    return std::move(out_);
  }

 private:
  static tl::unexpected<base::Error> too_long() {
    return fail(Code::kLimitReached,
                fmt::format("the mail is longer than {} bytes with its attributes filled in",
                            kLongestPersonalised));
  }

  // rest_ begins with "%%".
  base::Status take_one() {
    if (rest_.starts_with(kInlineBegin)) return take_inline();
    if (rest_.starts_with(kBlockBegin)) {
      return fail(Code::kUnsupported, "AMPscript blocks (%%[ ]%%) are not run in a sandbox");
    }
    const std::size_t end = rest_.find(kMark, kMark.size());
    const std::string_view name = end == std::string_view::npos
                                      ? std::string_view{}
                                      : rest_.substr(kMark.size(), end - kMark.size());
    if (!is_name(name)) {
      out_ += kMark;
      rest_.remove_prefix(kMark.size());
      return {};
    }
    out_ += find_(name).value_or("");
    rest_.remove_prefix(end + kMark.size());
    return {};
  }

  base::Status take_inline() {
    const std::size_t end = rest_.find(kInlineEnd, kInlineBegin.size());
    const std::string_view call =
        end == std::string_view::npos
            ? std::string_view{}
            : rest_.substr(kInlineBegin.size(), end - kInlineBegin.size());
    const std::string_view name = named_attribute(call);
    if (name.empty()) {
      return fail(Code::kUnsupported,
                  "of AMPscript only %%=v(@Name)=%% and %%=AttributeValue(\"Name\")=%% are filled "
                  "in by a sandbox");
    }
    out_ += find_(name).value_or("");
    rest_.remove_prefix(end + kInlineEnd.size());
    return {};
  }

  std::string_view rest_;
  const AttributeLookup& find_;
  std::string out_;
};

}  // namespace

Result<std::string> personalise(std::string_view text, const AttributeLookup& find) {
  return Filler(text, find).fill();
}

}  // namespace rekey::engagement::sends
