// What a person has to do next for a run, as far as the run itself can tell: the task card that is
// printed, mailed and put into tickets follows from it, and from nothing else.
//
// Pure. A card that says "press Generate" or "press Activate" is shown only where the machine would
// ask for that very thing now: at any other time following it would cut consumers off.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "rotation/drivers/administrator.h"
#include "rotation/machine/machine.h"

namespace rekey::rotation {

enum class TaskKind {
  kNone,      // nobody is waited for: the run goes on by itself, or somebody starts it again
  kGenerate,  // at the issuer
  kFillIn,    // the form of `consumers`' only one
  kAttest,    // that `consumers` work with the new secret
  kRestart,   // `consumers`' only one
  kApprove,
  kWait,  // for the window, or the end of a freeze
  kActivate,
};

struct Task {
  TaskKind kind = TaskKind::kNone;
  std::vector<std::string> consumers{};
  std::string why{};  // a sentence
};

[[nodiscard]] Task next_task(const RunState& state, base::Instant now);

// What a parked run waits for, in a word or two, for a column of a table: "approval", "activation",
// a consumer's name, "a person to mend it". Empty where it is not parked.
[[nodiscard]] std::string waits_for(const RunState& state, base::Instant now);

// The cards of what is done at no issuer and in no form. kFillIn, kGenerate and kActivate have
// cards of their own (by_hand.h, issuer.h).
[[nodiscard]] Card card_of(const Task& task, const RunState& state, std::string_view package_name);

}  // namespace rekey::rotation
