#include "cli/notice_settings.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <optional>
#include <utility>

#include "cli/config_reader.h"

namespace rekey::cli {
namespace {

using rotation::ConfigNode;
template <std::size_t Size>
using Keys = std::array<std::string_view, Size>;

constexpr Keys<12> kTopKeys{"version",    "state", "calendar",  "fallback",
                            "recipients", "rules", "mail",      "webhooks",
                            "commands",   "retry", "heartbeat", "sends_per_pass"};
constexpr Keys<5> kRecipientKeys{"name", "mail", "webhooks", "commands", "quiet_hours"};
constexpr Keys<4> kQuietKeys{"from", "until", "utc_offset", "time_zone"};
constexpr Keys<3> kRuleKeys{"days_before_end", "days_before_dormancy", "quiet_hours"};
constexpr Keys<10> kMailKeys{"host",    "port", "security",  "username", "password_file",
                             "ca_file", "from", "from_name", "list_id",  "timeout"};
constexpr Keys<7> kWebhookKeys{"name",        "url",     "url_file", "shape",
                               "secret_file", "ca_file", "timeout"};
constexpr Keys<3> kCommandKeys{"name", "command", "timeout"};
constexpr Keys<3> kRetryKeys{"first_pause", "longest_pause", "give_up_after"};
constexpr Keys<3> kHeartbeatKeys{"file", "url", "silence_after"};
constexpr Keys<3> kSecurities{"starttls", "tls", "none"};  // as net::SmtpSecurity
constexpr Keys<3> kShapes{"rekey", "slack", "teams"};      // as notice::WebhookShape

class SettingsReader {
 public:
  explicit SettingsReader(const std::string& path)
      : problems_(path), folder_(std::filesystem::path(path).parent_path()) {}

