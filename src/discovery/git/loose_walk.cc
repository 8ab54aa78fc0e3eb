#include "discovery/git/loose_walk.h"

#include <algorithm>

namespace rekey::discovery::git {

LooseWalk::LooseWalk(const Holdings& holdings, const VisitOptions& options, ObjectVisitor& visitor,
                     Problems& problems)
    : holdings_(holdings), options_(options), visitor_(visitor), problems_(problems) {
  for (std::size_t folder = 0; folder < holdings_.object_folders.size(); ++folder) {
    for (const auto& id :
         list_loose(holdings_.object_folders[folder], holdings_.hash_bytes, problems_)) {
      const bool is_packed =
          std::any_of(holdings_.packs.begin(), holdings_.packs.end(),
                      [&](const auto& pack) { return pack->index().find(id).has_value(); });
      if (!is_packed) loose_.push_back({id, folder});
    }
  }
  std::stable_sort(loose_.begin(), loose_.end(),
                   [](const Loose& a, const Loose& b) { return a.id < b.id; });
  const auto last = std::unique(loose_.begin(), loose_.end(),
                                [](const Loose& a, const Loose& b) { return a.id == b.id; });
  loose_.erase(last, loose_.end());
}

class LooseWalk::Worker {
 public:
  Worker(LooseWalk& walk, unsigned thread)
      : walk_(walk), thread_(thread), reader_(walk.holdings_, walk.options_.largest_held_bytes) {}

  void give(const Loose& loose) {
    const auto path = loose_path(walk_.holdings_.object_folders[loose.folder], loose.id);
    auto object = read_loose(path, walk_.options_.largest_held_bytes, inflater_, spares_);
    if (object) {
      give(loose.id, *object);
      spares_.give_back(std::move(object->buffer));
    } else if (object.error().code == base::Code::kLimitReached) {
      give_in_pieces(loose.id, path);
    } else if (object.error().code == base::Code::kNotFound) {
      const std::lock_guard lock(walk_.mutex_);
      walk_.vanished_.push_back(loose.id);
    } else {
      give_copy(loose.id, path, object.error());
    }
  }
  [[nodiscard]] const VisitCounts& counts() const noexcept { return counts_; }

 private:
  void give(const ObjectId& id, const StoredObject& object) {
    if (!walk_.options_.types.has(object.type)) {
      ++counts_.passed_over;
      return;
    }
    const auto bytes = object.content();
    walk_.visitor_.take(thread_, {id, object.type, bytes.size(), 0, bytes});
    counts_.add_given(object.type, bytes.size());
  }

  void give_in_pieces(const ObjectId& id, const std::string& path) {
    LooseHeader header;
    const auto status = read_loose_in_pieces(path, [&](const LooseHeader& is, std::uint64_t offset,
                                                       std::span<const std::uint8_t> bytes) {
      header = is;
      if (!walk_.options_.types.has(is.type)) return;
      walk_.visitor_.take(thread_, {id, is.type, is.size_bytes, offset, bytes});
    });
    if (!status) {
      lose(path, status.error());
    } else if (walk_.options_.types.has(header.type)) {
      counts_.add_given(header.type, header.size_bytes);
    } else {
      ++counts_.passed_over;
    }
  }

  // An alternate may have the same object whole.
  void give_copy(const ObjectId& id, const std::string& path, const base::Error& why) {
    const auto copy = reader_.read(id);
    if (!copy) return lose(path, why);
    walk_.problems_.add(problem_of(why.code), path, why.detail + "; another copy was read");
    give(id, *copy);
  }

  void lose(const std::string& path, const base::Error& why) {
    ++counts_.lost;
    walk_.problems_.add(problem_of(why.code), path, why.detail);
  }

  LooseWalk& walk_;
  unsigned thread_;
  ObjectReader reader_;
  Inflater inflater_;
  SpareBuffers spares_;
  VisitCounts counts_;
};

VisitCounts LooseWalk::run(unsigned thread) {
  Worker worker(*this, thread);
  const auto* const stop = options_.stop;
  for (auto i = next_++; i < loose_.size(); i = next_++) {
    if (stop != nullptr && stop->load(std::memory_order_relaxed)) break;
    worker.give(loose_[i]);
  }
  return worker.counts();
}

}  // namespace rekey::discovery::git
