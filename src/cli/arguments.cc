#include "cli/arguments.h"

#include <fmt/format.h>

#include <charconv>

namespace rekey::cli {

using base::Code;
using base::fail;

std::optional<std::string> Arguments::get(std::string_view option) const {
  const auto found = options.find(option);
  if (found == options.end() || found->second.empty()) return std::nullopt;
  return found->second.back();
}

std::string Arguments::get_or(std::string_view option, std::string_view fallback) const {
  return get(option).value_or(std::string(fallback));
}

std::vector<std::string> Arguments::all(std::string_view option) const {
  const auto found = options.find(option);
  return found == options.end() ? std::vector<std::string>{} : found->second;
}

base::Result<std::int64_t> Arguments::number_or(std::string_view option, std::int64_t fallback,
                                                std::int64_t low, std::int64_t high) const {
  const auto text = get(option);
  if (!text) return fallback;
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (problem != std::errc{} || end != text->data() + text->size() || number < low ||
      number > high) {
    return fail(Code::kInvalidArgument,
                fmt::format("{} takes a whole number from {} to {}", option, low, high));
  }
  return number;
}

std::string Arguments::argument(std::string_view name) const {
  const auto found = positional.find(name);
  return found == positional.end() || found->second.empty() ? std::string{} : found->second.front();
}

std::vector<std::string> Arguments::arguments(std::string_view name) const {
  const auto found = positional.find(name);
  return found == positional.end() ? std::vector<std::string>{} : found->second;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  std::string item;
  for (const char c : text) {
    if (c != ' ' && c != ',') {
      item += c;
    } else if (!item.empty()) {
      items.push_back(std::exchange(item, {}));
    }
  }
  if (!item.empty()) items.push_back(std::move(item));
  return items;
}

}  // namespace rekey::cli
