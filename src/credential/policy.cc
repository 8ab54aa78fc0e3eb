#include "credential/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace rekey::credential {
namespace {

using base::Code;
using base::Duration;
using base::Instant;
using base::Status;

constexpr Duration kShortestTimeToLive = std::chrono::minutes{1};
constexpr int kSmallestLiveLimit = 2;
constexpr int kLargestLiveLimit = 8;
constexpr std::string_view kNone = "none";
constexpr Duration kLastMomentOfDay = base::Days{1} - Duration{1};

// A policy while its settings are being read: a fixed end may still lack its other half.
struct Draft {
  Policy policy;
  std::optional<Instant> fixed_end;
  std::optional<Instant> cut_off;
};

Draft draft_of(const Policy& policy) {
  Draft draft{policy, {}, {}};
  if (policy.fixed_end) {
    draft.fixed_end = policy.fixed_end->ends_at;
    draft.cut_off = policy.fixed_end->cut_off;
  }
  return draft;
}

auto expected(std::string_view key, std::string_view choices, std::string_view value) {
  return base::fail(Code::kInvalidArgument,
                    fmt::format("{} is {}, not \"{}\"", key, choices, value.substr(0, 40)));
}

// ---- one setting: how it is shown, how it is read ----------------------------------------------

std::string show_profile(const Policy& policy) {
  return std::string(name_of(policy.profile));
}
Status read_profile(Draft& draft, std::string_view value) {
  for (const auto& policy : {standard_policy(), marketing_cloud_policy()}) {
    if (value != name_of(policy.profile)) continue;
    draft = draft_of(policy);
    return {};
  }
  return expected("profile", "\"standard\" or \"marketing-cloud\"", value);
}

template <Duration Policy::*kMember>
std::string show_duration(const Policy& policy) {
  return base::format_duration(policy.*kMember);
}
template <Duration Policy::*kMember>
Status read_duration(Draft& draft, std::string_view value) {
  REKEY_TRY(draft.policy.*kMember, base::parse_duration(value));
  return {};
}

std::string show_overlap(const Policy& policy) {
  return policy.overlap == kUntilExpiry ? "until_expiry" : base::format_duration(policy.overlap);
}
Status read_overlap(Draft& draft, std::string_view value) {
  if (value != "until_expiry") return read_duration<&Policy::overlap>(draft, value);
  draft.policy.overlap = kUntilExpiry;
  return {};
}

std::string show_fixed_end(const Policy& policy) {
  return policy.fixed_end ? base::format_instant(policy.fixed_end->ends_at) : std::string(kNone);
}
Status read_fixed_end(Draft& draft, std::string_view value) {
  if (value == kNone) {
    draft.fixed_end.reset();
    draft.cut_off.reset();
    return {};
  }
  REKEY_TRY(draft.fixed_end, base::parse_instant(value));
  return {};
}

std::string show_cut_off(const Policy& policy) {
  if (!policy.fixed_end) return std::string(kNone);
  const auto text = base::format_instant(policy.fixed_end->cut_off);
  const auto date = text.substr(0, text.find('T'));
  return text == date + "T23:59:59.999Z" ? date : text;
}
Status read_cut_off(Draft& draft, std::string_view value) {
  if (value == kNone) {
    draft.cut_off.reset();
    return {};
  }
  REKEY_TRY(const Instant at, base::parse_instant(value));
  const bool is_date = value.find(':') == std::string_view::npos;
  draft.cut_off = is_date ? at + kLastMomentOfDay : at;
  return {};
}

std::string show_live_limit(const Policy& policy) {
  return std::to_string(policy.live_limit);
}
Status read_live_limit(Draft& draft, std::string_view value) {
  const auto* const end = value.data() + value.size();
  const auto result = std::from_chars(value.data(), end, draft.policy.live_limit);
  if (result.ec == std::errc{} && result.ptr == end) return {};
  return expected("live_limit", "a whole number", value);
}

std::string show_extra_slots(const Policy& policy) {
  return policy.allows_extra_slots ? "allowed" : "refused";
}
Status read_extra_slots(Draft& draft, std::string_view value) {
  draft.policy.allows_extra_slots = value == "allowed";
  if (value == "allowed" || value == "refused") return {};
  return expected("extra_slots", "\"allowed\" or \"refused\"", value);
}

std::string show_tokens(const Policy& policy) {
  return policy.ends_tokens_with_secret ? "end_with_secret" : "outlive_secret";
}
Status read_tokens(Draft& draft, std::string_view value) {
  draft.policy.ends_tokens_with_secret = value == "end_with_secret";
  if (value == "end_with_secret" || value == "outlive_secret") return {};
  return expected("tokens", "\"outlive_secret\" or \"end_with_secret\"", value);
}

std::string show_on_leak(const Policy& policy) {
  return std::string(name_of(policy.on_leak));
}
Status read_on_leak(Draft& draft, std::string_view value) {
  for (const auto action : {OnLeak::kNotify, OnLeak::kStage, OnLeak::kRevoke}) {
    if (value != name_of(action)) continue;
    draft.policy.on_leak = action;
    return {};
  }
  return expected("on_leak", "\"notify\", \"stage\" or \"revoke\"", value);
}

// ---- bounds ------------------------------------------------------------------------------------

Status outside(std::string_view key, Duration least, Duration most, std::string_view value) {
  return base::fail(Code::kInvalidArgument,
                    fmt::format("{} must be {} to {}, not {}; no policy can say never", key,
                                base::format_duration(least), base::format_duration(most), value));
}

Status not_below_ttl(std::string_view key, Duration time_to_live, std::string_view value) {
  return base::fail(
      Code::kInvalidArgument,
      fmt::format("{} must be shorter than ttl ({}), not {}: else a secret could end before the "
                  "next one works",
                  key, base::format_duration(time_to_live), value));
}

// A duration in shape, and longer than any that parse_duration reads: the same text with small
// numbers is one.
bool is_beyond_reading(std::string_view value) {
  constexpr std::string_view kDigits = "0123456789";
  std::string shape;
  for (const char c : value) {
    const bool is_digit = kDigits.find(c) != std::string_view::npos;
    if (is_digit && shape.ends_with('1')) continue;
    shape += is_digit ? '1' : c;
  }
  return !base::parse_duration(value) && base::parse_duration(shape);
}

// ---- all settings ------------------------------------------------------------------------------

struct Key {
  enum class Bound { kUnbound, kRange, kBelowTtl };
  std::string_view name;
  std::string (*show)(const Policy&);
  Status (*read)(Draft&, std::string_view);
  bool is_for_tenants_only = false;
  Bound bound = Bound::kUnbound;  // of a duration
  Duration least{0};              // with kRange
};

template <Duration Policy::*kMember>
constexpr Key duration_key(std::string_view name, Duration least) {
  return {name, show_duration<kMember>, read_duration<kMember>, false, Key::Bound::kRange, least};
}
template <Duration Policy::*kMember>
constexpr Key short_duration_key(std::string_view name) {
  return {name, show_duration<kMember>, read_duration<kMember>, false, Key::Bound::kBelowTtl};
}

constexpr std::array<Key, 14> kKeys{{
    {"profile", show_profile, read_profile, true},
    duration_key<&Policy::time_to_live>("ttl", kShortestTimeToLive),
    short_duration_key<&Policy::settle>("settle"),
    short_duration_key<&Policy::between_generations>("generation_interval"),
    short_duration_key<&Policy::between_activations>("activation_interval"),
    {"overlap", show_overlap, read_overlap, false, Key::Bound::kRange},
    duration_key<&Policy::dormancy>("dormancy", kShortestTimeToLive),
    {"fixed_end", show_fixed_end, read_fixed_end, true},
    {"fixed_end_cut_off", show_cut_off, read_cut_off, true},
    {"live_limit", show_live_limit, read_live_limit},
    {"extra_slots", show_extra_slots, read_extra_slots},
    duration_key<&Policy::usage_window>("usage_window", Duration{0}),
    {"tokens", show_tokens, read_tokens},
    {"on_leak", show_on_leak, read_on_leak},
}};

base::Result<const Key*> key_named(std::string_view name) {
  std::array<std::string_view, kKeys.size()> names;
  for (std::size_t i = 0; i < kKeys.size(); ++i) {
    if (kKeys[i].name == name) return &kKeys[i];
    names[i] = kKeys[i].name;
  }
  const auto nearest = base::nearest_word(name, names);
  return base::fail(Code::kInvalidArgument,
                    nearest.empty()
                        ? fmt::format("there is no policy setting \"{}\"; known are {}",
                                      name.substr(0, 40), fmt::join(names, ", "))
                        : fmt::format("there is no policy setting \"{}\"; did you mean \"{}\"?",
                                      name.substr(0, 40), nearest));
}

// The policy of a draft: a fixed end needs both its halves.
base::Result<Policy> finish(Draft draft) {
  draft.policy.fixed_end.reset();
  if (draft.fixed_end && draft.cut_off) {
    draft.policy.fixed_end = FixedEnd{*draft.cut_off, *draft.fixed_end};
  } else if (draft.fixed_end || draft.cut_off) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("fixed_end and fixed_end_cut_off go together; set {} too, or "
                                  "fixed_end=none",
                                  draft.fixed_end ? "fixed_end_cut_off" : "fixed_end"));
  }
  REKEY_CHECK(check(draft.policy));
  return draft.policy;
}

