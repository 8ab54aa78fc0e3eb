// How many rotations in a row may stop at something that is wrong before no other one is begun:
// where an issuer, a store or the network is ill, more runs only leave more of them half-way.
//
// What has begun goes on, since that is how its secrets come to rest. Any thread.
#pragma once

#include <mutex>
#include <string>

#include "base/result.h"
#include "rotation/engine/engine.h"

namespace rekey::rotation {

inline constexpr int kStopsInARow = 5;

class ErrorBudget {
 public:
  // A rotation that ended closed, or at a step of a person's, shows that all is well again; one
  // that a rule forbids shows nothing.
  void note(const base::Result<Outcome>& ended);
  // False where no other may begin; each true is followed by one note().
  [[nodiscard]] bool try_begin();
  // Why not, and what to do: for people.
  [[nodiscard]] std::string why_not() const;
  // One more may try, and none beside it: after a while, or because somebody asks. Nothing where
  // no rotation has ended since the one before it was let go.
  void allow_one();

 private:
  mutable std::mutex mutex_;
  int stops_ = 0;  // in a row
  bool is_one_allowed_ = false;
  bool is_one_out_ = false;
  std::string last_{};
};

}  // namespace rekey::rotation
