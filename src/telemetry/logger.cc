#include "telemetry/logger.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <iterator>

#include "telemetry/escape.h"

namespace rekey::telemetry {
namespace {

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view name_of(Level level, LogFormat format) {
  const bool is_text = format == LogFormat::kText;
  switch (level) {
    case Level::kDebug:
      return is_text ? "DEBUG" : "debug";
    case Level::kInfo:
      return is_text ? "INFO" : "info";
    case Level::kWarning:
      return is_text ? "WARNING" : "warning";
    case Level::kError:
      return is_text ? "ERROR" : "error";
  }
  return is_text ? "ERROR" : "error";
}

// Texts that stand in a text line without quotes.
bool is_plain(std::string_view text) {
  constexpr std::string_view kPlain =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.:/@+,~";
  return !text.empty() && text.size() <= kLongestTextBytes &&
         text.find_first_not_of(kPlain) == std::string_view::npos;
}

void append_value(std::string& line, const Field::Value& value, LogFormat format) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    fmt::format_to(std::back_inserter(line), "{}", *number);
  } else if (const auto* truth = std::get_if<bool>(&value)) {
    line += *truth ? "true" : "false";
  } else {
    const auto& text = std::get<std::string>(value);
    if (format == LogFormat::kText && is_plain(text)) {
      line += text;
    } else {
      append_quoted(line, text);
    }
  }
}

}  // namespace

struct Logger::State {
  State(LogFormat line_format, Level least)
      : format(line_format), output("rekey", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    output.set_pattern("%v");
    output.set_level(spdlog_level(least));
  }
  LogFormat format;
  spdlog::logger output;
};

Logger::Logger(LogFormat format, Level least) : state_(std::make_unique<State>(format, least)) {}
Logger::~Logger() = default;

void Logger::log(Level level, base::Instant at, std::string_view event,
                 std::initializer_list<Field> fields) {
  if (!state_->output.should_log(spdlog_level(level))) return;
  const std::string line = format_line(state_->format, level, at, event, fields);
  state_->output.log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

void Logger::flush() {
  state_->output.flush();
}

std::string format_line(LogFormat format, Level level, base::Instant at, std::string_view event,
                        std::initializer_list<Field> fields) {
  const bool is_text = format == LogFormat::kText;
  std::string line;
  if (is_text) {
    line = fmt::format("{} {} {}", base::format_instant(at), name_of(level, format), event);
  } else {
    line = fmt::format(R"({{"at":"{}","level":"{}","event":"{}")", base::format_instant(at),
                       name_of(level, format), event);
  }
  for (const Field& field : fields) {
    fmt::format_to(std::back_inserter(line), fmt::runtime(is_text ? " {}=" : R"(,"{}":)"),
                   field.name);
    append_value(line, field.value, format);
  }
  if (!is_text) line += '}';
  return line;
}

}  // namespace rekey::telemetry