Status check_range(std::string_view key, Duration value, Duration least, Duration most) {
  if (value >= least && value <= most) return {};
  return outside(key, least, most,
                 value == Duration::max() ? "endless" : base::format_duration(value));
}

Status check_below_ttl(std::string_view key, Duration value, Duration time_to_live) {
  if (value >= Duration{0} && value < time_to_live) return {};
  return not_below_ttl(key, time_to_live, base::format_duration(value));
}

// read() and, for a duration that cannot be read, the bound that it breaks or has to keep.
Status read_setting(const Key& key, Draft& draft, std::string_view value) {
  Status status = key.read(draft, value);
  if (status || key.bound == Key::Bound::kUnbound) return status;
  const std::string_view shown = value.substr(0, 40);
  if (is_beyond_reading(value)) {
    return key.bound == Key::Bound::kRange
               ? outside(key.name, key.least, kLongestTimeToLive, shown)
               : not_below_ttl(key.name, draft.policy.time_to_live, shown);
  }
  if (key.least == Duration{0}) return status;
  return base::fail(
      status.error().code,
      fmt::format("{}; it must be {} to {}, no policy can say never", status.error().detail,
                  base::format_duration(key.least), base::format_duration(kLongestTimeToLive)));
}

Status laxer(std::string_view key, std::string_view bound) {
  return base::fail(
      Code::kInvalidArgument,
      fmt::format("a package may only tighten its tenant's policy: {} {}", key, bound));
}

}  // namespace

