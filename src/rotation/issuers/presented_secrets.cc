#include "rotation/issuers/presented_secrets.h"

#include <fmt/format.h>

#include <algorithm>

namespace rekey::rotation {
namespace {

using base::Code;
using base::Duration;
using base::Instant;
using base::Secret;

// A staged secret may be refused for this part of its settle time longer, and still be good.
constexpr int kSettleGracePercent = 15;
constexpr std::string_view kPresent = "present";

std::string present_id(std::size_t number) {
  return number == 1 ? std::string(kPresent) : fmt::format("{}-{}", kPresent, number);
}

}  // namespace

bool is_any_accepted(const std::vector<IssuedSecret>& secrets) noexcept {
  return std::any_of(secrets.begin(), secrets.end(),
                     [](const IssuedSecret& secret) { return is_accepted(secret.state); });
}

bool PresentedSecrets::is_present_id(std::string_view id) noexcept {
  return id.starts_with(kPresent);
}

std::vector<PresentedSecrets::Named> PresentedSecrets::old_values() const {
  std::vector<Named> values;
  for (const KnownSecret& known : memory_.secrets) {
    if (known.id.empty()) values.emplace_back(present_id(values.size() + 1), &known.value);
  }
  return values;
}

std::vector<std::pair<PresentedSecrets::Named, bool>> PresentedSecrets::settled_values() const {
  std::vector<std::pair<Named, bool>> values;
  std::size_t number = 0;
  for (const KnownSecret& known : memory_.secrets) {
    const bool is_staged = !known.id.empty();
    if (is_staged && !has_settled(known)) continue;
    values.push_back({{is_staged ? known.id : present_id(++number), &known.value}, is_staged});
  }
  return values;
}

const KnownSecret* PresentedSecrets::find_staged(std::string_view id) const {
  for (const KnownSecret& known : memory_.secrets) {
    if (!known.id.empty() && known.id == id) return &known;
  }
  return nullptr;
}

const KnownSecret* PresentedSecrets::find_other(std::string_view id) const {
  for (const KnownSecret& known : memory_.secrets) {
    if (!known.id.empty() && known.id != id) return &known;
  }
  return nullptr;
}

const Secret* PresentedSecrets::value_of(std::string_view id) const {
  if (const KnownSecret* staged = find_staged(id)) return &staged->value;
  for (const auto& [name, value] : old_values()) {
    if (name == id) return value;
  }
  return nullptr;
}

base::Result<ProbeResult> PresentedSecrets::look(const std::string& id, const Secret& value,
                                                 bool is_fresh) {
  return look_by(present_, id, value, is_fresh);
}

base::Result<ProbeResult> PresentedSecrets::look_by(const Present& present, const std::string& key,
                                                    const Secret& value, bool is_fresh) {
  const Duration now = clock_.monotonic();
  const auto known = looks_.find(key);
  if (!is_fresh && known != looks_.end() && now - known->second.at < times_.look_every) {
    return known->second.result;
  }
  REKEY_TRY(ProbeResult result, present(value));
  looks_[key] = {result, now};
  return result;
}

base::Result<std::vector<IssuedSecret>> PresentedSecrets::list(const WhyEnded& why_ended) {
  std::vector<IssuedSecret> secrets;
  REKEY_CHECK(list_present(secrets));
  const bool is_present_accepted = is_any_accepted(secrets);
  for (const KnownSecret& known : memory_.secrets) {
    if (known.id.empty()) continue;
    REKEY_TRY(IssuedSecret staged, look_at_staged(known, is_present_accepted, why_ended));
    secrets.push_back(std::move(staged));
  }
  return secrets;
}

base::Status PresentedSecrets::list_present(std::vector<IssuedSecret>& secrets) {
  bool is_accepted_before = false;
  for (const auto& [id, value] : old_values()) {
    IssuedSecret present = present_secret(id);
    REKEY_TRY(const ProbeResult result, look(id, *value, false));
    if (result.answer != ProbeAnswer::kAccepted) {
      present.state = SecretState::kEnded;
      present.note = result.detail;
    } else if (std::exchange(is_accepted_before, true)) {
      // Two values that work: which of them another step would end, nobody here knows.
      present.state = SecretState::kStaged;
      present.label = "in use by a consumer, beside another that works";
    }
    secrets.push_back(std::move(present));
  }
  if (secrets.empty()) secrets.push_back(present_secret(present_id(1)));
  return {};
}

IssuedSecret PresentedSecrets::present_secret(const std::string& id) const {
  IssuedSecret present;
  present.id = id;
  present.slot = "-";
  present.state = SecretState::kActive;
  present.expires_at = task_.expires_at.value_or(base::kFarFuture);
  present.ends_at = present.expires_at;
  if (task_.generated_at) present.generated_at = *task_.generated_at;
  present.usable_from = present.generated_at;
  return present;
}

base::Result<IssuedSecret> PresentedSecrets::look_at_staged(const KnownSecret& known,
                                                            bool is_present_accepted,
                                                            const WhyEnded& why_ended) {
  IssuedSecret staged;
  staged.id = known.id;
  staged.slot = "-";
  staged.label = known.label;
  staged.generated_at = known.usable_from - times_.settle;
  staged.usable_from = known.usable_from;
  staged.expires_at = known.expires_at;
  staged.ends_at = known.expires_at;
  staged.state = SecretState::kSettling;
  if (!has_settled(known)) return staged;
  REKEY_TRY(const ProbeResult result, look(known.id, known.value, false));
  const Instant grace_ends_at = known.usable_from + times_.settle * kSettleGracePercent / 100;
  if (result.answer == ProbeAnswer::kAccepted) {
    staged.state = is_present_accepted ? SecretState::kStaged : SecretState::kActive;
  } else if (!known.has_worked && is_present_accepted && clock_.now() < grace_ends_at) {
    staged.note = "refused so far; it may not have settled";
  } else {
    staged.state = SecretState::kEnded;
    REKEY_TRY(staged.note, why_ended(known, result, is_present_accepted));
  }
  return staged;
}

bool PresentedSecrets::has_settled(const KnownSecret& staged) const {
  // Taken from a clock that was wrong, where it is further away than the settle time is long.
  const Duration left = staged.usable_from - clock_.now();
  const bool is_over = left <= Duration{0} || left > times_.settle;
  return is_over && clock_.monotonic() >= settled_at_;
}

base::Status PresentedSecrets::check_new(const Secret& value, std::string_view hint) const {
  const auto refuse = [](std::string_view why, std::string_view more = {}) -> base::Status {
    return base::fail(Code::kInvalidArgument, fmt::format("{}{}", why, more));
  };
  if (value.reveal() == task_.client_id) return refuse("that is the client id, not the secret");
  for (const KnownSecret& known : memory_.secrets) {
    if (!(known.value == value)) continue;
    if (!known.id.empty()) {
      return refuse("that is the one that was staged before and does not work any more");
    }
    return refuse("that is the present secret, which the consumers hold already", hint);
  }
  if (memory_.is_earlier && memory_.is_earlier(value)) {
    return refuse("that is a secret of an earlier rotation", hint);
  }
  return {};
}

base::Result<bool> PresentedSecrets::wait_for_end(const std::vector<Named>& values,
                                                  Duration longest) {
  const Duration begun_at = clock_.monotonic();
  for (;;) {
    bool is_any_alive = false;
    for (const auto& [id, value] : values) {
      REKEY_TRY(const ProbeResult result, look(id, *value, true));
      is_any_alive = is_any_alive || result.answer == ProbeAnswer::kAccepted;
    }
    if (!is_any_alive) return true;
    if (clock_.monotonic() - begun_at >= longest) return false;
    clock_.sleep_for(times_.look_every);
  }
}

}  // namespace rekey::rotation
