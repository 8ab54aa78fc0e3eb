#include <array>

#include "documents/document.h"
#include "documents/dotenv.h"
#include "documents/json.h"

namespace rekey::documents {
namespace {

constexpr std::array<std::string_view, 2> kNames = {"dotenv", "json"};

}  // namespace

const Format* find_format(std::string_view name) noexcept {
  for (const Format* format : {&dotenv_format(), &json_format()}) {
    if (format->name() == name) return format;
  }
  return nullptr;
}

std::span<const std::string_view> format_names() noexcept {
  return kNames;
}

std::string_view guess_format(std::string_view path) noexcept {
  const auto file = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  if (file.ends_with(".json")) return "json";
  if (file.ends_with(".env") || file.starts_with(".env.")) return "dotenv";
  return {};
}

}  // namespace rekey::documents
