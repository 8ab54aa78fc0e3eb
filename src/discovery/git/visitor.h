// What a visit of a store hands out, and what it counts.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <span>

#include "discovery/git/delta.h"
#include "discovery/git/object_id.h"

namespace rekey::discovery::git {

struct ObjectView {
  IdView id;
  ObjectType type = ObjectType::kBlob;
  std::uint64_t size_bytes = 0;
  // Where `bytes` begins. Not 0 only for the later pieces of an object that is too large to be held
  // whole: they come in order, on one thread, and each repeats the last kPieceOverlapBytes of the
  // one before (pieces.h).
  std::uint64_t offset_bytes = 0;
  std::span<const std::uint8_t> bytes;  // for the time of the call
  // Of a tree that is kept as a delta: what touches none of these extents stands also in a tree
  // that this visit gave before, or gives from another pack. Empty where nothing of it is known.
  std::span<const Extent> changes{};
};

class ObjectVisitor {
 public:
  virtual ~ObjectVisitor() = default;
  // On several threads at once, `thread` from 0 on; two calls with one `thread` never overlap. Must
  // not throw. Bytes are as they stand in the store: without line-end or other filters.
  virtual void take(unsigned thread, const ObjectView& object) = 0;
};

// A set of object types.
struct Types {
  std::array<bool, 5> wanted{};
  [[nodiscard]] bool has(ObjectType type) const noexcept {
    return wanted[static_cast<std::size_t>(type)];
  }
  [[nodiscard]] Types with(ObjectType type) const noexcept {
    auto types = *this;
    types.wanted[static_cast<std::size_t>(type)] = true;
    return types;
  }
};
// All that people put text into.
inline const Types kContentTypes =
    Types{}.with(ObjectType::kBlob).with(ObjectType::kCommit).with(ObjectType::kTag);
inline const Types kAllTypes = kContentTypes.with(ObjectType::kTree);

struct VisitOptions {
  unsigned threads = 2;
  Types types = kContentTypes;
  // Bases that wait for their deltas, all threads together. Beyond it they are let go and made
  // anew; the object at hand, its base and its delta are held in any case.
  std::uint64_t budget_bytes = 24ULL << 20;
  // Larger ones are given in pieces where they are stored whole, and are a problem where they are
  // deltas. Git itself makes no deltas of files above 512 MiB (core.bigFileThreshold).
  std::uint64_t largest_held_bytes = 512ULL << 20;
  // Ends the visit early when it becomes true.
  const std::atomic<bool>* stop = nullptr;
  // Is told how much of the packs is done, from 0 to 1, now and then. Any thread; may be empty.
  std::function<void(double share)> on_share{};
};

// Objects are counted once, however many copies the store has of them:
// expected = given (of all types) + passed_over + lost, unless the visit was stopped.
struct VisitCounts {
  std::uint64_t expected = 0;
  std::array<std::uint64_t, 5> given{};  // by type
  std::uint64_t passed_over = 0;         // of a type that was not asked for
  std::uint64_t lost = 0;                // there and unreadable; the problems say why
  std::array<std::uint64_t, 5> bytes{};  // of what was given, by type
  std::uint64_t bases_made_anew = 0;     // what the budget has cost

  [[nodiscard]] std::uint64_t of(ObjectType type) const noexcept {
    return given[static_cast<std::size_t>(type)];
  }
  [[nodiscard]] std::uint64_t bytes_of(ObjectType type) const noexcept {
    return bytes[static_cast<std::size_t>(type)];
  }
  void add_given(ObjectType type, std::uint64_t size_bytes) noexcept {
    ++given[static_cast<std::size_t>(type)];
    bytes[static_cast<std::size_t>(type)] += size_bytes;
  }
  VisitCounts& operator+=(const VisitCounts& other) noexcept {
    expected += other.expected;
    for (std::size_t i = 0; i < given.size(); ++i) {
      given[i] += other.given[i];
      bytes[i] += other.bytes[i];
    }
    passed_over += other.passed_over;
    lost += other.lost;
    bases_made_anew += other.bases_made_anew;
    return *this;
  }
};

}  // namespace rekey::discovery::git