std::string_view name_of(Profile profile) noexcept {
  return profile == Profile::kStandard ? "standard" : "marketing-cloud";
}

std::string_view name_of(OnLeak action) noexcept {
  switch (action) {
    case OnLeak::kNotify:
      return "notify";
    case OnLeak::kStage:
      return "stage";
    case OnLeak::kRevoke:
      return "revoke";
  }
  return "";
}

Policy standard_policy() {
  return {};
}

Policy marketing_cloud_policy() {
  using namespace std::chrono;
  Policy policy;
  policy.profile = Profile::kMarketingCloud;
  policy.settle = minutes{5};
  policy.between_generations = minutes{5};
  policy.between_activations = minutes{5};
  policy.overlap = Duration{0};
  policy.dormancy = base::Days{180};
  policy.fixed_end = FixedEnd{Instant{sys_days{2026y / March / 26}} + kLastMomentOfDay,
                              Instant{sys_days{2026y / September / 30}}};
  policy.live_limit = 2;
  policy.allows_extra_slots = false;
  return policy;
}

std::vector<PolicySetting> settings_of(const Policy& policy) {
  std::vector<PolicySetting> settings;
  settings.reserve(kKeys.size());
  for (const auto& key : kKeys) settings.push_back({std::string(key.name), key.show(policy)});
  return settings;
}

base::Result<Policy> with_settings(const Policy& policy,
                                   const std::vector<PolicySetting>& settings) {
  auto draft = draft_of(policy);
  for (const auto& setting : settings) {
    REKEY_TRY(const Key* key, key_named(setting.key));
    if (auto status = read_setting(*key, draft, setting.value); !status) {
      return tl::unexpected(
          base::with_context("policy setting " + setting.key, std::move(status).error()));
    }
  }
  return finish(draft);
}

