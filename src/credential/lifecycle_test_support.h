// A small world for the tests of the lifecycle: one integration, a clock in the test's hand, and
// every event since the first. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "credential/authenticate.h"
#include "credential/lifecycle.h"

namespace rekey::credential::testing {

using base::Code;
using base::Days;
using base::Duration;
using base::Instant;
using std::chrono::hours;
using std::chrono::minutes;

inline constexpr Duration kMoment{1};

inline Instant instant(std::string_view text) {
  return base::parse_instant(text).value();
}

// Stands for a keyed fingerprint: the same number, the same value.
inline base::Fingerprint fingerprint_of(std::int64_t number) {
  base::Fingerprint fingerprint{1, {}};
  auto bits = static_cast<std::uint64_t>(number) * 0x9E3779B97F4A7C15u + 1;
  for (auto& byte : fingerprint.digest) {
    bits = bits * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<std::uint8_t>(bits >> 56);
  }
  return fingerprint;
}

inline SecretMaterial material(std::int64_t id) {
  return {SecretId{id}, fingerprint_of(id), "SFMC_1t000000"};
}

inline CreatePackage create_package() {
  CreatePackage command;
  command.id = IntegrationId{1};
  command.package_id = PackageId{1};
  command.tenant_id = TenantId{1};
  command.client_id = ClientId{"abcdefgh0123456789ijklmn"};
  command.package.name = "Order sync";
  command.scopes = {"email_send"};
  command.home_business_unit = BusinessUnitId{500000002};
  command.business_units = {BusinessUnitId{500000002}};
  command.generated = material(1);
  return command;
}

struct World {
  Policy policy = standard_policy();
  Instant now = instant("2026-11-24T12:00:00Z");
  Integration state;
  Evidence evidence;
  std::vector<Event> events;
  std::int64_t last_id = 1;

  // Decides and applies; the events of this command, or why it was refused.
  base::Result<std::vector<Event>> run(const Command& command) {
    auto decided = decide(state, command, evidence, policy, now);
    if (!decided) return decided;
    for (const auto& event : *decided) {
      state = apply(std::move(state), event);
      events.push_back(event);
    }
    return decided;
  }

  // The same where a refusal would be a mistake of the test.
  std::vector<Event> must(const Command& command) {
    auto decided = run(command);
    if (decided) return *std::move(decided);
    ADD_FAILURE() << "refused: " << decided.error().detail;
    return {};
  }

  base::Error refusal(const Command& command) {
    const auto decided = run(command);
    if (!decided) return decided.error();
    ADD_FAILURE() << "not refused";
    return {};
  }

  SecretId stage(const SlotTag& slot = default_slot()) {
    must(StageSecret{slot, material(++last_id), "", false});
    return SecretId{last_id};
  }
  void activate(const SlotTag& slot = default_slot()) {
    must(ActivateSecret{slot, std::nullopt, false, ""});
  }
  void pass(Duration duration) { now += duration; }

  // What a token request with this secret would do; success is remembered as its use.
  Refusal ask_for_token(SecretId id) {
    std::vector<SecretFacts> facts;
    std::vector<std::int64_t> last_used_millis;
    for (const auto& secret : state.secrets) {
      facts.push_back(facts_of(secret));
      const auto used = evidence.last_used_at(secret.id);
      last_used_millis.push_back(used ? base::to_millis(*used) : 0);
    }
    const auto verdict = authenticate(facts, last_used_millis, secret(id).fingerprint, now);
    if (verdict.refusal == Refusal::kNone) remember_use(facts[verdict.index].id);
    return verdict.refusal;
  }

  void remember_use(SecretId id) {
    for (auto& use : evidence.uses) {
      if (use.secret_id == id) {
        use.last_used_at = now;
        return;
      }
    }
    evidence.uses.push_back({id, now});
  }

  [[nodiscard]] const ClientSecret& secret(SecretId id) const { return *find_secret(state, id); }
  [[nodiscard]] SecretStatus status(SecretId id) const {
    return status_at(secret(id), evidence.last_used_at(id), now);
  }
};

inline World world_with(const Policy& policy) {
  World world;
  world.policy = policy;
  world.must(create_package());
  return world;
}

inline constexpr SecretId kFirst{1};

// "SecretEnded SecretActivated": the kinds of some events, in order.
inline std::string kinds_of(const std::vector<Event>& events) {
  static constexpr const char* kNames[] = {"PackageCreated",   "PackageEdited",   "PackageEnabled",
                                           "PackageDisabled",  "PackageDeleted",  "SlotOpened",
                                           "SecretIssued",     "SecretActivated", "SecretEnded",
                                           "ActivationUndone", "TokensRevoked"};
  std::string text;
  for (const auto& event : events) {
    if (!text.empty()) text += ' ';
    text += kNames[event.body.index()];
  }
  return text;
}

template <typename Body>
const Body& body_of(const Event& event) {
  return std::get<Body>(event.body);
}

}  // namespace rekey::credential::testing