  base::Result<NoticeConfig> read(const ConfigNode& root) {
    ConfigMap top(root, "the file", kTopKeys, problems_);
    if (const ConfigNode* version = top.need("version", "write version: 1");
        version != nullptr && version->text != "1") {
      problems_.add(*version, "version must be 1");
    }
    notice::Settings& settings = config_.settings;
    config_.state_folder = resolve(top.text("state", ".rekey"));
    config_.calendar_file = resolve(top.text("calendar"));
    settings.fallback = top.texts("fallback");
    for (const ConfigNode* node : top.maps("recipients")) read_recipient(*node);
    if (const ConfigNode* rules = top.find("rules")) read_rules(*rules);
    if (const ConfigNode* mail = top.find("mail")) read_mail(*mail);
    for (const ConfigNode* node : top.maps("webhooks")) read_webhook(*node);
    for (const ConfigNode* node : top.maps("commands")) read_command(*node);
    if (const ConfigNode* retry = top.find("retry")) read_retry(*retry);
    if (const ConfigNode* heartbeat = top.find("heartbeat")) read_heartbeat(*heartbeat);
    settings.sends_per_pass =
        static_cast<int>(top.number("sends_per_pass", settings.sends_per_pass, {1, 10'000}));
    REKEY_CHECK(problems_.status());
    if (const auto checked = notice::check(settings); !checked) {
      problems_.add(checked.error().detail);
    }
    REKEY_CHECK(problems_.status());
    return std::move(config_);
  }

 private:
  [[nodiscard]] std::string resolve(const std::string& path) const {
    return path.empty() ? path : (folder_ / path).lexically_normal().string();
  }

  void read_recipient(const ConfigNode& node) {
    ConfigMap map(node, "a recipient", kRecipientKeys, problems_);
    notice::Recipient recipient;
    static_cast<void>(map.need("name", "by which owners and contacts are given"));
    recipient.name = map.text("name");
    recipient.mail = map.texts("mail");
    recipient.webhooks = map.texts("webhooks");
    recipient.commands = map.texts("commands");
    if (const ConfigNode* quiet = map.find("quiet_hours")) recipient.quiet_hours = quiet_of(*quiet);
    config_.settings.recipients.push_back(std::move(recipient));
  }

  notice::QuietHours quiet_of(const ConfigNode& node) {
    ConfigMap map(node, "quiet_hours", kQuietKeys, problems_);
    notice::QuietHours quiet;
    static_cast<void>(map.need("from", "such as \"22:00\""));
    static_cast<void>(map.need("until", "such as \"07:00\""));
    quiet.from_minute = minutes_of(map, "from", "");
    quiet.until_minute = minutes_of(map, "until", "");
    const std::string offset = map.text("utc_offset", "+00:00");
    const bool is_signed = offset.starts_with('+') || offset.starts_with('-');
    const auto minutes =
        is_signed ? clock_minutes(std::string_view(offset).substr(1)) : std::nullopt;
    if (!minutes) problems_.add(node, "utc_offset must be such as \"+01:00\"");
    quiet.utc_offset_minutes = minutes.value_or(0) * (offset.starts_with('-') ? -1 : 1);
    quiet.time_zone = map.text("time_zone");
    if (!quiet.time_zone.empty() && map.find("utc_offset") != nullptr) {
      problems_.add(node, "time_zone and utc_offset exclude each other; keep one");
    }
    return quiet;
  }

  // "22:00" as minutes after midnight.
  static std::optional<int> clock_minutes(std::string_view text) {
    const auto digit = [&text](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
    if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) {
      return std::nullopt;
    }
    const int hours = (text[0] - '0') * 10 + (text[1] - '0');
    const int minutes = (text[3] - '0') * 10 + (text[4] - '0');
    if (hours > 23 || minutes > 59) return std::nullopt;
    return hours * 60 + minutes;
  }

  int minutes_of(ConfigMap& map, std::string_view key, std::string_view fallback) {
    const ConfigNode* found = map.find(key);
    if (found == nullptr) return 0;
    const auto minutes = clock_minutes(map.text(key, fallback));
    if (!minutes)
      problems_.add(*found, fmt::format("{} must be a time of day such as \"07:00\"", key));
    return minutes.value_or(0);
  }

  void read_rules(const ConfigNode& node) {
    ConfigMap map(node, "rules", kRuleKeys, problems_);
    read_days(map, "days_before_end", config_.settings.rules.days_before_end);
    read_days(map, "days_before_dormancy", config_.settings.rules.days_before_dormancy);
    if (const ConfigNode* quiet = map.find("quiet_hours")) {
      config_.settings.quiet_hours = quiet_of(*quiet);
    }
  }

  void read_days(ConfigMap& map, std::string_view key, std::vector<int>& days) {
    const ConfigNode* found = map.find(key);
    if (found == nullptr) return;
    days.clear();
    for (const std::string& text : map.texts(key)) {
      const bool is_number =
          text.size() <= 4 && text.find_first_not_of("0123456789") == std::string::npos;
      if (!is_number) {
        problems_.add(*found, fmt::format("{} must be a list of whole days", key));
        return;
      }
      days.push_back(std::stoi(text));
    }
  }

  void read_mail(const ConfigNode& node) {
    ConfigMap map(node, "mail", kMailKeys, problems_);
    notice::MailSettings& mail = config_.settings.mail;
    static_cast<void>(map.need("host", "the mail server"));
    static_cast<void>(map.need("from", "the sender's address"));
    mail.host = map.text("host");
    mail.port = static_cast<std::uint16_t>(map.number("port", mail.port, {1, 65'535}));
    mail.security = static_cast<net::SmtpSecurity>(map.choice("security", 0, kSecurities));
    mail.username = map.text("username");
    mail.password_file = resolve(map.text("password_file"));
    mail.ca_file = resolve(map.text("ca_file"));
    mail.from = map.text("from");
    mail.from_name = map.text("from_name", mail.from_name);
    mail.list_id = map.text("list_id");
    mail.timeout = map.duration("timeout", mail.timeout);
  }

  void read_webhook(const ConfigNode& node) {
    ConfigMap map(node, "a webhook", kWebhookKeys, problems_);
    notice::WebhookSettings webhook;
    static_cast<void>(map.need("name", "by which recipients name it"));
    webhook.name = map.text("name");
    webhook.url = map.text("url");
    webhook.url_file = resolve(map.text("url_file"));
    webhook.shape = static_cast<notice::WebhookShape>(map.choice("shape", 0, kShapes));
    webhook.secret_file = resolve(map.text("secret_file"));
    webhook.ca_file = resolve(map.text("ca_file"));
    webhook.timeout = map.duration("timeout", webhook.timeout);
    config_.settings.webhooks.push_back(std::move(webhook));
  }

  void read_command(const ConfigNode& node) {
    ConfigMap map(node, "a command", kCommandKeys, problems_);
    notice::CommandSettings command;
    static_cast<void>(map.need("name", "by which recipients name it"));
    static_cast<void>(map.need("command", "a list: the program and its arguments"));
    command.name = map.text("name");
    command.arguments = map.texts("command");
    // A program without a slash is searched in PATH.
    if (!command.arguments.empty() && command.arguments.front().find('/') != std::string::npos) {
      command.arguments.front() = resolve(command.arguments.front());
    }
    command.timeout = map.duration("timeout", command.timeout);
    config_.settings.commands.push_back(std::move(command));
  }

  void read_retry(const ConfigNode& node) {
    ConfigMap map(node, "retry", kRetryKeys, problems_);
    notice::RetryRules& retry = config_.settings.retry;
    retry.first_pause = map.duration("first_pause", retry.first_pause);
    retry.longest_pause = map.duration("longest_pause", retry.longest_pause);
    retry.give_up_after = map.duration("give_up_after", retry.give_up_after);
  }

  void read_heartbeat(const ConfigNode& node) {
    ConfigMap map(node, "heartbeat", kHeartbeatKeys, problems_);
    notice::HeartbeatSettings& heartbeat = config_.settings.heartbeat;
    heartbeat.file = resolve(map.text("file"));
    heartbeat.url = map.text("url");
    heartbeat.silence_after = map.duration("silence_after", heartbeat.silence_after);
  }

  ConfigProblems problems_;
  std::filesystem::path folder_;
  NoticeConfig config_;
};

}  // namespace

base::Result<NoticeConfig> parse_notice_config(std::string_view text, const std::string& path) {
  REKEY_TRY(const ConfigNode root, rotation::parse_config(text, path));
  return SettingsReader(path).read(root);
}

}  // namespace rekey::cli
