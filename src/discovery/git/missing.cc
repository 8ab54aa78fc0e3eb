// ObjectStore::visit_and_find_missing: what trees, commits and tags name and is not here.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <climits>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "discovery/git/file_bytes.h"
#include "discovery/git/object_store.h"
#include "discovery/git/object_text.h"

namespace rekey::discovery::git {
namespace {

// Ids that were checked lately, by their first bytes: one tree differs from the next in a few
// entries only.
class Recent {
 public:
  Recent() : ids_(kSlots) {}
  [[nodiscard]] bool has(const ObjectId& id) const {
    return std::equal(id.bytes.begin(), id.bytes.begin() + kKept, ids_[slot_of(id)].begin());
  }
  void add(const ObjectId& id) { std::copy_n(id.bytes.begin(), kKept, ids_[slot_of(id)].begin()); }

 private:
  static constexpr std::size_t kSlots = 1U << 16;
  static constexpr std::size_t kKept = 16;  // bytes of an id: no other has the same
  static std::size_t slot_of(const ObjectId& id) {
    return id.bytes[0] | std::size_t{id.bytes[1]} << 8;
  }
  std::vector<std::array<std::uint8_t, kKept>> ids_;
};

constexpr std::size_t kMostOfName = NAME_MAX;  // of one that a message names

class ReferenceCheck final : public ObjectVisitor {
 public:
  ReferenceCheck(const ObjectStore& store, unsigned threads, ObjectVisitor& visitor)
      : store_(store), visitor_(visitor), recent_(threads) {
    const auto cut = read_file(store.repository().common_dir + "/shallow", kLargestTextFileBytes);
    std::string_view left = cut ? std::string_view(*cut) : std::string_view();
    while (!left.empty()) {
      const auto line = left.substr(0, left.find('\n'));
      left.remove_prefix(std::min(line.size() + 1, left.size()));
      if (const auto id = ObjectId::from_hex(line)) cut_.insert(*id);
    }
  }

  void take(unsigned thread, const ObjectView& object) override {
    visitor_.take(thread, object);
    if (object.offset_bytes > 0) return;
    if (object.type == ObjectType::kTree) {
      check_tree(thread, object);
    } else if (object.type == ObjectType::kCommit) {
      check_commit(thread, object);
    } else if (object.type == ObjectType::kTag) {
      if (const auto tag = parse_tag(object.bytes)) {
        check(thread, tag->target, "object", object.id, "");
      }
    }
  }

  void report(Problems& problems) const {
    for (const auto& [id, why] : missing_) {
      problems.add(ProblemKind::kMissing, "object " + id.hex(), why);
    }
  }

 private:
  void check_commit(unsigned thread, const ObjectView& object) {
    const auto commit = parse_commit(object.bytes);
    if (!commit) return;
    check(thread, commit->tree, "tree", object.id, "");
    if (cut_.contains(object.id)) return;
    for (const auto& parent : commit->parents) check(thread, parent, "commit", object.id, "");
  }

  void check_tree(unsigned thread, const ObjectView& object) {
    if (!object.changes.empty() && has_all_changes(thread, object)) return;
    TreeReader reader(object.bytes, store_.hash_bytes());
    while (const auto entry = reader.next()) {
      if (entry->is_link()) continue;
      check(thread, ObjectId::of({entry->id, store_.hash_bytes()}),
            entry->is_tree() ? "folder" : "file", object.id, entry->name);
    }
  }

  // Of a tree that differs in these from one that is checked itself. An id stands behind a zero
  // byte, which may also be a part of another. Where it is neither, the tree is read in order.
  bool has_all_changes(unsigned thread, const ObjectView& object) {
    const auto bytes = object.bytes;
    const std::size_t hash_bytes = store_.hash_bytes();
    if (bytes.size() <= hash_bytes) return false;
    const std::size_t last = bytes.size() - hash_bytes - 1;  // where the last zero may stand
    const auto is_of_id = [&](std::size_t at) {
      return bytes[at] == 0 && is_here(thread, ObjectId::of(bytes.subspan(at + 1, hash_bytes)));
    };
    const auto is_checked = [&](std::size_t at) {
      if (bytes[at] != 0) return true;
      std::size_t before = at - std::min(at, hash_bytes);
      while (before < at && !is_of_id(before)) ++before;
      return before < at || is_of_id(at);
    };
    return std::all_of(object.changes.begin(), object.changes.end(), [&](const Extent& change) {
      std::size_t at = change.begin - std::min(change.begin, hash_bytes);
      const std::size_t end = std::min(change.end, last + 1);
      while (at < end && is_checked(at)) ++at;
      return at >= end;
    });
  }

  bool is_here(unsigned thread, const ObjectId& id) {
    Recent& recent = recent_[thread];
    if (recent.has(id)) return true;
    if (!store_.has(id)) return false;
    recent.add(id);
    return true;
  }

  void check(unsigned thread, const ObjectId& id, std::string_view what, const ObjectId& holder,
             std::string_view name) {
    if (is_here(thread, id)) return;
    recent_[thread].add(id);
    const std::lock_guard lock(mutex_);
    if (missing_.size() >= kMostMissing) return;
    missing_.try_emplace(
        id, fmt::format("the {}{}{} of {} is not in this store, and was not scanned", what,
                        name.empty() ? "" : " ", name.substr(0, kMostOfName), holder.hex()));
  }

  const ObjectStore& store_;
  ObjectVisitor& visitor_;
  std::vector<Recent> recent_;
  std::unordered_set<ObjectId> cut_;  // commits whose parents a shallow clone left out
  std::mutex mutex_;
  std::unordered_map<ObjectId, std::string> missing_;
};

}  // namespace

VisitCounts ObjectStore::visit_and_find_missing(const VisitOptions& asked, ObjectVisitor& visitor) {
  auto options = asked;
  options.threads = std::max(options.threads, 1U);
  ReferenceCheck check(*this, options.threads, visitor);
  const auto counts = visit(options, check);
  check.report(*problems_);
  return counts;
}

}  // namespace rekey::discovery::git
