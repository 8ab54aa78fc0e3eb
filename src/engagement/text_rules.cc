#include "engagement/text_rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace rekey::engagement {

namespace {

constexpr std::size_t kLongestAddress = 254;

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

}  // namespace

std::size_t character_count(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string_view without_blanks(std::string_view text) noexcept {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool is_email_address(std::string_view text) noexcept {
  const std::size_t at = text.find('@');
  if (text.size() > kLongestAddress || at == 0 || at == std::string_view::npos) return false;
  const std::string_view domain = text.substr(at + 1);
  const bool has_bad_character = std::any_of(text.begin(), text.end(), [](char c) {
    return is_control(c) || std::string_view(" ,;<>()\"\\").find(c) != std::string_view::npos;
  });
  const std::size_t point = domain.find('.');
  return !has_bad_character && domain.find('@') == std::string_view::npos &&
         point != std::string_view::npos && point != 0 && !domain.ends_with('.') &&
         domain.find("..") == std::string_view::npos;
}

base::Status check_name(std::string_view what, std::string_view text, std::size_t longest) {
  const bool is_good = !text.empty() && character_count(text) <= longest &&
                       std::none_of(text.begin(), text.end(), is_control);
  if (is_good) return {};
  return base::fail(
      base::Code::kInvalidArgument,
      fmt::format("{} takes 1 to {} characters, none of them a control character", what, longest));
}

}  // namespace rekey::engagement
