#include "notice/recipients.h"

#include <algorithm>
#include <utility>

#include "net/mail.h"
#include "notice/subject.h"

namespace rekey::notice {
namespace {

// The first one that names a way settles its quiet hours.
void add(Resolved& resolved, Route route) {
  const bool is_there =
      std::any_of(resolved.routes.begin(), resolved.routes.end(), [&](const Route& other) {
        return other.channel == route.channel && other.address == route.address;
      });
  if (!is_there) resolved.routes.push_back(std::move(route));
}

void add_recipient(Resolved& resolved, const Settings& settings, const Recipient& recipient) {
  const auto quiet = recipient.quiet_hours ? recipient.quiet_hours : settings.quiet_hours;
  for (const std::string& address : recipient.mail) add(resolved, {"email", address, quiet});
  for (const std::string& name : recipient.webhooks) add(resolved, {"webhook/" + name, "", quiet});
  for (const std::string& name : recipient.commands) add(resolved, {"command/" + name, "", quiet});
}

void add_name(Resolved& resolved, const Settings& settings, const std::string& name) {
  const auto found =
      std::find_if(settings.recipients.begin(), settings.recipients.end(),
                   [&](const Recipient& recipient) { return recipient.name == name; });
  if (found != settings.recipients.end()) {
    add_recipient(resolved, settings, *found);
  } else if (!settings.mail.host.empty() && net::check_mail_address(name)) {
    add(resolved, {"email", name, settings.quiet_hours});
  } else {
    resolved.unknown.push_back(clean_text(name, 80));
  }
}

}  // namespace

Resolved resolve(const Settings& settings, const std::vector<std::string>& names) {
  Resolved resolved;
  const std::size_t count = std::min(names.size(), kMaxRecipientsOfSubject);
  for (std::size_t i = 0; i < count; ++i) add_name(resolved, settings, names[i]);
  for (std::size_t i = count; i < names.size(); ++i) {
    resolved.unknown.push_back(clean_text(names[i], 80));
  }
  if (!resolved.routes.empty()) return resolved;
  for (const std::string& name : settings.fallback) add_name(resolved, settings, name);
  return resolved;
}

std::optional<QuietHours> quiet_hours_of(const Settings& settings, std::string_view channel,
                                         std::string_view address) {
  for (const Recipient& recipient : settings.recipients) {
    Resolved ways;
    add_recipient(ways, settings, recipient);
    for (const Route& route : ways.routes) {
      if (route.channel == channel && route.address == address) return route.quiet_hours;
    }
  }
  return settings.quiet_hours;
}

std::string_view kind_of_channel(std::string_view channel) noexcept {
  return channel.substr(0, channel.find('/'));
}

}  // namespace rekey::notice
