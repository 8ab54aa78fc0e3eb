#include "rotation/drivers/access_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <tuple>

#include "net/json.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Duration;
using base::Instant;

constexpr std::size_t kMostCallers = 4096;
constexpr std::array<std::pair<std::string_view, LogField>, 9> kFields{{
    {"time", LogField::kTime},
    {"network", LogField::kNetwork},
    {"user_agent", LogField::kUserAgent},
    {"client_id", LogField::kClientId},
    {"secret_id", LogField::kSecretId},
    {"status", LogField::kStatus},
    {"path", LogField::kPath},
    {"request", LogField::kRequest},
    {"skip", LogField::kSkip},
}};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return number;
}

// "28/Nov/2026:23:50:55 +0000", as Apache and nginx write it.
std::optional<Instant> parse_clf_time(std::string_view text) {
  if (text.size() != 26 || text[2] != '/' || text[6] != '/' || text[11] != ':') return std::nullopt;
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(3, 3));
  if (month == kMonths.end()) return std::nullopt;
  const auto at = base::parse_instant(
      fmt::format("{}-{:02}-{}T{}{}:{}", text.substr(7, 4), month - kMonths.begin() + 1,
                  text.substr(0, 2), text.substr(12, 8), text.substr(21, 3), text.substr(24, 2)));
  return at ? std::optional(*at) : std::nullopt;
}

// Seconds with up to nine digits behind a point, or whole milliseconds.
std::optional<Instant> parse_unix_time(std::string_view text, bool is_millis) {
  constexpr std::int64_t kMost = 253'402'300'799;  // the end of the year 9999
  const std::size_t point = text.find('.');
  const auto whole = number_in<std::int64_t>(text.substr(0, point));
  if (!whole || *whole < 0 || *whole > kMost * (is_millis ? 1000 : 1)) return std::nullopt;
  if (is_millis) return base::from_millis(*whole);
  std::string fraction(point == std::string_view::npos ? "" : text.substr(point + 1));
  fraction.resize(3, '0');
  const auto millis = number_in<std::int64_t>(fraction);
  if (!millis || *millis < 0) return std::nullopt;
  return base::from_millis(*whole * 1000 + *millis);
}

std::optional<Instant> parse_log_time(std::string_view text, LogTime form) {
  switch (form) {
    case LogTime::kClf:
      return parse_clf_time(text);
    case LogTime::kIso: {
      const auto at = base::parse_instant(text);
      return at ? std::optional(*at) : std::nullopt;
    }
    case LogTime::kUnix:
    case LogTime::kUnixMillis:
      return parse_unix_time(text, form == LogTime::kUnixMillis);
  }
  return std::nullopt;
}

std::string_view path_in(std::string_view request) {
  const std::size_t begin = request.find(' ');
  if (begin == std::string_view::npos) return {};
  request.remove_prefix(begin + 1);
  return request.substr(0, request.find(' '));
}

// False where the field's text is none of its kind. A dash stands for nothing, as in every log.
bool take_field(LogEntry& entry, LogField field, std::string_view text, LogTime form) {
  if (text == "-" && field != LogField::kTime) text = {};
  switch (field) {
    case LogField::kTime: {
      const auto at = parse_log_time(text, form);
      if (at) entry.at = *at;
      return at.has_value();
    }
    case LogField::kNetwork:
      entry.network = text;
      return true;
    case LogField::kUserAgent:
      entry.user_agent = text;
      return true;
    case LogField::kClientId:
      entry.client_id = text;
      return true;
    case LogField::kSecretId:
      entry.secret_id = text;
      return true;
    case LogField::kStatus:
      entry.status = number_in<int>(text);
      return entry.status.has_value();
    case LogField::kPath:
      entry.path = text.substr(0, text.find('?'));
      return true;
    case LogField::kRequest:
      text = path_in(text);
      entry.path = text.substr(0, text.find('?'));
      return true;
    case LogField::kSkip:
      return true;
  }
  return false;
}