Status check(const Policy& policy) {
  const auto ttl = policy.time_to_live;
  REKEY_CHECK(check_range("ttl", ttl, kShortestTimeToLive, kLongestTimeToLive));
  REKEY_CHECK(check_range("dormancy", policy.dormancy, kShortestTimeToLive, kLongestTimeToLive));
  REKEY_CHECK(check_below_ttl("settle", policy.settle, ttl));
  REKEY_CHECK(check_below_ttl("generation_interval", policy.between_generations, ttl));
  REKEY_CHECK(check_below_ttl("activation_interval", policy.between_activations, ttl));
  if (policy.overlap != kUntilExpiry) {
    REKEY_CHECK(check_range("overlap", policy.overlap, Duration{0}, kLongestTimeToLive));
  }
  REKEY_CHECK(check_range("usage_window", policy.usage_window, Duration{0}, kLongestTimeToLive));
  if (policy.live_limit < kSmallestLiveLimit || policy.live_limit > kLargestLiveLimit) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("live_limit must be {} to {}, not {}: a rotation needs two live "
                                  "secrets in a slot",
                                  kSmallestLiveLimit, kLargestLiveLimit, policy.live_limit));
  }
  if (policy.fixed_end && policy.fixed_end->ends_at <= policy.fixed_end->cut_off) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("fixed_end must be later than fixed_end_cut_off ({})",
                                  base::format_instant(policy.fixed_end->cut_off)));
  }
  return {};
}

base::Result<Policy> with_overrides(const Policy& tenant,
                                    const std::vector<PolicySetting>& overrides) {
  for (const auto& setting : overrides) {
    REKEY_TRY(const Key* key, key_named(setting.key));
    if (key->is_for_tenants_only) {
      return base::fail(
          Code::kInvalidArgument,
          fmt::format("{} belongs to the tenant's policy; a package cannot set it", key->name));
    }
  }
  REKEY_TRY(Policy policy, with_settings(tenant, overrides));
  policy.time_to_live = std::min(policy.time_to_live, tenant.time_to_live);
  policy.between_generations = std::max(policy.between_generations, tenant.between_generations);
  policy.between_activations = std::max(policy.between_activations, tenant.between_activations);
  policy.overlap = std::min(policy.overlap, tenant.overlap);
  policy.dormancy = std::min(policy.dormancy, tenant.dormancy);
  policy.live_limit = std::min(policy.live_limit, tenant.live_limit);
  policy.allows_extra_slots = policy.allows_extra_slots && tenant.allows_extra_slots;
  policy.usage_window = std::max(policy.usage_window, tenant.usage_window);
  policy.ends_tokens_with_secret = policy.ends_tokens_with_secret || tenant.ends_tokens_with_secret;
  policy.on_leak = std::max(policy.on_leak, tenant.on_leak);
  REKEY_CHECK(check(policy));
  return policy;
}

Status check_overrides(const Policy& tenant, const std::vector<PolicySetting>& overrides) {
  REKEY_TRY(const Policy tightened, with_overrides(tenant, overrides));
  REKEY_TRY(const Policy asked, with_settings(tenant, overrides));
  const auto allowed = settings_of(tightened);
  const auto wanted = settings_of(asked);
  for (std::size_t i = 0; i < kKeys.size(); ++i) {
    if (allowed[i] == wanted[i]) continue;
    return laxer(wanted[i].key, fmt::format("can be no laxer than {}, and {} is", allowed[i].value,
                                            wanted[i].value));
  }
  return {};
}

std::vector<std::string> warnings_about(const Policy& policy) {
  std::vector<std::string> warnings;
  if (policy.dormancy >= policy.time_to_live) {
    warnings.push_back(fmt::format(
        "dormancy ({}) is not shorter than ttl ({}): it can end only imported secrets",
        base::format_duration(policy.dormancy), base::format_duration(policy.time_to_live)));
  }
  if (policy.overlap != Duration{0} && policy.live_limit == kSmallestLiveLimit) {
    warnings.push_back(fmt::format(
        "overlap ({}) with live_limit {}: after an activation nothing can be staged in the slot "
        "until the overlap ends",
        show_overlap(policy), policy.live_limit));
  }
  if (policy.overlap == Duration{0} && policy.usage_window == Duration{0}) {
    warnings.emplace_back(
        "overlap 0 with usage_window 0: an activation ends the old secret at once without asking "
        "who still uses it");
  }
  if (policy.time_to_live < base::Days{1}) {
    warnings.push_back(
        fmt::format("ttl ({}) is shorter than a day: every secret needs a rotation "
                    "before then",
                    base::format_duration(policy.time_to_live)));
  }
  return warnings;
}

}  // namespace rekey::credential
