// The objects of docs/admin-api.md as JSON. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authority/front_settings.h"
#include "base/secret.h"
#include "base/time.h"
#include "credential/lifecycle.h"
#include "ledger/ledger.h"
#include "net/json.h"

namespace rekey::authority {

// A secret as it is at an instant, as far as its use is known.
struct SecretView {
  const credential::ClientSecret& secret;
  std::optional<base::Instant> last_used_at;
  base::Instant now;
};

// What of its value a reply shows.
struct ValueShown {
  const base::Secret* value = nullptr;  // shown once, in the reply that made it
  bool was_shown_already = false;       // a replay of that reply
};

void write_package(net::JsonWriter& json, const credential::Integration& integration);
void write_integration(net::JsonWriter& json, const credential::Integration& integration,
                       const FrontSettings& settings);
void write_secret(net::JsonWriter& json, const SecretView& view, const ValueShown& shown = {});
// A row of GET /status.
void write_status_row(net::JsonWriter& json, const credential::Integration& integration,
                      const SecretView& view);
// A row of GET /known-secrets; no `tags`: they are not known.
void write_known_secret(net::JsonWriter& json, const credential::Integration& integration,
                        const SecretView& view,
                        const std::optional<std::vector<std::uint8_t>>& tags);
// {"ttl":"180d",…} in the order of the settings.
void write_policy(net::JsonWriter& json, const credential::Policy& policy);
void write_descriptor(net::JsonWriter& json, const credential::Policy& policy);
void write_event(net::JsonWriter& json, const ledger::StoredEvent& event);

// The secret's last instant, as far as it is fixed: its expiry, or the end of its overlap. Dormancy
// is not in it: using the secret puts that off.
[[nodiscard]] base::Instant fixed_end_of(const credential::ClientSecret& secret) noexcept;
// Whole days until then.
[[nodiscard]] std::int64_t days_left(const credential::ClientSecret& secret,
                                     base::Instant now) noexcept;

// Secrets that a person watches: live ones, and of a slot without any the one issued last.
[[nodiscard]] std::vector<const credential::ClientSecret*> watched_secrets(
    const credential::Integration& integration, const credential::Evidence& evidence,
    base::Instant now);

}  // namespace rekey::authority
