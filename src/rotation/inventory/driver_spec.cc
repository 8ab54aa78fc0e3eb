#include "rotation/inventory/driver_spec.h"

#include <algorithm>
#include <charconv>

#include "net/json.h"

namespace rekey::rotation {

const std::string* DriverSpec::find(std::string_view name) const noexcept {
  const auto found = std::find_if(settings.begin(), settings.end(),
                                  [&](const Setting& setting) { return setting.first == name; });
  return found == settings.end() ? nullptr : &found->second;
}

std::string DriverSpec::text(std::string_view name) const {
  const std::string* found = find(name);
  return found == nullptr ? std::string() : *found;
}

std::optional<std::int64_t> DriverSpec::number(std::string_view name) const {
  const std::string* found = find(name);
  if (found == nullptr) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = found->data() + found->size();
  const auto result = std::from_chars(found->data(), end, number);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return number;
}

std::optional<base::Duration> DriverSpec::duration(std::string_view name) const {
  const std::string* found = find(name);
  if (found == nullptr) return std::nullopt;
  const auto parsed = base::parse_duration(*found);
  return parsed ? std::optional(*parsed) : std::nullopt;
}

std::optional<std::vector<std::string>> DriverSpec::words(std::string_view name) const {
  const std::string* found = find(name);
  if (found == nullptr) return std::nullopt;
  const auto json = net::parse_json(*found);
  if (!json || json->kind() != net::JsonValue::Kind::kArray) return std::nullopt;
  std::vector<std::string> words;
  for (const net::JsonValue& item : json->items()) {
    const auto word = item.as_string();
    if (!word) return std::nullopt;
    words.emplace_back(*word);
  }
  return words;
}

void DriverSpec::set(std::string_view name, std::string value) {
  const auto found = std::find_if(settings.begin(), settings.end(),
                                  [&](const Setting& setting) { return setting.first == name; });
  if (found == settings.end()) {
    settings.emplace_back(std::string(name), std::move(value));
  } else {
    found->second = std::move(value);
  }
}

std::string setting_of_words(const std::vector<std::string>& words) {
  net::JsonWriter json;
  json.begin_array();
  for (const std::string& word : words) json.value(word);
  json.end_array();
  return json.release();
}

std::string summary_of(const DriverSpec& spec) {
  if (spec.settings.empty()) return spec.kind;
  std::string text;
  for (const auto& [name, value] : spec.settings) {
    if (!text.empty()) text += ", ";
    text += value;
  }
  return text;
}

}  // namespace rekey::rotation