// Where `literal` begins; one that is a quotation mark is not the one behind a backslash.
std::size_t find_end(std::string_view line, std::string_view literal, std::size_t from) {
  for (std::size_t at = line.find(literal, from); at != std::string_view::npos;
       at = line.find(literal, at + 1)) {
    std::size_t slashes = 0;
    while (slashes < at - from && line[at - slashes - 1] == '\\') ++slashes;
    if (literal.front() != '"' || slashes % 2 == 0) return at;
  }
  return std::string_view::npos;
}

std::optional<LogEntry> parse_text_line(std::string_view line, const LogFormat& format) {
  if (!line.starts_with(format.before)) return std::nullopt;
  LogEntry entry;
  std::size_t at = format.before.size();
  for (const LogFormat::Part& part : format.parts) {
    const std::size_t end = part.after.empty() ? line.size() : find_end(line, part.after, at);
    if (end == std::string_view::npos) return std::nullopt;
    if (!take_field(entry, part.field, line.substr(at, end - at), format.time)) return std::nullopt;
    at = end + part.after.size();
  }
  return entry;
}

// The text or the number there; nullopt where there is neither.
std::optional<std::string> member_text(const net::JsonValue& object, std::string_view path) {
  const net::JsonValue* found = object.find(path);
  const std::size_t dot = path.find('.');
  if (found == nullptr && dot != std::string_view::npos) {
    const net::JsonValue* inner = object.find(path.substr(0, dot));
    if (inner == nullptr || inner->kind() != net::JsonValue::Kind::kObject) return std::nullopt;
    return member_text(*inner, path.substr(dot + 1));
  }
  if (found == nullptr) return std::nullopt;
  if (const auto text = found->as_string()) return std::string(*text);
  if (const auto number = found->as_integer()) return std::to_string(*number);
  if (const auto number = found->as_number()) return fmt::format("{:.3f}", *number);
  return std::nullopt;
}

std::optional<LogEntry> parse_json_line(std::string_view line, const LogFormat& format) {
  const auto object = net::parse_json(line);
  if (!object || object->kind() != net::JsonValue::Kind::kObject) return std::nullopt;
  LogEntry entry;
  for (const auto& [field, path] : format.members) {
    const auto text = member_text(*object, path);
    if (!text && field == LogField::kTime) return std::nullopt;
    if (text && !take_field(entry, field, *text, format.time)) return std::nullopt;
  }
  return entry;
}

tl::unexpected<base::Error> wrong_pattern(std::string_view what) {
  return base::fail(Code::kInvalidArgument, fmt::format("pattern {}", what));
}

// What the lines of a log add up to.
class LogReader {
 public:
  explicit LogReader(const AccessLog& log) : log_(log) {}

