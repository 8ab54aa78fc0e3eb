// The guards of a rotation by name: each condition that stands between a run and harm, so that it
// can be tried that the tests fail without it (tests/simulation). docs/invariants.md says which
// invariant each one keeps.
//
//   if (!holds(Guard::kProvenFirst, is_proven(state))) return next_for_proof(state, now);
//
// holds() gives what it is given. Only where the mutation check compiles these sources anew, with
// REKEY_MUTATIONS, can one guard be taken out: then it always holds.
#pragma once

#include "base/result.h"

namespace rekey::rotation {

enum class Guard {
  // plan.cc
  kRightClient,
  kNotOwnCredential,
  kSlotFree,
  kNoRunElsewhere,
  kRoomForOne,
  kOverlapLongEnough,
  kTimeLeft,
  kPresentAccepted,
  kOneAddress,
  // machine.cc, run_state.cc, roll_back.cc
  kStagedSpacing,
  kActivationSpacing,
  kSettleTime,
  kProofSpan,
  kProvenFirst,
  kWaveByWave,
  kWaveHeld,
  kApproved,
  kWindowOpen,
  kFreezeOver,
  kRestartInWindow,
  kGateFresh,
  kEverybodyMoved,
  kEvidenceComplete,
  kEveryOldRefused,
  kBackoff,
  kAttemptsBounded,
  kLookFirst,
  kNoWayBack,
  kUnusedBeforeEnd,
  kEndsBounded,
  kUnclearRunsBounded,
  kEndApproved,
  kApprovalsVoid,
  kStagingDoubt,
  // workflow_rules.cc
  kWorkflowsProven,
  kBrokenTwice,
  kBrokenStill,
  // reconcile.cc
  kSameIssuer,
  kApprovalsKept,
  // evidence.cc
  kNoUnknownUse,
  kSeenAfterReload,
  kEveryInstanceSeen,
  kOffOld,
  kQuietLongEnough,
  kQuietInCompleteSource,
  kRestartOnlyAtStart,
  // runner.cc
  kIntentFirst,
  // steps.cc
  kSlotVacant,
  kSettled,
  kForeignValueKept,
  kReadBack,
  kProvenBeforeWrite,
  kProvenWhereRead,
  kProvenBeforeActivation,
  kProvenBeforeRevocation,
  kPolicyUnchanged,
  kOverlapUnchanged,
  kFreshAtEffect,
  kDeathProven,
  kLostValueGivenUp,
  kWriteLooked,
  kActivationLooked,
  kRevocationLooked,
  kSinksAtClose,
  // secret_changes.cc
  kStagedStillThere,
  kOldEndNoticed,
  kStillActive,
  // workflow_steps.cc
  kWorkflowCleanedUp,
  // roll_back_steps.cc
  kForeignKeptInRollBack,
  kPresentStillAccepted,
  kRestoredProven,
  kRestoredAtClose,
  kActiveNotEnded,
};

#ifdef REKEY_MUTATIONS
inline namespace mutated {
[[nodiscard]] bool is_removed(Guard guard) noexcept;  // the mutation check's own

[[nodiscard]] inline bool holds(Guard guard, bool condition) noexcept {
  return condition || is_removed(guard);
}
[[nodiscard]] inline base::Status holds(Guard guard, base::Status status) {
  return is_removed(guard) ? base::Status() : status;
}
}  // namespace mutated
#else
[[nodiscard]] constexpr bool holds(Guard, bool condition) noexcept {
  return condition;
}
[[nodiscard]] inline base::Status holds(Guard, base::Status status) {
  return status;
}
#endif

}  // namespace rekey::rotation
