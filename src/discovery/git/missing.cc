// ObjectStore::find_missing: what trees, commits and tags refer to and the store does not hold.
#include <fmt/format.h>

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

// Ids that were asked for lately, by their first bytes: one tree differs from the next in a few
// entries only.
class Recent {
 public:
  Recent() : ids_(kSlots) {}
  // True where the id was the last one in its slot; takes the slot.
  bool was_seen(const ObjectId& id) {
    auto& slot = ids_[(id.bytes[0] | std::size_t{id.bytes[1]} << 8) % kSlots];
    if (slot == id) return true;
    slot = id;
    return false;
  }

 private:
  static constexpr std::size_t kSlots = 1U << 14;
  std::vector<ObjectId> ids_;
};

class ReferenceCheck final : public ObjectVisitor {
 public:
  ReferenceCheck(const ObjectStore& store, unsigned threads) : store_(store), recent_(threads) {
    const auto cut = read_file(store.repository().common_dir + "/shallow", kLargestTextFileBytes);
    std::string_view left = cut ? std::string_view(*cut) : std::string_view();
    while (!left.empty()) {
      const auto line = left.substr(0, left.find('\n'));
      left.remove_prefix(std::min(line.size() + 1, left.size()));
      if (const auto id = ObjectId::from_hex(line)) cut_.insert(*id);
    }
  }

  void take(unsigned thread, const ObjectView& object) override {
    if (object.type == ObjectType::kTree) {
      check_tree(thread, object);
    } else if (object.type == ObjectType::kCommit) {
      const auto commit = parse_commit(object.bytes);
      if (!commit) return;
      check(thread, commit->tree, "tree", object.id, "");
      if (cut_.contains(object.id)) return;
      for (const auto& parent : commit->parents) check(thread, parent, "commit", object.id, "");
    } else if (const auto tag = parse_tag(object.bytes)) {
      check(thread, tag->target, "object", object.id, "");
    }
  }

  std::uint64_t report(Problems& problems) const {
    for (const auto& [id, why] : missing_) {
      problems.add(ProblemKind::kMissing, "object " + id.hex(), why);
    }
    return missing_.size();
  }

 private:
  void check_tree(unsigned thread, const ObjectView& object) {
    TreeReader reader(object.bytes, store_.hash_bytes());
    while (const auto entry = reader.next()) {
      if (entry->is_link()) continue;
      check(thread, ObjectId::of({entry->id, store_.hash_bytes()}),
            entry->is_tree() ? "folder" : "file", object.id, entry->name);
    }
  }

  void check(unsigned thread, const ObjectId& id, std::string_view what, const ObjectId& holder,
             std::string_view name) {
    if (recent_[thread].was_seen(id) || store_.has(id)) return;
    const std::lock_guard lock(mutex_);
    if (missing_.size() >= kMostMissing) return;
    missing_.try_emplace(
        id, fmt::format("the {}{}{} of {} is not in this store, and was not scanned", what,
                        name.empty() ? "" : " ", name, holder.hex()));
  }

  const ObjectStore& store_;
  std::vector<Recent> recent_;
  std::unordered_set<ObjectId> cut_;  // commits whose parents a shallow clone left out
  std::mutex mutex_;
  std::unordered_map<ObjectId, std::string> missing_;
};

}  // namespace

std::uint64_t ObjectStore::find_missing(unsigned threads) {
  VisitOptions options;
  options.threads = std::max(threads, 1U);
  options.types = Types{}.with(ObjectType::kTree).with(ObjectType::kCommit).with(ObjectType::kTag);
  ReferenceCheck check(*this, options.threads);
  [[maybe_unused]] const auto counts = visit(options, check);
  return check.report(*problems_);
}

}  // namespace rekey::discovery::git
