#include <array>

#include "documents/document.h"
#include "documents/dotenv.h"
#include "documents/ini.h"
#include "documents/json.h"
#include "documents/php.h"
#include "documents/properties.h"
#include "documents/toml.h"
#include "documents/xml.h"
#include "documents/yaml.h"

namespace rekey::documents {
namespace {

// One line a format: its name, and how the names of its files end.
struct Entry {
  std::string_view name;
  const Format& (*get)() noexcept;
  std::array<std::string_view, 6> endings;
};
constexpr std::array kEntries = {
    Entry{"dotenv", dotenv_format, {".env"}},
    Entry{"json", json_format, {".json"}},
    Entry{"ini", ini_format, {".ini", ".cfg", "config.python"}},
    Entry{"php", php_format, {"config.php", ".config.php"}},
    Entry{"properties", properties_format, {".properties"}},
    Entry{"yaml", yaml_format, {".yaml", ".yml"}},
    Entry{"toml", toml_format, {".toml"}},
    Entry{"xml",
          xml_format,
          {".xml", ".config", ".authprovider", ".namedCredential", ".externalCredential"}},
};

constexpr auto kNames = [] {
  std::array<std::string_view, kEntries.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kEntries[i].name;
  return names;
}();

}  // namespace

const Format* find_format(std::string_view name) noexcept {
  for (const Entry& entry : kEntries) {
    if (entry.name == name) return &entry.get();
  }
  return nullptr;
}

std::span<const std::string_view> format_names() noexcept {
  return kNames;
}

std::string_view guess_format(std::string_view path) noexcept {
  const auto file = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  for (const Entry& entry : kEntries) {
    for (const auto ending : entry.endings) {
      if (!ending.empty() && file.ends_with(ending)) return entry.name;
    }
  }
  if (file.starts_with(".env.")) return "dotenv";
  return {};
}

}  // namespace rekey::documents
