// The objects of one git repository, all of them: packed, loose, reachable or not.
//
// The store is read as its files lie there, by this program alone: no other program runs, nothing
// is written, no id is computed. Packs stay mapped while the store lives, so that it may be
// collected, repacked or cut short meanwhile. What cannot be read is told in problems() and the
// visit goes on.
//
//     auto store = ObjectStore::open(path);
//     // What people wrote:
//     const auto counts = (*store)->visit_and_find_missing(options, visitor);
//     // Then trees, for where it stands (attribution.h):
//     const auto places = attribute(**store, hits, …);
//
// One call at a time; a visit uses threads of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "discovery/git/delta_walk.h"
#include "discovery/git/object_reader.h"
#include "discovery/git/pack_forest.h"
#include "discovery/git/problems.h"
#include "discovery/git/repository.h"
#include "discovery/git/visitor.h"

namespace rekey::discovery::git {

class ObjectStore {
 public:
  // See open_repository for what `path` may be. A pack that cannot be opened is a problem.
  [[nodiscard]] static base::Result<std::unique_ptr<ObjectStore>> open(const std::string& path);

  [[nodiscard]] const Repository& repository() const noexcept { return repository_; }
  [[nodiscard]] std::size_t hash_bytes() const noexcept { return repository_.hash_bytes; }

  // Gives every object that the store holds when the visit begins, once. Costs 17 bytes for each
  // packed object beside the budget; they are kept for the next visit.
  [[nodiscard]] VisitCounts visit(const VisitOptions& options, ObjectVisitor& visitor);

  // The same, and looks on the way into what is given, trees, commits and tags, for ids that the
  // store does not hold: each is a kMissing problem (at most kMostMissing are told apart). For
  // partial and damaged clones: what is not here was not scanned. Commits of submodules do not
  // count, nor do the parents at which a shallow clone was cut.
  [[nodiscard]] VisitCounts visit_and_find_missing(const VisitOptions& options,
                                                   ObjectVisitor& visitor);

  [[nodiscard]] const Holdings& holdings() const noexcept { return holdings_; }
  [[nodiscard]] bool has(const ObjectId& id) const;
  // Objects above `limit_bytes` are kLimitReached.
  [[nodiscard]] ObjectReader reader(std::uint64_t limit_bytes) const {
    return {holdings_, limit_bytes};
  }

  // All that went wrong so far, since the store was opened.
  [[nodiscard]] Problems& problems() noexcept { return *problems_; }

 private:
  ObjectStore() : problems_(std::make_unique<Problems>()) {}
  void open_packs();
  // True where a pack was gone when it was to be opened: a new one stands in its place.
  [[nodiscard]] bool open_packs_of(const std::string& folder);
  void plant_forests(unsigned threads);
  [[nodiscard]] std::vector<PackToWalk> packs_to_walk() const;
  void report_changes();

  Repository repository_;
  std::unique_ptr<Problems> problems_;
  Holdings holdings_;
  std::vector<std::unique_ptr<PackForest>> forests_;  // of the packs of holdings_, once visited
};

inline constexpr std::size_t kMostMissing = 100'000;

}  // namespace rekey::discovery::git
