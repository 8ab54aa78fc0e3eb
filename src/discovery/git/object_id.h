// The name of an object in a git store: the SHA-1 (20 bytes) or SHA-256 (32 bytes) of its content.
//
// Ids are taken from indexes and file names as they stand there; nothing here computes one.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rekey::discovery::git {

// The numbers of pack entries (gitformat-pack, "Object types").
enum class ObjectType : std::uint8_t { kCommit = 1, kTree = 2, kBlob = 3, kTag = 4 };

// "commit", "tree", "blob", "tag".
[[nodiscard]] std::string_view name_of(ObjectType type) noexcept;
[[nodiscard]] std::optional<ObjectType> object_type(std::string_view name) noexcept;

struct ObjectId {
  static constexpr std::size_t kLongest = 32;

  std::array<std::uint8_t, kLongest> bytes{};  // what a SHA-1 does not use is zero
  std::uint8_t size = 20;                      // 20 or 32

  // `from` has 20 or 32 bytes.
  [[nodiscard]] static ObjectId of(std::span<const std::uint8_t> from) noexcept {
    ObjectId id;
    id.size = static_cast<std::uint8_t>(std::min(from.size(), kLongest));
    std::memcpy(id.bytes.data(), from.data(), id.size);
    return id;
  }
  // Of 40 or 64 hexadecimal digits; nullopt for anything else.
  [[nodiscard]] static std::optional<ObjectId> from_hex(std::string_view text);

  [[nodiscard]] std::span<const std::uint8_t> view() const noexcept { return {bytes.data(), size}; }
  [[nodiscard]] std::string hex() const;
  // The id that stands for "no object" in reflogs and in the index.
  [[nodiscard]] bool is_zero() const noexcept;

  friend auto operator<=>(const ObjectId&, const ObjectId&) = default;
};

// An id where it lies, for as long as that stays: of most objects nobody asks for it, and to fetch
// it from an index of millions takes longer than the smaller objects themselves.
class IdView {
 public:
  IdView(const ObjectId& id) noexcept : bytes_(id.view()) {}
  explicit IdView(std::span<const std::uint8_t> bytes) noexcept : bytes_(bytes) {}
  operator ObjectId() const noexcept { return ObjectId::of(bytes_); }
  [[nodiscard]] std::string hex() const { return ObjectId::of(bytes_).hex(); }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace rekey::discovery::git

template <>
struct std::hash<rekey::discovery::git::ObjectId> {
  std::size_t operator()(const rekey::discovery::git::ObjectId& id) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, id.bytes.data(), sizeof value);
    return value;
  }
};
