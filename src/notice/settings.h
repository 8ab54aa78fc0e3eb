// What the configuration says about notices, as plain members. Reading them from a file, and saying
// where in it a mistake stands, is its reader's work; check() holds the rules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "net/smtp.h"
#include "notice/queue.h"
#include "notice/schedule.h"

namespace rekey::notice {

// A person or a team, under the name by which owners and contacts are given.
struct Recipient {
  std::string name;                       // 1 to 60 characters of [A-Za-z0-9._-]
  std::vector<std::string> mail;          // addresses; each gets its own mail
  std::vector<std::string> webhooks;      // names of WebhookSettings
  std::vector<std::string> commands;      // names of CommandSettings
  std::optional<QuietHours> quiet_hours;  // default: none
};

struct MailSettings {
  std::string host;          // empty: no mail is sent
  std::uint16_t port = 587;  // default: 587; 465 is usual for kTls
  net::SmtpSecurity security = net::SmtpSecurity::kStartTls;
  std::string username;       // default: no authentication
  std::string password_file;  // its first line; read for each mail, so that it can be rotated
  std::string ca_file;        // PEM; default: the system's authorities
  std::string from;           // the sender's address; needed
  std::string from_name = "Rekey";
  std::string list_id;                                // default: "rekey." and the domain of `from`
  base::Duration timeout = std::chrono::seconds{30};  // of one mail; 1 s to 5 min
};

enum class WebhookShape {
  kRekey,  // docs/notices.md; always signed
  kSlack,  // an incoming webhook of Slack
  kTeams,  // an Adaptive Card for a Teams workflow
};

struct WebhookSettings {
  std::string name;      // 1 to 60 characters of [A-Za-z0-9._-]
  std::string url;       // https, or http on this machine; or
  std::string url_file;  // a file whose first line is the URL: those of Slack and Teams are secrets
  WebhookShape shape = WebhookShape::kRekey;
  std::string secret_file;  // "whsec_" and base64 of 24 to 64 bytes; needed for kRekey
  std::string ca_file;      // PEM; default: the system's authorities
  base::Duration timeout = std::chrono::seconds{15};  // 1 s to 5 min
};

struct CommandSettings {
  std::string name;                                   // 1 to 60 characters of [A-Za-z0-9._-]
  std::vector<std::string> arguments;                 // the program first; no shell
  base::Duration timeout = std::chrono::seconds{30};  // 1 s to 5 min
};

struct HeartbeatSettings {
  std::string file;  // written anew at the end of each pass; default: none
  std::string url;   // asked with GET at the end of each pass; default: none
  // A longer time than this between two passes is told as a silence. Default 26 h: a daily pass may
  // be late. 0: never told.
  base::Duration silence_after = std::chrono::hours{26};
};

struct Settings {
  std::vector<Recipient> recipients;
  // Names of recipients, or mail addresses, that are told what has no owner, what could not be
  // delivered, and that the watcher was silent. Needed: at least one.
  std::vector<std::string> fallback;
  Rules rules;
  std::optional<QuietHours> quiet_hours;  // for recipients without their own; default: none
  MailSettings mail;
  std::vector<WebhookSettings> webhooks;
  std::vector<CommandSettings> commands;
  RetryRules retry;
  HeartbeatSettings heartbeat;
  int sends_per_pass = 500;  // the rest waits for the next pass; 1 to 10,000
};

inline constexpr std::size_t kMaxRecipients = 1000;
inline constexpr std::size_t kMaxChannels = 100;       // webhooks, and commands
inline constexpr std::size_t kMaxOfOneRecipient = 20;  // addresses, webhooks, commands

// All that is wrong, a line each, with what to write instead; kInvalidArgument.
[[nodiscard]] base::Status check(const Settings& settings);
// Gives all quiet hours with a time zone the offset that it has then. kNotFound for an unknown one.
[[nodiscard]] base::Status set_offsets(Settings& settings, base::Instant at);

}  // namespace rekey::notice
