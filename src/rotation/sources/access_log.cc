#include "rotation/sources/access_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "rotation/drivers/access_log.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Duration;

constexpr std::int64_t kLimitBytes = 64LL * 1024 * 1024;
constexpr Duration kUsualLag = std::chrono::seconds{5};
constexpr Duration kUsualTimeout = std::chrono::seconds{30};
constexpr Duration kLongest = std::chrono::hours{1};

constexpr std::array<std::string_view, 4> kFormats{"common", "combined", "json", "pattern"};
constexpr std::array<std::string_view, 2> kCovers{"all", "some"};
constexpr std::array<std::pair<std::string_view, LogField>, 7> kMembers{{
    {"time", LogField::kTime},
    {"network", LogField::kNetwork},
    {"user_agent", LogField::kUserAgent},
    {"client_id", LogField::kClientId},
    {"secret_id", LogField::kSecretId},
    {"status", LogField::kStatus},
    {"path", LogField::kPath},
}};

std::string location_of(const DriverSpec& spec) {
  const auto command = spec.words("command");
  return command ? fmt::format("{}", fmt::join(*command, " ")) : spec.text("file");
}

LogTime time_of(const DriverSpec& spec) {
  const std::string format = spec.text("format");
  const std::string wanted = spec.text("time_format");
  if (wanted.empty()) return format == "json" ? LogTime::kIso : LogTime::kClf;
  const auto* const found = std::find(std::begin(kLogTimeNames), std::end(kLogTimeNames), wanted);
  return static_cast<LogTime>(found - std::begin(kLogTimeNames));
}

base::Result<LogFormat> format_of(const DriverSpec& spec) {
  const std::string format = spec.text("format");
  if (format == "pattern") return parse_log_pattern(spec.text("pattern"), time_of(spec));
  if (format != "json") {
    return parse_log_pattern(format == "common" ? kCommonPattern : kCombinedPattern, time_of(spec));
  }
  LogFormat json;
  json.time = time_of(spec);
  for (const auto& [name, field] : kMembers) {
    if (const std::string* member = spec.find(name)) json.members.emplace_back(field, *member);
  }
  return json;
}

base::Status check_places(const DriverSpec& spec) {
  const bool has_file = spec.find("file") != nullptr;
  if (has_file != (spec.find("command") != nullptr)) return {};
  return base::fail(Code::kInvalidArgument,
                    "an access log has either a file or a command; write one of the two");
}

base::Status check_fields(const DriverSpec& spec) {
  const bool is_json = spec.text("format") == "json";
  for (const auto& [name, field] : kMembers) {
    if (spec.find(name) == nullptr || is_json) continue;
    return base::fail(Code::kInvalidArgument,
                      fmt::format("{} names a member of JSON lines; write it as {{{}}} into the "
                                  "pattern instead",
                                  name, name));
  }
  if (is_json && spec.find("time") == nullptr) {
    return base::fail(Code::kInvalidArgument, "format json needs time: the member that holds it");
  }
  const bool is_pattern = spec.text("format") == "pattern";
  if (is_pattern != (spec.find("pattern") != nullptr)) {
    return base::fail(Code::kInvalidArgument,
                      "pattern goes with format: pattern, which needs it; write both or neither");
  }
  return {};
}

base::Status complete(DriverSpec& spec) {
  if (spec.find("format") == nullptr) return {};  // that was told already
  REKEY_CHECK(check_places(spec));
  REKEY_CHECK(check_fields(spec));
  REKEY_TRY(const LogFormat format, format_of(spec));
  if (!format.has(LogField::kNetwork) && !format.has(LogField::kUserAgent)) {
    return base::fail(Code::kInvalidArgument,
                      "its lines tell nobody apart: they need network or user_agent");
  }
  const bool has_path = format.has(LogField::kPath) || format.has(LogField::kRequest);
  if (spec.find("token_path") != nullptr && !has_path) {
    return base::fail(Code::kInvalidArgument,
                      "token_path is compared with the path of a line, which its format lacks");
  }
  if (spec.text("covers") == "all" && spec.find("heartbeat") == nullptr) {
    return base::fail(Code::kInvalidArgument,
                      "covers: all needs heartbeat: the longest time without any line in it, so "
                      "that a log that stops is not taken for quiet");
  }
  return {};
}

