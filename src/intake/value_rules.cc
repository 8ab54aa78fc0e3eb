#include "intake/value_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

namespace rekey::intake {
namespace {

using Name = std::pair<std::string_view, std::string_view>;

// The widest first.
constexpr std::array<Name, 4> kNames = {
    {{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "letters"},
     {"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "capital letters"},
     {"abcdefghijklmnopqrstuvwxyz", "small letters"},
     {"0123456789", "digits"}}};

// Takes `all` out of `characters`; false where one of them is not there.
bool take_out(std::string& characters, std::string_view all) {
  const auto has = [&](char c) { return characters.find(c) != std::string::npos; };
  if (!std::all_of(all.begin(), all.end(), has)) return false;
  std::erase_if(characters, [&](char c) { return all.find(c) != std::string_view::npos; });
  return true;
}

}  // namespace

std::string describe_characters(std::string_view characters) {
  std::string left(characters);
  std::sort(left.begin(), left.end());
  left.erase(std::unique(left.begin(), left.end()), left.end());
  std::vector<std::string> words;
  for (const auto& [all, name] : kNames) {
    if (take_out(left, all)) words.emplace_back(name);
  }
  for (const char c : left) words.emplace_back(1, c);
  if (words.size() < 2) return fmt::format("{}", fmt::join(words, ""));
  const std::string last = std::move(words.back());
  words.pop_back();
  return fmt::format("{} and {}", fmt::join(words, ", "), last);
}

std::string describe(const ValueRules& rules) {
  return fmt::format("{} characters: {}", fmt::join(rules.lengths, " or "),
                     describe_characters(rules.characters));
}

}  // namespace rekey::intake
