#include "discovery/git/delta.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace rekey::discovery::git {
namespace {

constexpr std::uint8_t kCopy = 0x80;
constexpr std::size_t kWholeCopy = 0x10000;  // what a size of zero stands for
constexpr std::ptrdiff_t kMostOperands = 7;

struct Copy {
  std::size_t offset = 0;
  std::size_t size = 0;
};

// The operands of a copy: of each of its seven bytes a bit of the instruction says whether it is
// there. nullopt where the delta ends first. Inlined by order: GCC makes a
// call of each otherwise.
inline __attribute__((always_inline)) std::optional<Copy> take_copy(std::uint8_t instruction,
                                                                    const std::uint8_t*& at,
                                                                    const std::uint8_t* end) {
  // Near the end there may be fewer than are looked at.
  std::array<std::uint8_t, kMostOperands + 1> last{};
  const std::uint8_t* from = at;
  if (end - at <= kMostOperands) {
    if (end - at < std::popcount(instruction & 0x7fU)) return std::nullopt;
    std::copy(at, end, last.begin());
    from = last.data();
  }
  // Without a branch for each byte: which of them are there is hard to foretell.
  Copy copy;
  std::size_t taken = 0;
  for (unsigned bit = 0; bit < 4; ++bit) {
    const std::size_t is_there = instruction >> bit & 1U;
    copy.offset |= (from[taken] * is_there) << (8 * bit);
    taken += is_there;
  }
  for (unsigned bit = 0; bit < 3; ++bit) {
    const std::size_t is_there = instruction >> (4 + bit) & 1U;
    copy.size |= (from[taken] * is_there) << (8 * bit);
    taken += is_there;
  }
  at += taken;
  if (copy.size == 0) copy.size = kWholeCopy;
  return copy;
}

// Most copies and insertions are short, and a call for each costs more than the bytes: so many are
// written at once where that many may be read and written.
constexpr std::size_t kShort = 32;

struct Room {
  std::size_t to_read = 0;
  std::size_t to_write = 0;
};
void copy_bytes(std::uint8_t* to, const std::uint8_t* from, std::size_t size, Room room) noexcept {
  if (size <= kShort && room.to_read >= kShort && room.to_write >= kShort) {
    std::memcpy(to, from, kShort);
  } else {
    std::memcpy(to, from, size);
  }
}

}  // namespace

std::optional<std::uint64_t> take_delta_size(std::span<const std::uint8_t>& in) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 63; shift += 7) {
    if (in.empty()) return std::nullopt;
    const auto byte = in.front();
    in = in.subspan(1);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if ((byte & 0x80U) == 0) return value;
  }
  return std::nullopt;
}

std::optional<Delta> parse_delta(std::span<const std::uint8_t> inflated) {
  const auto base = take_delta_size(inflated);
  if (!base) return std::nullopt;
  const auto result = take_delta_size(inflated);
  if (!result) return std::nullopt;
  return Delta{*base, *result, inflated};
}

bool apply_delta(const Delta& delta, std::span<const std::uint8_t> base,
                 std::span<std::uint8_t> out) {
  if (base.size() != delta.base_bytes || out.size() != delta.result_bytes) return false;
  const auto* at = delta.instructions.data();
  const auto* const end = at + delta.instructions.size();
  auto* to = out.data();
  std::size_t room = out.size();
  while (at != end) {
    const auto instruction = *at++;
    if ((instruction & kCopy) != 0) {
      const auto copy = take_copy(instruction, at, end);
      if (!copy || copy->offset > base.size() || copy->size > base.size() - copy->offset ||
          copy->size > room) {
        return false;
      }
      copy_bytes(to, base.data() + copy->offset, copy->size, {base.size() - copy->offset, room});
      to += copy->size;
      room -= copy->size;
      continue;
    }
    // An insertion of so many bytes; zero is reserved.
    const std::size_t size = instruction;
    const auto left = static_cast<std::size_t>(end - at);
    if (size == 0 || size > left || size > room) return false;
    copy_bytes(to, at, size, {left, room});
    at += size;
    to += size;
    room -= size;
  }
  return room == 0;
}

std::vector<Extent> changes_of(const Delta& delta) {
  std::vector<Extent> changes;
  std::size_t made = 0;
  std::size_t follows = 0;  // where in the base the last copy ended
  const auto* at = delta.instructions.data();
  const auto* const end = at + delta.instructions.size();
  while (at != end) {
    const auto instruction = *at++;
    if ((instruction & kCopy) != 0) {
      const auto copy = take_copy(instruction, at, end);
      if (!copy) break;
      const bool is_behind_insertion = !changes.empty() && changes.back().end == made;
      if (copy->offset != follows && !is_behind_insertion) changes.push_back({made, made});
      follows = copy->offset + copy->size;
      made += copy->size;
      continue;
    }
    const std::size_t size = std::min<std::size_t>(instruction, static_cast<std::size_t>(end - at));
    if (changes.empty() || changes.back().end != made) changes.push_back({made, made});
    changes.back().end += size;
    at += size;
    made += size;
  }
  return changes;
}

}  // namespace rekey::discovery::git
