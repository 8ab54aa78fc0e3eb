#include "notice/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "base/text.h"
#include "net/loopback.h"
#include "net/mail.h"
#include "platform/time_zone.h"

namespace rekey::notice {
namespace {

constexpr std::size_t kMaxNameBytes = 60;
constexpr base::Duration kShortestTimeout = std::chrono::seconds{1};
constexpr base::Duration kLongestTimeout = std::chrono::minutes{5};
constexpr base::Duration kLongestPatience = std::chrono::hours{24 * 30};

// Collects what is wrong, a line each.
class Complaints {
 public:
  void add(const std::string& where, const std::string& what) {
    text_ += fmt::format("{}{}: {}", text_.empty() ? "" : "\n", where, what);
  }
  void add(const std::string& where, const base::Status& status) {
    if (!status) add(where, status.error().detail);
  }
  [[nodiscard]] base::Status result() const {
    if (text_.empty()) return {};
    return base::fail(base::Code::kInvalidArgument, text_);
  }

 private:
  std::string text_;
};

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes &&
         std::all_of(name.begin(), name.end(), [](char c) {
           const char low = base::to_lower(c);
           return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                  c == '-';
         });
}

void check_timeout(Complaints& complaints, const std::string& where, base::Duration timeout) {
  if (timeout < kShortestTimeout || timeout > kLongestTimeout) {
    complaints.add(where, "the timeout must lie between 1s and 5m");
  }
}

template <typename Named>
std::set<std::string> check_names(Complaints& complaints, const std::string& what,
                                  const std::vector<Named>& all, std::size_t limit) {
  if (all.size() > limit) complaints.add(what, fmt::format("at most {} are allowed", limit));
  std::set<std::string> names;
  for (const Named& one : all) {
    if (!is_name(one.name)) {
      complaints.add(what, fmt::format("\"{}\" is not a name: 1 to {} characters of [A-Za-z0-9._-]",
                                       clean_text(one.name, 40), kMaxNameBytes));
    } else if (!names.insert(one.name).second) {
      complaints.add(what, fmt::format("\"{}\" is there twice", one.name));
    }
  }
  return names;
}

void check_mail(Complaints& complaints, const MailSettings& mail) {
  if (mail.host.empty()) return;
  complaints.add("mail.from", net::check_mail_address(mail.from));
  check_timeout(complaints, "mail", mail.timeout);
  if (mail.port == 0) complaints.add("mail.port", "write 587, 465 or the server's own");
  if (mail.username.empty() != mail.password_file.empty()) {
    complaints.add("mail", "username and password_file go together");
  }
}

void check_webhook(Complaints& complaints, const WebhookSettings& webhook) {
  const std::string where = fmt::format("webhook \"{}\"", clean_text(webhook.name, 40));
  check_timeout(complaints, where, webhook.timeout);
  if (webhook.url.empty() == webhook.url_file.empty()) {
    complaints.add(where, "needs either url or url_file");
  }
  if (!webhook.url.empty() && !net::may_carry_secrets(webhook.url)) {
    complaints.add(where, "the url must begin with https:// (http:// only on this machine)");
  }
  if (webhook.shape == WebhookShape::kRekey && webhook.secret_file.empty()) {
    complaints.add(where, "needs a secret_file: the receiver must be able to check who sends");
  }
}

void check_command(Complaints& complaints, const CommandSettings& command) {
  const std::string where = fmt::format("command \"{}\"", clean_text(command.name, 40));
  check_timeout(complaints, where, command.timeout);
  if (command.arguments.empty() || command.arguments.front().empty()) {
    complaints.add(where, "names no program to run");
  }
}

struct Known {
  std::set<std::string> recipients;
  std::set<std::string> webhooks;
  std::set<std::string> commands;
};

void check_all_known(Complaints& complaints, const std::string& where, std::string_view what,
                     const std::vector<std::string>& names, const std::set<std::string>& known) {
  for (const std::string& name : names) {
    if (known.contains(name)) continue;
    complaints.add(where, fmt::format("there is no {} \"{}\"", what, clean_text(name, 40)));
  }
}

void check_quiet(Complaints& complaints, const std::string& where,
                 const std::optional<QuietHours>& quiet) {
  if (!quiet) return;
  complaints.add(where, check_quiet_hours(*quiet));
  if (quiet->time_zone.empty()) return;
  const auto offset = platform::utc_offset_minutes(quiet->time_zone, base::Instant{});
  if (!offset) complaints.add(where, offset.error().detail);
}

void check_recipient(Complaints& complaints, const Recipient& recipient, const Known& known,
                     bool has_mail) {
  const std::string where = fmt::format("recipient \"{}\"", clean_text(recipient.name, 40));
  for (const std::string& address : recipient.mail) {
    complaints.add(where, net::check_mail_address(address));
  }
  if (!recipient.mail.empty() && !has_mail) {
    complaints.add(where, "has mail addresses, and mail.host is not set");
  }
  check_all_known(complaints, where, "webhook", recipient.webhooks, known.webhooks);
  check_all_known(complaints, where, "command", recipient.commands, known.commands);
  const std::size_t count =
      recipient.mail.size() + recipient.webhooks.size() + recipient.commands.size();
  if (count == 0) complaints.add(where, "can be told nothing: give it mail, webhooks or commands");
  if (count > kMaxOfOneRecipient) {
    complaints.add(where, fmt::format("at most {} ways to one recipient", kMaxOfOneRecipient));
  }
  check_quiet(complaints, where, recipient.quiet_hours);
}

void check_fallback(Complaints& complaints, const Settings& settings, const Known& known) {
  if (settings.fallback.empty()) {
    complaints.add("fallback", "name at least one recipient who is told what nobody owns");
  }
  for (const std::string& name : settings.fallback) {
    if (known.recipients.contains(name)) continue;
    const bool is_mailed = !settings.mail.host.empty() && net::check_mail_address(name);
    if (!is_mailed) {
      complaints.add("fallback", fmt::format("\"{}\" is neither a recipient nor an address that "
                                             "mail can be sent to",
                                             clean_text(name, 40)));
    }
  }
}

base::Status set_offset(std::optional<QuietHours>& quiet, base::Instant at) {
  if (!quiet || quiet->time_zone.empty()) return {};
  REKEY_TRY(quiet->utc_offset_minutes, platform::utc_offset_minutes(quiet->time_zone, at));
  return {};
}

}  // namespace

