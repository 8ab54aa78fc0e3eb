// The lines of an access log as a report of usage: who asked for tokens, when, and, where a line
// tells it, with which secret.
//
// Pure. What a log can prove is less than what an issuer tells (docs/evidence.md):
//   it shows what passed through it, so it covers every request only where somebody declares that
//   all of them do, and says how long the log is silent at most (its heartbeat);
//   it is complete from its first line on, anew after a pause longer than that, after a line that
//   cannot be read and after one that is out of order, and up to its last line: what is after that
//   is not known, so that a log that nobody writes any more never passes for quiet;
//   its clock is not the issuer's, and lines may be late: by its lag, no more.
// Lines come from strangers. Each is read in one pass from left to right, whatever stands in it,
// and none of its text goes into a message.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "rotation/machine/usage.h"

namespace rekey::rotation {

enum class LogField {
  kTime,
  kNetwork,
  kUserAgent,
  kClientId,
  kSecretId,  // the issuer's id of the secret, never a part of its value
  kStatus,
  kPath,
  kRequest,  // "POST /v2/token HTTP/1.1": the path is in it
  kSkip,
};

enum class LogTime { kClf, kIso, kUnix, kUnixMillis };
inline constexpr std::string_view kLogTimeNames[] = {"clf", "iso", "unix", "unix_ms"};

// How one line is read: as a text with fields in it, or as a JSON object.
struct LogFormat {
  struct Part {
    LogField field = LogField::kSkip;
    std::string after;  // the text that ends it; empty: the end of the line
  };
  std::string before;                                     // of a text: what the line begins with
  std::vector<Part> parts;                                // of a text
  std::vector<std::pair<LogField, std::string>> members;  // of an object; a dot goes inside
  LogTime time = LogTime::kClf;
  [[nodiscard]] bool is_json() const noexcept { return !members.empty(); }
  [[nodiscard]] bool has(LogField field) const noexcept;
};

inline constexpr std::string_view kCommonPattern =
    "{network} {skip} {skip} [{time}] \"{request}\" {status} {skip}";
inline constexpr std::string_view kCombinedPattern =
    "{network} {skip} {skip} [{time}] \"{request}\" {status} {skip} \"{skip}\" \"{user_agent}\"";

// A line with {time}, {network}, {user_agent}, {client_id}, {secret_id}, {status}, {path},
// {request} and {skip} in it. kInvalidArgument says what is wrong with it.
[[nodiscard]] base::Result<LogFormat> parse_log_pattern(std::string_view pattern, LogTime time);

struct LogEntry {
  base::Instant at{};
  std::string network;
  std::string user_agent;
  std::string client_id;  // as the next two: empty where the line does not tell it
  std::string secret_id;
  std::optional<int> status;
  std::string path;  // without a query
};

// nullopt for a line that is not of this format.
[[nodiscard]] std::optional<LogEntry> parse_log_line(std::string_view line,
                                                     const LogFormat& format);

struct AccessLog {
  std::string name;  // in messages and verdicts
  LogFormat format;
  std::string client_id;     // lines of others are left out, where a line names a client
  std::string token_path{};  // requests for anything else are left out; empty: every line counts
  std::string own_user_agent{};  // the engine's own requests are no use of a secret
  bool covers_all = false;       // every request that got a token is a line here
  base::Duration heartbeat{};    // its longest pause; 0: not declared
  base::Duration lag{};
};

// Whole lines only: what stands after the last line end is still being written.
// kInvalidArgument where there are lines and none is of the format.
[[nodiscard]] base::Result<UsageReport> read_access_log(std::string_view text,
                                                        const AccessLog& log);

}  // namespace rekey::rotation
