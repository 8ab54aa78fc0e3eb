#include "rotation/plan/facts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace rekey::rotation {
namespace {

using base::Code;
using base::Duration;
using base::format_duration;
using base::format_instant;
using base::Instant;

std::string key_of(const DriverSpec& issuer) {
  return issuer.kind + ' ' + issuer.location;
}

bool is_away(Code code) noexcept {
  return code == Code::kUnavailable || code == Code::kTimeout;
}

std::string describe(const Descriptor& rules) {
  const std::string overlap =
      rules.activation_ends_old ? std::string("the activation ends the old secret")
      : rules.overlap
          ? fmt::format("the old secret works {} longer", format_duration(*rules.overlap))
          : std::string("the old secret works to its own end");
  return fmt::format("settle time {}, {}", format_duration(rules.settle), overlap);
}

std::string describe(const IssuedSecret& secret) {
  const std::string label =
      secret.label.empty() ? std::string() : fmt::format(" (label \"{}\")", secret.label);
  switch (secret.state) {
    case SecretState::kActive:
      return fmt::format("{} is active until {}{}", secret.id, format_instant(secret.ends_at),
                         secret.dormant_at
                             ? fmt::format(" (dormant {}, if nobody used it till then)",
                                           format_instant(*secret.dormant_at))
                             : std::string());
    case SecretState::kSuperseded:
      return fmt::format("{} is in its overlap until {}", secret.id,
                         format_instant(secret.ends_at));
    case SecretState::kSettling:
    case SecretState::kStaged:
      return fmt::format("{} is staged since {}{}", secret.id, format_instant(secret.generated_at),
                         label);
    case SecretState::kEnded:
      break;
  }
  return fmt::format("{} has ended", secret.id);
}

void note_secrets(KnownFacts& facts) {
  std::vector<std::string> live;
  std::optional<Instant> generated;
  for (const IssuedSecret& secret : *facts.secrets) {
    generated = std::max(generated, std::optional(secret.generated_at));
    if (secret.state != SecretState::kEnded) live.push_back(describe(secret));
  }
  facts.read.push_back(live.empty() ? std::string("no secret of it is accepted")
                                    : fmt::format("{}", fmt::join(live, "; ")));
  if (generated && facts.rules.generation_interval > Duration{0}) {
    facts.read.push_back(fmt::format("the last one was generated {}, and another may be {} later",
                                     format_instant(*generated),
                                     format_duration(facts.rules.generation_interval)));
  }
}

void assume_secrets(KnownFacts& facts, const Inventory& inventory) {
  facts.assumed.push_back(
      inventory.expires_at
          ? fmt::format("the present secret ends {}, as the inventory has it",
                        format_instant(*inventory.expires_at))
          : fmt::format("the present secret ends {} after the run begins: nobody knows its end",
                        format_duration(kSupposedLife)));
  facts.assumed.emplace_back("nothing is staged beside it, nor was just before");
}

// Without it a rehearsal is as good as what is declared.
void note_usage(IssuerReader& issuer, KnownFacts& facts) {
  auto usage = issuer.usage();
  if (!usage) {
    facts.assumed.push_back(
        fmt::format("usage before the run confirms what is declared: it could "
                    "not be read ({})",
                    usage.error().detail));
    return;
  }
  if (!usage->is_told) return;
  facts.read.push_back(
      fmt::format("usage, complete since {}: {} caller{}; their rhythm before the "
                  "run is taken to be what it is now",
                  format_instant(usage->complete_since), usage->rows.size(),
                  usage->rows.size() == 1 ? "" : "s"));
  facts.usage = *std::move(usage);
}

}  // namespace

std::optional<base::Error> AwayIssuers::find(const DriverSpec& issuer) const {
  const auto known = away_.find(key_of(issuer));
  return known == away_.end() ? std::nullopt : std::optional(known->second);
}

void AwayIssuers::note(const DriverSpec& issuer, const base::Error& error) {
  if (is_away(error.code)) away_.emplace(key_of(issuer), error);
}

base::Result<KnownFacts> FactReader::usual_rules(const Inventory& inventory,
                                                 const base::Error& why) {
  const auto* kind = find_kind(drivers_.registry().issuers, inventory.issuer.kind);
  if (kind == nullptr || !kind->usual_rules) return tl::unexpected(why);
  KnownFacts facts;
  facts.rules = *kind->usual_rules;
  facts.assumed.push_back(
      fmt::format("the usual rules of {} hold, and so the order that follows from them, because "
                  "its issuer does not answer ({}): {}",
                  inventory.issuer.kind, why.detail, describe(facts.rules)));
  assume_secrets(facts, inventory);
  return facts;
}

// What a plan asks, but for usage.
base::Status FactReader::ask(const Inventory& inventory, KnownFacts& facts) {
  REKEY_TRY(const auto issuer, drivers_.issuer_reader(inventory));
  REKEY_TRY(facts.rules, issuer->describe());
  facts.read.push_back("the rules: " + describe(facts.rules));
  if (facts.rules.is_by_hand) return {};
  REKEY_TRY(const IntegrationFacts integration, issuer->integration());
  REKEY_TRY(auto secrets, issuer->list_secrets());
  std::erase_if(secrets, [&](const IssuedSecret& one) { return one.slot != inventory.slot; });
  facts.is_enabled = integration.is_enabled;
  facts.is_engines_own = integration.is_engines_own;
  facts.secrets = std::move(secrets);
  facts.token_life = issuer->token_life();
  if (facts.token_life) facts.read.push_back("tokens live " + format_duration(*facts.token_life));
  if (with_usage_ == WithUsage::kYes) note_usage(*issuer, facts);
  return {};
}

base::Result<KnownFacts> FactReader::read(const Inventory& inventory) {
  if (const auto known = away_.find(inventory.issuer)) return usual_rules(inventory, *known);
  KnownFacts facts;
  const base::Status asked = ask(inventory, facts);
  if (!asked) away_.note(inventory.issuer, asked.error());
  if (!asked && (is_away(asked.error().code) || facts.read.empty())) {
    return usual_rules(inventory, asked.error());
  }
  if (!asked) facts.refusal = asked.error().detail;
  if (facts.secrets) {
    note_secrets(facts);
  } else {
    assume_secrets(facts, inventory);
  }
  return facts;
}

void fill_in_end(Inventory& inventory, const KnownFacts& facts) {
  if (inventory.expires_at || !facts.secrets) return;
  for (const IssuedSecret& secret : *facts.secrets) {
    if (secret.state != SecretState::kActive || secret.ends_at == base::kFarFuture) continue;
    inventory.generated_at = secret.generated_at;
    inventory.expires_at = secret.ends_at;
  }
}

void leave_out_open_run(KnownFacts& facts, const std::string& run_id) {
  if (facts.secrets) {
    std::erase_if(*facts.secrets, [&](const IssuedSecret& one) {
      return one.label == run_id && one.state != SecretState::kActive;
    });
    for (IssuedSecret& one : *facts.secrets) {
      if (one.label == run_id) one.label.clear();  // it has ended the old one by then
    }
  }
  facts.assumed.push_back(
      fmt::format("{} is open and is left out: `rekey run explain` has how it goes on", run_id));
}

}  // namespace rekey::rotation
