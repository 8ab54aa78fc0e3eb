// What could not be read in a store, and why: silence is not proof that a secret is nowhere.
//
// A problem with one subject is told once, however often it is met; the list is bounded. Beyond its
// bound the counts go on, and one that is met again counts again. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rekey::discovery::git {

enum class ProblemKind : std::uint8_t {
  kMissing,      // something refers to an object that the store does not hold
  kCorrupt,      // it is there and does not decode
  kTooLarge,     // above a limit of this reader
  kUnreadable,   // the operating system refused
  kUnsupported,  // a format that this reader does not know
  kChanged,      // it went away while it was read
  kCut,          // a shallow clone: what came before is not in this store
};
inline constexpr std::size_t kProblemKinds = 7;
inline constexpr std::size_t kMostProblemsListed = 200;

// "missing", "corrupt", …
[[nodiscard]] std::string_view name_of(ProblemKind kind) noexcept;

// What an error of reading means here.
[[nodiscard]] ProblemKind problem_of(base::Code code) noexcept;

struct Problem {
  ProblemKind kind = ProblemKind::kCorrupt;
  std::string subject;  // a file or an object
  std::string detail;   // what is wrong with it
};

class Problems {
 public:
  void add(ProblemKind kind, std::string subject, std::string detail);
  // The first kMostProblemsListed, in the order of (kind, subject): the same for every run.
  [[nodiscard]] std::vector<Problem> list() const;
  // How many there were, those that are not listed included.
  [[nodiscard]] std::uint64_t count(ProblemKind kind) const;
  [[nodiscard]] std::uint64_t count() const;

 private:
  struct ByKindAndSubject {
    bool operator()(const Problem& a, const Problem& b) const {
      return a.kind != b.kind ? a.kind < b.kind : a.subject < b.subject;
    }
  };
  mutable std::mutex mutex_;
  std::set<Problem, ByKindAndSubject> listed_;
  std::array<std::uint64_t, kProblemKinds> counts_{};
};

}  // namespace rekey::discovery::git
