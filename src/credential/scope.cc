#include "credential/scope.h"

#include <fmt/format.h>

#include <algorithm>

namespace rekey::credential {
namespace {

constexpr std::size_t kLongestName = 64;

// RFC 6749 section 3.3: %x21 / %x23-5B / %x5D-7E.
bool is_scope_character(char c) noexcept {
  return c == '\x21' || (c >= '\x23' && c <= '\x5B') || (c >= '\x5D' && c <= '\x7E');
}

}  // namespace

bool is_scope_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= kLongestName &&
         std::all_of(name.begin(), name.end(), is_scope_character);
}

std::size_t ScopeRegistry::place_of(std::string_view name) const noexcept {
  std::size_t place = std::hash<std::string_view>{}(name) % kPlaces;
  while (numbers_[place] != kVacant && names_[numbers_[place] - 1u] != name) {
    place = (place + 1) % kPlaces;
  }
  return place;
}

std::size_t ScopeRegistry::find(std::string_view name) const noexcept {
  const auto number = numbers_[place_of(name)];
  return number == kVacant ? kMaxScopes : number - 1u;
}

base::Result<std::size_t> ScopeRegistry::append(std::string_view name) {
  if (!is_scope_name(name)) {
    return base::fail(base::Code::kInvalidArgument,
                      "a scope name is 1 to 64 visible ASCII characters without space, \" and \\");
  }
  const auto place = place_of(name);
  if (numbers_[place] != kVacant) {
    return base::fail(base::Code::kAlreadyExists,
                      fmt::format("the scope \"{}\" is registered already", name));
  }
  if (names_.size() == kMaxScopes) {
    return base::fail(
        base::Code::kLimitReached,
        fmt::format("the scope \"{}\" cannot be registered: a tenant has at most {} scopes, and a "
                    "registered one is never removed",
                    name, kMaxScopes));
  }
  names_.emplace_back(name);
  numbers_[place] = static_cast<std::uint16_t>(names_.size());
  return names_.size() - 1;
}

base::Result<ScopeSet> ScopeRegistry::parse(std::string_view text) const {
  ScopeSet set;
  while (!text.empty()) {
    const auto name = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(name.size() + 1, text.size()));
    if (name.empty()) continue;
    const auto number = find(name);
    if (number == kMaxScopes) {
      return base::fail(base::Code::kNotFound,
                        is_scope_name(name)
                            ? fmt::format("there is no scope \"{}\"", name)
                            : std::string("the scope list holds something that is not a scope "
                                          "name"));
    }
    set.insert(number);
  }
  return set;
}

std::string ScopeRegistry::format(const ScopeSet& set) const {
  std::string text;
  for (std::size_t number = 0; number < names_.size(); ++number) {
    if (!set.contains(number)) continue;
    if (!text.empty()) text += ' ';
    text += names_[number];
  }
  return text;
}

const std::vector<std::string_view>& known_scopes() {
  static const std::vector<std::string_view> scopes{
      "offline",
      // Channels
      "email_read", "email_write", "email_send", "ott_chat_messaging_read",
      "ott_chat_messaging_send", "push_read", "push_write", "push_send", "sms_read", "sms_write",
      "sms_send", "social_read", "social_write", "social_publish", "social_post", "web_read",
      "web_write", "web_publish",
      // Assets
      "documents_and_images_read", "documents_and_images_write", "saved_content_read",
      "saved_content_write",
      // Automation
      "automations_read", "automations_write", "automations_execute", "journeys_read",
      "journeys_write", "journeys_execute", "journeys_aspr", "journeys_delete",
      // Contacts
      "audiences_read", "audiences_write", "list_and_subscribers_read",
      "list_and_subscribers_write",
      // Marketing Cloud Connect
      "marketing_cloud_connect_read", "marketing_cloud_connect_write",
      "marketing_cloud_connect_send",
      // Data
      "data_extensions_read", "data_extensions_write", "file_locations_read",
      "file_locations_write", "tracking_events_read", "tracking_events_write", "dfu_configure",
      // Event notification
      "event_notification_callback_create", "event_notification_callback_read",
      "event_notification_callback_update", "event_notification_callback_delete",
      "event_notification_subscription_create", "event_notification_subscription_read",
      "event_notification_subscription_update", "event_notification_subscription_delete",
      // Hub
      "approvals_read", "approvals_write", "calendar_read", "calendar_write", "campaign_read",
      "campaign_write", "tags_read", "tags_write", "workflows_read", "workflows_write",
      // Provisioning
      "accounts_read", "accounts_write", "ott_channels_read", "ott_channels_write", "users_read",
      "users_write",
      // Webhooks, key management, mobile, package manager
      "webhooks_read", "webhooks_write", "key_manage_view", "key_manage_rotate",
      "key_manage_revoke", "deep_linking_asset_read", "deep_linking_asset_write",
      "deep_linking_asset_delete", "deep_linking_settings_read", "deep_linking_settings_write",
      "package_manager_package", "package_manager_deploy",
      // Named by sfmc-sdk only
      "contact_bu_mapping_create", "contact_bu_mapping_view", "contact_bu_mapping_update",
      "contact_bu_mapping_delete",
      // Named by the REST table only
      "Contacts_access", "file_location_create", "file_location_view", "file_location_delete",
      "tags_create", "tags_edit", "tags_delete", kAdminScope};
  return scopes;
}

}  // namespace rekey::credential