class AccessLogReader final : public UsageReader {
 public:
  AccessLogReader(const DriverSpec& spec, const std::string& client_id, platform::Files& files,
                  AskProcess ask)
      : path_(spec.text("file")),
        place_(location_of(spec)),
        timeout_(spec.duration("timeout").value_or(kUsualTimeout)),
        files_(files),
        ask_(std::move(ask)) {
    log_.name = "the access log " + place_;
    log_.client_id = client_id;
    log_.own_user_agent = "rekey-rotation/" REKEY_VERSION;
    log_.token_path = spec.text("token_path");
    log_.covers_all = spec.text("covers") == "all";
    log_.heartbeat = spec.duration("heartbeat").value_or(Duration{0});
    log_.lag = spec.duration("lag").value_or(kUsualLag);
    if (auto format = format_of(spec)) log_.format = *std::move(format);
  }

  [[nodiscard]] base::Result<UsageReport> read() override {
    if (path_.empty()) return read_command();
    // The older one last: where the file is rotated in between, its lines are there twice, which
    // shows, instead of being missing, which would not.
    auto newest = files_.read(path_, kLimitBytes);
    if (!newest) return tl::unexpected(passing(newest.error()));
    auto older = files_.read(path_ + ".1", kLimitBytes);
    if (!older && older.error().code != Code::kNotFound) {
      return tl::unexpected(passing(older.error()));
    }
    std::string text(older ? older->reveal() : std::string_view());
    // A file that was cut in the middle of a line has none that goes on in the next file.
    if (!text.empty() && text.back() != '\n') text += '\n';
    text += newest->reveal();
    return read_access_log(text, log_);
  }

 private:
  // While it is rotated it is missing for a moment.
  static base::Error passing(base::Error error) {
    if (error.code == Code::kNotFound) error.code = Code::kUnavailable;
    return error;
  }

  base::Result<UsageReport> read_command() {
    platform::Question question;
    question.answer_limit = static_cast<std::size_t>(kLimitBytes);
    REKEY_TRY(const platform::Answer answer, ask_(question, timeout_));
    if (answer.exit_code != 0) {
      return base::fail(Code::kUnavailable,
                        fmt::format("{} ended with exit code {}; run it by hand to see why", place_,
                                    answer.exit_code));
    }
    return read_access_log(answer.text, log_);
  }

  std::string path_;
  std::string place_;
  Duration timeout_;
  platform::Files& files_;
  AskProcess ask_;
  AccessLog log_;
};

std::vector<KeySpec> keys_of_access_log() {
  using enum KeyType;
  return {
      {"file", kPath, false, "the log; the one that was rotated last is FILE.1"},
      {"command", kWords, false, "a program that prints the lines, in place of a file"},
      {"timeout", kDuration, false, "how long the command may take; 30s", {}, 0, kLongest},
      {"format", kChoice, true, "how a line is written: one of common, combined, json, pattern",
       kFormats},
      {"pattern", kText, false, "a line with {time}, {network}, {user_agent}, … in it"},
      {"time_format", kChoice, false, "clf, iso, unix or unix_ms; iso in JSON, else clf",
       kLogTimeNames},
      {"time", kText, false, "of JSON lines: the member that holds it; a dot goes inside"},
      {"network", kText, false, "of JSON lines: the caller's address"},
      {"user_agent", kText, false, "of JSON lines"},
      {"client_id", kText, false, "of JSON lines: whose request it was"},
      {"secret_id", kText, false, "of JSON lines: the issuer's id of the secret, never its value"},
      {"status", kText, false, "of JSON lines: 2xx is a token"},
      {"path", kText, false, "of JSON lines"},
      {"token_path", kText, false, "the path of token requests; lines of others are left out"},
      {"covers", kChoice, false, "all: every request that gets a token is in it; some, if left out",
       kCovers},
      {"heartbeat", kDuration, false, "the longest time without any line", {}, 0, base::Days{1}},
      {"lag",
       kDuration,
       false,
       "how late lines may be, and how far its clock may be off; 5s",
       {},
       0,
       kLongest},
  };
}

}  // namespace

std::unique_ptr<UsageReader> make_access_log_reader(const DriverSpec& spec,
                                                    const std::string& client_id,
                                                    platform::Files& files, AskProcess ask) {
  return std::make_unique<AccessLogReader>(spec, client_id, files, std::move(ask));
}

UsageSourceKind access_log_source() {
  const auto make = [](const DriverSpec& spec, const std::string& client_id,
                       const DriverParts& parts) -> base::Result<std::unique_ptr<UsageReader>> {
    return make_access_log_reader(
        spec, client_id, parts.files,
        ask_command(spec.words("command").value_or(std::vector<std::string>())));
  };
  return {{"access-log", keys_of_access_log(), complete, location_of}, make};
}

}  // namespace rekey::rotation
