#include "cli/known_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "cli/inventory_choice.h"
#include "rotation/engine/engine.h"
#include "rotation/journal/known_values.h"
#include "rotation/plan/held_places.h"

namespace rekey::cli {
namespace {

using base::Instant;
using base::Result;
using discovery::Coverage;
using discovery::KnownSecret;
using discovery::KnownSet;
using rotation::Inventory;
using rotation::KnownState;
using rotation::KnownValue;

std::string words_of(const KnownValue& value, Instant now) {
  switch (value.state) {
    case KnownState::kStaged:
      return fmt::format("staged by {}", value.run_id);
    case KnownState::kActive:
      return value.expires_at
                 ? fmt::format("active, ends {} ({})", base::format_instant(*value.expires_at),
                               base::describe_relative(*value.expires_at, now))
                 : std::string("active");
    case KnownState::kEnded:
      return "ended by a rotation";
    case KnownState::kGivenUp:
      return fmt::format("given up by {}", value.run_id);
  }
  return "";
}

KnownSecret secret_of(KnownValue value, const std::string& package, Instant now) {
  const bool is_over = value.state == KnownState::kEnded || value.state == KnownState::kGivenUp ||
                       (value.expires_at && *value.expires_at <= now);
  KnownSecret secret;
  secret.source = "runs";
  secret.package = package;
  secret.client_id = value.whose.client_id;
  secret.slot = value.whose.slot;
  secret.secret_id = value.secret_id.empty() ? "found by " + value.run_id : value.secret_id;
  secret.state = name_of(value.state);
  secret.told = words_of(value, now);
  // That one is accepted only its issuer could tell.
  if (is_over) secret.is_accepted = false;
  secret.is_over = is_over;
  secret.ends_at = value.expires_at;
  if (value.expires_at && *value.expires_at > now) {
    secret.days_left =
        std::chrono::duration_cast<std::chrono::days>(*value.expires_at - now).count();
  }
  secret.tags = std::move(value.tags);
  return secret;
}

std::string holders_of(const rotation::HeldPlaces& held, rotation::Holding holding) {
  std::string names;
  for (const rotation::HeldPlace& place : held.places) {
    if (place.holding == holding) names += (names.empty() ? "" : ", ") + place.consumer;
  }
  return names;
}

bool is_known(const KnownSet& set, const crypto::TaggedSecret& tags) {
  return std::any_of(set.secrets.begin(), set.secrets.end(),
                     [&](const KnownSecret& one) { return one.tags == tags; });
}

bool knows_living(const KnownSet& set, const Inventory& inventory) {
  return std::any_of(set.secrets.begin(), set.secrets.end(), [&](const KnownSecret& one) {
    return one.client_id == inventory.client_id && one.slot == inventory.slot && one.tags &&
           !one.is_over;
  });
}

void tell_unread(const rotation::HeldPlaces& held, const Inventory& inventory, Coverage& coverage) {
  for (const rotation::HeldPlace& place : held.places) {
    if (place.holding != rotation::Holding::kUnread) continue;
    coverage.problem(discovery::Unread::kUnreadable,
                     fmt::format("{}: {} of {}", inventory.name, place.place, place.consumer),
                     place.why + "; so the value there is not looked for");
  }
}

void tell_unknown(const rotation::HeldPlaces& held, const Inventory& inventory,
                  Coverage& coverage) {
  std::string by_hand = holders_of(held, rotation::Holding::kByHand);
  if (!by_hand.empty()) by_hand = fmt::format(" (only a person can read that of {})", by_hand);
  coverage.problem(discovery::Unread::kMissing, inventory.name,
                   fmt::format("no value is known that lives: none could be read from a consumer's "
                               "place{}, and no run has left any; so its secret is not looked for",
                               by_hand));
}

// Values from before the first run.
void add_held(KnownSet& set, const Inventory& inventory, const rotation::HeldPlaces& held) {
  crypto::KnownTagger tagger(set.key);
  for (std::size_t i = 0; i < held.values.size(); ++i) {
    auto tags = tagger.tags_of(held.values[i]);
    if (is_known(set, tags)) continue;
    KnownSecret secret;
    secret.source = "inventory";
    secret.package = inventory.name;
    secret.client_id = inventory.client_id;
    secret.slot = inventory.slot;
    secret.state = "held";
    secret.told = fmt::format("held by {}", holders_of(held, i == 0 ? rotation::Holding::kCurrent
                                                                    : rotation::Holding::kOther));
    secret.tags = std::move(tags);
    set.secrets.push_back(std::move(secret));
  }
}

std::string package_of(const std::vector<Inventory>& inventories,
                       const rotation::Credential& whose) {
  const auto found =
      std::find_if(inventories.begin(), inventories.end(), [&](const Inventory& one) {
        return one.client_id == whose.client_id && one.slot == whose.slot;
      });
  return found == inventories.end() ? std::string() : found->name;
}

}  // namespace

Result<std::vector<KnownSet>> known_to_runs(Context& context, const Arguments& arguments,
                                            std::span<const KnownSet> others, Coverage& coverage) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  Desk desk(context, arguments);
  REKEY_TRY(const auto file, rotation::load_inventories(path, desk.parts));
  std::map<std::string, KnownSet> sets;  // by state folder
  for (const Inventory& one : file.integrations) {
    if (sets.contains(one.state_folder)) continue;
    REKEY_TRY(auto known, rotation::peek_known_values(context.files, one.state_folder));
    KnownSet set{known ? std::move(known->key) : crypto::KnownSearchKey::generate(), {}};
    for (KnownValue& value : known ? known->values : std::vector<KnownValue>{}) {
      const std::string package = package_of(file.integrations, value.whose);
      set.secrets.push_back(secret_of(std::move(value), package, context.clock.now()));
    }
    sets.emplace(one.state_folder, std::move(set));
  }
  for (const Inventory& one : file.integrations) {
    KnownSet& set = sets.at(one.state_folder);
    const auto held = read_places(one, desk.drivers);
    tell_unread(held, one, coverage);
    add_held(set, one, held);
    const bool is_known = knows_living(set, one) ||
                          std::any_of(others.begin(), others.end(),
                                      [&](const KnownSet& s) { return knows_living(s, one); });
    if (held.values.empty() && !is_known) tell_unknown(held, one, coverage);
  }
  std::vector<KnownSet> all;
  for (auto& [folder, set] : sets) all.push_back(std::move(set));
  return all;
}

}  // namespace rekey::cli
