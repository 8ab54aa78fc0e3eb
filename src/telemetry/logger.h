// Structured log lines on standard error: text for people, JSON for machines.
//
// A field holds a number, a truth, a short text or a fingerprint; base::Secret fits none of them.
// Text values are escaped, so that a client cannot forge a line.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/fingerprint.h"
#include "base/secret.h"
#include "base/time.h"

namespace rekey::telemetry {

enum class Level { kDebug, kInfo, kWarning, kError };
enum class LogFormat { kText, kJson };

struct Field {
  using Value = std::variant<std::int64_t, bool, std::string>;
  std::string_view name;
  Value value;

  template <typename Integer>
  requires(std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>)
      Field(std::string_view field_name, Integer number)
      : name(field_name), value(static_cast<std::int64_t>(number)) {}
  Field(std::string_view field_name, bool truth) : name(field_name), value(truth) {}
  Field(std::string_view field_name, std::string_view text)
      : name(field_name), value(std::string(text)) {}
  Field(std::string_view field_name, const std::string& text) : name(field_name), value(text) {}
  Field(std::string_view field_name, const char* text)
      : name(field_name), value(std::string(text)) {}
  Field(std::string_view field_name, const base::Fingerprint& fingerprint)
      : name(field_name), value(base::display(fingerprint)) {}
  Field(std::string_view field_name, const base::Secret& secret) = delete;
};

// Any thread. `at` is the instant of what happened: the logger asks no clock.
class Logger {
 public:
  Logger(LogFormat format, Level least);
  ~Logger();
  void log(Level level, base::Instant at, std::string_view event,
           std::initializer_list<Field> fields = {});
  void flush();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// One line without the newline, as the logger would write it; for tests.
[[nodiscard]] std::string format_line(LogFormat format, Level level, base::Instant at,
                                      std::string_view event, std::initializer_list<Field> fields);

}  // namespace rekey::telemetry