base::Status set_offsets(Settings& settings, base::Instant at) {
  REKEY_CHECK(set_offset(settings.quiet_hours, at));
  for (Recipient& recipient : settings.recipients) {
    REKEY_CHECK(set_offset(recipient.quiet_hours, at));
  }
  return {};
}

base::Status check(const Settings& settings) {
  Complaints complaints;
  Known known;
  known.webhooks = check_names(complaints, "webhooks", settings.webhooks, kMaxChannels);
  known.commands = check_names(complaints, "commands", settings.commands, kMaxChannels);
  known.recipients = check_names(complaints, "recipients", settings.recipients, kMaxRecipients);
  check_mail(complaints, settings.mail);
  for (const WebhookSettings& webhook : settings.webhooks) check_webhook(complaints, webhook);
  for (const CommandSettings& command : settings.commands) check_command(complaints, command);
  for (const Recipient& recipient : settings.recipients) {
    check_recipient(complaints, recipient, known, !settings.mail.host.empty());
  }
  check_fallback(complaints, settings, known);
  complaints.add("rules", check_rules(settings.rules));
  check_quiet(complaints, "quiet_hours", settings.quiet_hours);
  const RetryRules& retry = settings.retry;
  if (retry.first_pause < std::chrono::seconds{1} || retry.longest_pause < retry.first_pause ||
      retry.give_up_after < retry.longest_pause || retry.give_up_after > kLongestPatience) {
    complaints.add("retry", "1s <= first_pause <= longest_pause <= give_up_after <= 30d must hold");
  }
  if (settings.heartbeat.silence_after < base::Duration{0}) {
    complaints.add("heartbeat.silence_after", "cannot be negative");
  }
  if (!settings.heartbeat.url.empty() && !net::may_carry_secrets(settings.heartbeat.url)) {
    complaints.add("heartbeat.url", "must begin with https:// (http:// only on this machine)");
  }
  if (settings.sends_per_pass < 1 || settings.sends_per_pass > kMaxOpenDeliveries) {
    complaints.add("sends_per_pass", fmt::format("must lie between 1 and {}", kMaxOpenDeliveries));
  }
  return complaints.result();
}

}  // namespace rekey::notice
