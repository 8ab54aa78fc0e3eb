#include "rotation/engine/issuer_move.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rotation/machine/events.h"
#include "rotation/plan/reconcile.h"

namespace rekey::rotation {
namespace {

using base::Code;

struct OpenJournal {
  std::string run_id;
  RunState state;
  std::int64_t version = 0;
};

base::Result<std::optional<OpenJournal>> load_open_run(const Inventory& inventory,
                                                       RunJournal& journal) {
  REKEY_TRY(const auto run_id, journal.find_open_run(inventory.client_id, inventory.slot));
  if (!run_id) return std::nullopt;
  REKEY_TRY(const auto events, journal.load(*run_id));
  return OpenJournal{*run_id, fold(events), static_cast<std::int64_t>(events.size())};
}

// Of one kind, and the same but for where files lie on this machine.
bool differs_in_paths_alone(const DriverRegistry& registry, DriverSpec before,
                            const DriverSpec& now) {
  const IssuerKind* kind = find_kind(registry.issuers, now.kind);
  if (kind == nullptr || before.kind != now.kind) return false;
  for (const KeySpec& key : kind->kind.keys) {
    const std::string* path = now.find(key.name);
    const bool is_moved =
        key.type == KeyType::kPath && path != nullptr && before.find(key.name) != nullptr;
    if (is_moved) before.set(key.name, *path);
  }
  return before == now;
}

// The one that this run staged, under the run's label; before it has staged one, every secret that
// it was to replace.
bool lists_secrets_of(const RunState& state, const std::vector<IssuedSecret>& secrets) {
  const auto is_ours = [&](const IssuedSecret& one) { return one.label == state.plan.run_id; };
  if (std::any_of(secrets.begin(), secrets.end(), is_ours)) return true;
  const bool has_staged = !state.secret_id.empty() || !state.earlier_values.empty();
  const auto& old = state.plan.outgoing;
  return !has_staged && std::all_of(old.begin(), old.end(), [&](const std::string& id) {
    return std::any_of(secrets.begin(), secrets.end(),
                       [&](const IssuedSecret& one) { return one.id == id; });
  });
}

base::Result<bool> is_known_there(const RunState& state, const Inventory& inventory,
                                  EngineParts& parts) {
  REKEY_TRY(const auto issuer, parts.drivers.issuer_reader(inventory));
  REKEY_TRY(auto secrets, issuer->list_secrets());
  std::erase_if(secrets, [&](const IssuedSecret& one) { return one.slot != state.plan.slot; });
  return lists_secrets_of(state, secrets);
}

base::Status keep(RunJournal& journal, const OpenJournal& run, IssuerMoved event,
                  EngineParts& parts) {
  return journal.append(run.run_id, run.version, {{parts.clock.now(), std::move(event)}}, {});
}

}  // namespace

base::Status take_in_issuer(const Inventory& inventory, RunJournal& journal, EngineParts& parts) {
  REKEY_TRY(const auto run, load_open_run(inventory, journal));
  if (!run) return {};
  const base::Status same = check_issuer(run->state, inventory);
  if (same) return {};
  const bool may_be_same =
      !run->state.plan.is_by_hand &&
      differs_in_paths_alone(parts.drivers.registry(), run->state.plan.rules.drivers->issuer,
                             inventory.issuer);
  if (!may_be_same) return same;
  REKEY_TRY(const bool is_known, is_known_there(run->state, inventory, parts));
  if (!is_known) return same;
  return keep(journal, *run,
              {inventory.issuer, parts.person,
               "only a file on this machine lies elsewhere, and the run's own secrets are listed "
               "there"},
              parts);
}

base::Result<std::string> tell_issuer_moved(const Inventory& inventory, const Word& word,
                                            EngineParts& parts) {
  REKEY_TRY(const auto journal, open_journal_of(inventory, parts));
  return tell_issuer_moved_in(inventory, *journal, word, parts);
}

base::Result<std::string> tell_issuer_moved_in(const Inventory& inventory, RunJournal& journal,
                                               const Word& word, EngineParts& parts) {
  REKEY_TRY(const auto run, load_open_run(inventory, journal));
  if (!run) return base::fail(Code::kNotFound, "no run is open; nothing was changed");
  const std::string now = describe_driver(inventory.issuer);
  if (check_issuer(run->state, inventory)) {
    return base::fail(Code::kRefused,
                      fmt::format("{} is asked at {} already: nothing has moved. Write the new "
                                  "place into the inventory first",
                                  run->run_id, now));
  }
  const DriverSpec& before = run->state.plan.rules.drivers->issuer;
  if (before.kind != inventory.issuer.kind) {
    return base::fail(
        Code::kRefused,
        fmt::format("{} began with {}, and {} is an issuer of another kind: it cannot "
                    "be the same one. Put that back",
                    run->run_id, describe_driver(before), now));
  }
  // Where secrets are known only by presenting them, this word has to be enough.
  if (!run->state.plan.is_by_hand) {
    REKEY_TRY(const bool is_known, is_known_there(run->state, inventory, parts));
    if (!is_known) {
      return base::fail(Code::kRefused,
                        fmt::format("{} lists no secret of {}: it is not the issuer that the run "
                                    "began with ({}). Nothing was changed",
                                    now, run->run_id, describe_driver(before)));
    }
  }
  REKEY_CHECK(keep(journal, *run, {inventory.issuer, word.by, word.reason}, parts));
  return now;
}

}  // namespace rekey::rotation
