// What every tree of a store holds, as far as it may lead to a hit: its folders, and hits.
//
// Taken down in one visit, so that the way up from hits to the roots of commits is gone in memory.
// A history names the same folder with the same content again and again: each such pair has a
// number, and a tree is a list of numbers. Four bytes a folder of a tree, some sixteen a pair.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "discovery/git/holding_trees.h"
#include "discovery/git/object_numbers.h"
#include "discovery/git/object_text.h"
#include "discovery/git/problems.h"
#include "discovery/git/visitor.h"

namespace rekey::discovery::git {

// The pairs of a name and an object that trees hold. One thread.
class LinkPairs {
 public:
  using Number = std::uint32_t;
  static constexpr Number kNone = 0xffffffff;

  LinkPairs(ObjectNumbers& objects, std::size_t most_name_bytes);
  // Its number, a new one where the pair is met for the first time; kNone where there are too many,
  // or their names are longer than `most_name_bytes` together.
  [[nodiscard]] Number of(std::string_view name, const ObjectId& child);
  [[nodiscard]] ObjectNumbers::Number child(Number pair) const { return pairs_[pair].child; }
  [[nodiscard]] const std::string& name(Number pair) const { return *names_[pairs_[pair].name]; }

 private:
  struct Pair {
    ObjectNumbers::Number child = 0;
    std::uint32_t name = 0;
  };
  struct Recent {
    ObjectId child;
    Number pair = kNone;
  };
  [[nodiscard]] std::size_t slot_of(const Pair& sought) const;
  [[nodiscard]] std::uint32_t number_of(std::string_view name);
  void grow();

  ObjectNumbers& objects_;
  std::size_t name_bytes_left_;
  std::deque<Pair> pairs_;
  std::vector<Number> slots_;  // a hash table of the pairs
  std::vector<Recent>
      recent_;  // by the object's first bytes: one tree differs little from the next
  std::unordered_map<std::string, std::uint32_t> name_numbers_;
  std::vector<const std::string*> names_;
};

// Of all different names that are kept, and of all that lead to hits.
inline constexpr std::size_t kMostNameBytes = 64U << 20;
inline constexpr std::size_t kMostEdgeNameBytes = 256U << 20;

class TreeLinks final : public ObjectVisitor {
 public:
  // Damaged trees are told in `problems`.
  TreeLinks(ObjectNumbers& objects, std::span<const ObjectId> hits, std::size_t hash_bytes,
            unsigned threads, std::size_t most_links, Problems& problems);

  void take(unsigned thread, const ObjectView& object) override;
  // More links than `most_links`, or too long names: nothing more was taken down.
  [[nodiscard]] bool is_too_much() const noexcept {
    return is_too_much_.load(std::memory_order_relaxed);
  }
  // The trees that lead to hits, as find_holding_trees tells them; at most kMostLevels up and with
  // kMostEdgeNameBytes, and `is_cut` where there are more.
  struct Holding {
    HoldingTrees trees;
    bool is_cut = false;
  };
  [[nodiscard]] Holding holding() const;

 private:
  struct Tree {
    ObjectNumbers::Number number = 0;
    std::uint32_t first_link = 0;
  };
  struct OfThread {
    OfThread(ObjectNumbers& objects, std::size_t most_name_bytes)
        : pairs(objects, most_name_bytes) {}
    LinkPairs pairs;
    std::deque<Tree> trees;
    std::deque<LinkPairs::Number> links;
  };
  void keep(OfThread& mine, const ObjectId& tree, TreeReader& entries);

  ObjectNumbers& objects_;
  WantedIds hits_;
  std::vector<ObjectId> hit_ids_;
  std::size_t hash_bytes_;
  std::size_t most_links_;
  std::atomic<std::size_t> links_{0};
  std::atomic<bool> is_too_much_{false};
  Problems& problems_;
  std::vector<OfThread> of_threads_;
};

// A name that no file system takes is not kept, and told.
void tell_long_name(const ObjectId& tree, Problems& problems);
// Reads what is left of a tree, and tells it where that is damaged.
void read_to_end(TreeReader entries, const ObjectId& tree, Problems& problems);

}  // namespace rekey::discovery::git
