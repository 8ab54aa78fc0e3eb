// The plan of a rotation: what would happen, in which order, how long it may take, and everything
// that speaks against it. Making one changes nothing: it is handed readers only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fingerprint.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "rotation/drivers/drivers.h"
#include "rotation/drivers/secret_search.h"
#include "rotation/inventory/inventory.h"
#include "rotation/machine/machine.h"

namespace rekey::rotation {

struct PlanStep {
  std::string what;          // a sentence
  base::Duration longest{};  // worst case, 0 where it takes no time to speak of
  bool is_point_of_no_return = false;
};

// A consumer as it was found.
struct PlannedConsumer {
  Consumer consumer;
  std::vector<std::string> places;           // its sinks, for people
  std::vector<base::Secret> present_values;  // of each; empty where it could not be read
  std::optional<Rhythm> rhythm{};
};

// What a search of the declared roots has found.
struct PlannedSearch {
  std::uint64_t files_read = 0;
  bool is_complete = true;
  std::vector<FoundPlace> uncovered;
  std::vector<FoundPlace> let_be;   // by an entry of not_consumers
  std::vector<FoundPlace> exposed;  // in the past of a repository alone
};

struct Plan {
  base::Instant made_at{};
  std::string client_id;
  std::string package_name;
  std::string slot;
  std::string resumes_run;  // the open run that rotate would go on with; else empty
  std::string resumes_phase;
  Order order = Order::kPropagateFirst;
  std::string order_reason;  // a sentence
  bool activation_ends_old = true;
  bool can_undo_activation = false;  // while the old secret works after it
  bool is_by_hand = false;           // a person stages and activates
  RunRules rules;
  int waves_passed = 0;  // of an open run: those before this number have held
  std::string digest;    // what is approved (plan_digest.h)
  std::vector<PlannedWorkflow> workflows;
  int most_workflow_runs = 0;         // of each that touches something, before a person is asked
  std::vector<std::string> outgoing;  // ids of the secrets that this rotation ends
  std::optional<base::Instant> outgoing_ends_at;     // of the active one
  std::optional<base::Instant> outgoing_dormant_at;  // before that, where nobody uses it till then
  std::optional<base::Instant> stage_not_before;
  std::optional<base::Instant> activate_not_before;
  base::Duration settle{};
  std::vector<PlannedConsumer> consumers;
  std::vector<std::string> roots;       // in which copies are looked for
  std::optional<PlannedSearch> search;  // nullopt: nobody has looked
  std::vector<PlanStep> steps;
  base::Duration worst_case{};        // until the old one is proven dead
  std::vector<std::string> problems;  // none may begin while there is one
  std::vector<std::string> warnings;
  [[nodiscard]] bool is_runnable() const noexcept { return problems.empty(); }
};

struct PlanRequest {
  const Inventory& inventory;
  IssuerReader& issuer;
  ReaderDrivers& drivers;
  base::Instant now;
  SecretSearch* search = nullptr;  // nullptr: nobody looks for copies
};

// What a run of this plan begins with.
[[nodiscard]] RunPlanned planned_run(const Plan& plan, const std::string& run_id,
                                     const ProofSpec& proof, const std::string& requested_by);

// All problems in one go. An error only where the issuer cannot be asked at all.
[[nodiscard]] base::Result<Plan> make_plan(const PlanRequest& request);

// What an open run has left to do, given the integration's secrets as they are now. A staged secret
// that is gone is a problem, with the steps that rotate would really take.
[[nodiscard]] Plan plan_of_open_run(const Inventory& inventory, const RunState& state,
                                    const std::vector<IssuedSecret>& secrets, base::Instant now);

// The longest that moving and observing all consumers may take, without the patience for
// stragglers.
[[nodiscard]] base::Duration worst_case_of_moving(const Inventory& inventory);

[[nodiscard]] std::string render_text(const Plan& plan);
// {"client_id","package","slot","order",
//  "steps":[{"what","longest_seconds","point_of_no_return"}],…}
[[nodiscard]] std::string render_json(const Plan& plan);

}  // namespace rekey::rotation
