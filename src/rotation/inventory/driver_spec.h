// Which driver, and how it is configured: what the inventory says of one issuer, sink or probe.
//
// Plain data that knows no kind. The kind declares its keys (driver_kind.h), the inventory's reader
// checks them, the journal keeps them as they are, and only the driver itself gives them a meaning.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace rekey::rotation {

struct DriverSpec {
  using Setting = std::pair<std::string, std::string>;  // the key's name, and what was said of it

  std::string kind;
  // In the order in which the kind declares its keys; those that nobody set are not there. Numbers
  // and times in their shortest form, paths absolute, lists as setting_of_words: two specs that
  // mean the same are equal.
  std::vector<Setting> settings;
  std::string location;  // for people: follows from the rest, so it is not compared

  // nullptr where it is not set.
  [[nodiscard]] const std::string* find(std::string_view name) const noexcept;
  // Empty where it is not set.
  [[nodiscard]] std::string text(std::string_view name) const;
  // nullopt where it is not set, or is of another type than was declared.
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const;
  [[nodiscard]] std::optional<base::Duration> duration(std::string_view name) const;
  [[nodiscard]] std::optional<std::vector<std::string>> words(std::string_view name) const;
  void set(std::string_view name, std::string value);

  friend bool operator==(const DriverSpec& a, const DriverSpec& b) {
    return a.kind == b.kind && a.settings == b.settings;
  }
};

// How a list of words is kept in a setting, so that it can be told apart again: a JSON array.
[[nodiscard]] std::string setting_of_words(const std::vector<std::string>& words);

// Every setting in one line, for a spec whose kind is not at hand: "/apps/.env, dotenv, KEY".
[[nodiscard]] std::string summary_of(const DriverSpec& spec);

}  // namespace rekey::rotation
