#include "discovery/git/object_id.h"

#include "base/text.h"

namespace rekey::discovery::git {

std::string_view name_of(ObjectType type) noexcept {
  switch (type) {
    case ObjectType::kCommit:
      return "commit";
    case ObjectType::kTree:
      return "tree";
    case ObjectType::kBlob:
      return "blob";
    case ObjectType::kTag:
      return "tag";
  }
  return "object";
}

std::optional<ObjectType> object_type(std::string_view name) noexcept {
  for (const auto type :
       {ObjectType::kCommit, ObjectType::kTree, ObjectType::kBlob, ObjectType::kTag}) {
    if (name_of(type) == name) return type;
  }
  return std::nullopt;
}

std::optional<ObjectId> ObjectId::from_hex(std::string_view text) {
  if (text.size() != 40 && text.size() != 64) return std::nullopt;
  const auto bytes = base::hex_decode(text);
  if (!bytes) return std::nullopt;
  return of(*bytes);
}

std::string ObjectId::hex() const {
  return base::hex_encode(view());
}

bool ObjectId::is_zero() const noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace rekey::discovery::git
