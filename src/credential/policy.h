// Policy: the bounds inside which every secret of a tenant lives. No policy can say never.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace rekey::credential {

enum class Profile { kStandard, kMarketingCloud };
[[nodiscard]] std::string_view name_of(Profile profile) noexcept;  // "standard", "marketing-cloud"

inline constexpr base::Duration kLongestTimeToLive = base::Days{400};
// Policy::overlap with this value: the superseded secret lives on to its own end.
inline constexpr base::Duration kUntilExpiry = base::Duration::max();

// Imports generated at or before `cut_off` end at `ends_at` (contract section 3.3).
struct FixedEnd {
  base::Instant cut_off;
  base::Instant ends_at;
  friend bool operator==(const FixedEnd&, const FixedEnd&) = default;
};

// What follows by itself when a secret is reported as leaked, beside telling its owners; each is
// stricter than the one before.
enum class OnLeak { kNotify, kStage, kRevoke };
[[nodiscard]] std::string_view name_of(OnLeak action) noexcept;  // "notify", "stage", "revoke"

struct Policy {
  Profile profile = Profile::kStandard;
  base::Duration time_to_live = base::Days{180};  // from generation
  base::Duration settle{0};                       // before a staged one works
  base::Duration between_generations{0};          // least time, per slot
  base::Duration between_activations{0};          // least time, per slot
  base::Duration overlap = base::Days{7};         // 0: activation ends the old one at once
  base::Duration dormancy = base::Days{90};       // counted from usable_from or last use
  std::optional<FixedEnd> fixed_end;              // of imports
  int live_limit = 3;                             // live secrets in one slot
  bool allows_extra_slots = true;
  base::Duration usage_window = std::chrono::hours{24};  // activation asks who used the old one
  bool ends_tokens_with_secret = false;                  // activation and expiry end issued tokens
  OnLeak on_leak = OnLeak::kNotify;
  friend bool operator==(const Policy&, const Policy&) = default;
};

[[nodiscard]] Policy standard_policy();
[[nodiscard]] Policy marketing_cloud_policy();

// The keys of `rekey policy set`, in the order shown: profile, ttl, settle, generation_interval,
// activation_interval, overlap, dormancy, fixed_end, fixed_end_cut_off, live_limit, extra_slots,
// usage_window, tokens, on_leak. Values: durations as in base/time.h; overlap also "until_expiry";
// extra_slots "allowed" or "refused"; tokens "outlive_secret" or "end_with_secret"; on_leak
// "notify", "stage" or "revoke"; fixed_end and fixed_end_cut_off an instant or "none". A bare date
// as the cut-off means that whole day, as one says "generated on or before 26 March";
// fixed_end=none clears the cut-off with it.
struct PolicySetting {
  std::string key;
  std::string value;
  friend bool operator==(const PolicySetting&, const PolicySetting&) = default;
};
[[nodiscard]] std::vector<PolicySetting> settings_of(const Policy& policy);

// Applies the settings in order ("profile" resets all the others first) and checks the result.
// kInvalidArgument names the key, the bound, and the nearest known key for an unknown one.
[[nodiscard]] base::Result<Policy> with_settings(const Policy& policy,
                                                 const std::vector<PolicySetting>& settings);

// Bounds: 1 minute <= ttl <= 400 d; dormancy 1 minute..400 d; settle < ttl; live_limit 2..8; …
[[nodiscard]] base::Status check(const Policy& policy);

// A package may only tighten its tenant's policy: what this gives is never laxer than `tenant`,
// even after the tenant has tightened its own. Fails as with_settings does, for a key that only a
// tenant sets (profile, fixed_end, fixed_end_cut_off), and where the result is out of bounds.
[[nodiscard]] base::Result<Policy> with_overrides(const Policy& tenant,
                                                  const std::vector<PolicySetting>& overrides);

// with_overrides, and kInvalidArgument where an override asks for something laxer: a longer ttl,
// overlap or dormancy, a larger live_limit, shorter intervals or usage_window, extra slots or
// outliving tokens that the tenant refuses, less on a leak. settle may be anything.
[[nodiscard]] base::Status check_overrides(const Policy& tenant,
                                           const std::vector<PolicySetting>& overrides);

// What is allowed and yet probably not meant, for people: dormancy not shorter than ttl, …
[[nodiscard]] std::vector<std::string> warnings_about(const Policy& policy);

}  // namespace rekey::credential