  void take(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) return;
    ++lines_;
    const auto entry = parse_log_line(line, log_.format);
    if (!entry) {
      ++unreadable_;
      doubt("a line that is not of its format");
      return;
    }
    follow(entry->at);
    note(*entry);
  }

  base::Result<UsageReport> finish() && {
    if (lines_ > 0 && unreadable_ == lines_) {
      return base::fail(
          Code::kInvalidArgument,
          fmt::format("{}: none of its {} lines is of the format that the inventory gives; compare "
                      "the two",
                      log_.name, lines_));
    }
    UsageSource source;
    source.name = log_.name;
    source.covers_all = log_.covers_all;
    source.names_secrets = log_.format.has(LogField::kSecretId);
    source.lag = log_.lag;
    if (newest_) {
      source.as_of = *newest_ - log_.lag;
      source.complete_since = since_ ? *since_ + log_.lag : source.as_of;
      source.begins_after = begins_after_;
    }
    UsageReport report{{}, source.complete_since, source.as_of, {source}};
    for (auto& [key, row] : rows_) report.rows.push_back(std::move(row));
    return report;
  }

 private:
  // What was before this is not known any more.
  void doubt(std::string_view why) {
    since_.reset();
    begins_after_ = why;
  }

  void follow(Instant at) {
    if (newest_ && at < *newest_ - log_.lag) {
      doubt("lines that are out of order");
      return;
    }
    const bool is_pause = log_.heartbeat > Duration{0} && newest_ && at - *newest_ > log_.heartbeat;
    if (is_pause) doubt("a pause longer than its heartbeat");
    newest_ = std::max(newest_.value_or(at), at);
    if (!since_) since_ = at;
  }

  void note(const LogEntry& entry) {
    const LogFormat& format = log_.format;
    if (!log_.own_user_agent.empty() && entry.user_agent == log_.own_user_agent) return;
    if (!log_.token_path.empty() && entry.path != log_.token_path) return;
    if (entry.status && (*entry.status < 200 || *entry.status > 299)) return;
    if (format.has(LogField::kClientId) && entry.client_id != log_.client_id) {
      // It may have been this client.
      if (entry.client_id.empty()) doubt("a line that names no client");
      return;
    }
    const bool is_one_more = rows_.size() >= kMostCallers;
    Key key{entry.secret_id, entry.network, entry.user_agent, false};
    if (is_one_more && rows_.count(key) == 0) key = {entry.secret_id, "", "", true};
    UsageRow& row = rows_[key];
    if (row.count == 0) {
      row = {entry.secret_id,
             {std::get<1>(key), std::get<2>(key), "-", std::get<3>(key)},
             entry.at,
             entry.at,
             0,
             Duration{0}};
    }
    if (entry.at > row.last_seen) {
      row.longest_gap = std::max(*row.longest_gap, entry.at - row.last_seen);
      row.last_seen = entry.at;
    }
    ++row.count;
  }

  using Key = std::tuple<std::string, std::string, std::string, bool>;
  const AccessLog& log_;
  std::size_t lines_ = 0;
  std::size_t unreadable_ = 0;
  std::optional<Instant> newest_;
  std::optional<Instant> since_;
  std::string begins_after_;
  std::map<Key, UsageRow> rows_;
};

}  // namespace

bool LogFormat::has(LogField field) const noexcept {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const Part& part) { return part.field == field; }) ||
         std::any_of(members.begin(), members.end(),
                     [&](const auto& member) { return member.first == field; });
}

base::Result<LogFormat> parse_log_pattern(std::string_view pattern, LogTime time) {
  LogFormat format;
  format.time = time;
  while (!pattern.empty()) {
    const std::size_t open = pattern.find('{');
    std::string literal(pattern.substr(0, open));
    if (format.parts.empty()) {
      format.before = literal;
    } else if (literal.empty()) {
      return wrong_pattern(
          "has two fields without a text between them; nothing tells where the "
          "first one ends");
    } else {
      format.parts.back().after = std::move(literal);
    }
    if (open == std::string_view::npos) break;
    const std::size_t close = pattern.find('}', open);
    if (close == std::string_view::npos) return wrong_pattern("has a { without its }");
    const std::string_view name = pattern.substr(open + 1, close - open - 1);
    const auto* const found = std::find_if(kFields.begin(), kFields.end(),
                                           [&](const auto& one) { return one.first == name; });
    if (found == kFields.end()) {
      return wrong_pattern(
          "has a field that is none of {time}, {network}, {user_agent}, {client_id}, {secret_id}, "
          "{status}, {path}, {request}, {skip}");
    }
    format.parts.push_back({found->second, {}});
    pattern.remove_prefix(close + 1);
  }
  if (!format.has(LogField::kTime)) return wrong_pattern("lacks {time}");
  return format;
}

std::optional<LogEntry> parse_log_line(std::string_view line, const LogFormat& format) {
  return format.is_json() ? parse_json_line(line, format) : parse_text_line(line, format);
}

base::Result<UsageReport> read_access_log(std::string_view text, const AccessLog& log) {
  LogReader reader(log);
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    reader.take(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return std::move(reader).finish();
}

}  // namespace rekey::rotation
