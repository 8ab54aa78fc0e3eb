#include "discovery/git/object_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace rekey::discovery::git {
namespace {

using base::Code;

// Git makes no chain longer than 4095 (pack.depth).
constexpr std::size_t kLongestChain = 65'536;
// A detour within a detour: each is a damaged copy of an object that another one needs.
constexpr std::size_t kMostDetours = 8;

std::optional<ObjectId> id_at(const Pack& pack, std::uint64_t offset) {
  for (std::uint32_t position = 0; position < pack.index().count(); ++position) {
    if (pack.index().offset(position) == offset) return pack.index().id(position);
  }
  return std::nullopt;
}

}  // namespace

base::Result<StoredObject> ObjectReader::read(const ObjectId& id) {
  return find(id, nullptr);
}

base::Result<StoredObject> ObjectReader::read_elsewhere(const ObjectId& id, const Pack& but) {
  return find(id, &but);
}

base::Result<StoredObject> ObjectReader::find(const ObjectId& id, const Pack* but) {
  base::Error last{Code::kNotFound, fmt::format("the store does not hold object {}", id.hex())};
  for (const auto& pack : holdings_->packs) {
    if (pack.get() == but) continue;
    const auto position = pack->index().find(id);
    if (!position) continue;
    const auto offset = pack->index().offset(*position);
    if (std::find(trail_.begin(), trail_.end(),
                  std::pair<const Pack*, std::uint64_t>(pack.get(), offset)) != trail_.end()) {
      continue;
    }
    auto object = read_at(*pack, offset);
    if (object) return object;
    last = base::with_context(pack->path(), std::move(object).error());
  }
  for (const auto& folder : holdings_->object_folders) {
    auto object = read_loose(loose_path(folder, id), limit_bytes_, inflater_, spares_);
    if (object) return object;
    if (object.error().code != Code::kNotFound) last = std::move(object).error();
  }
  return tl::unexpected(std::move(last));
}

base::Result<StoredObject> ObjectReader::read_at(const Pack& pack, std::uint64_t offset) {
  if (trail_.size() > kMostDetours) {
    return base::fail(Code::kCorrupt, "too many damaged objects stand behind one another");
  }
  trail_.emplace_back(&pack, offset);
  auto object = follow_chain(pack, offset);
  trail_.pop_back();
  return object;
}

// Another copy of a link of the chain, if this store has one.
base::Result<StoredObject> ObjectReader::detour(const Pack& pack, std::uint64_t offset,
                                                base::Error why) {
  const bool is_what_was_asked_for = trail_.back() == std::pair(&pack, offset);
  const auto id = is_what_was_asked_for ? std::nullopt : id_at(pack, offset);
  if (!id) return tl::unexpected(std::move(why));
  trail_.emplace_back(&pack, offset);
  auto object = trail_.size() > kMostDetours ? tl::unexpected(why) : find(*id, &pack);
  trail_.pop_back();
  if (!object) return tl::unexpected(std::move(why));
  return object;
}

base::Result<StoredObject> ObjectReader::from_bottom(const Pack& pack, const PackEntry& entry) {
  if (!entry.type) return find(*entry.base_id, &pack);
  StoredObject object;
  object.type = *entry.type;
  REKEY_TRY(object.buffer,
            inflate_entry(pack, entry, pack.end(), limit_bytes_, inflater_, spares_));
  return object;
}

base::Result<Buffer> ObjectReader::apply_at(const Pack& pack, std::uint64_t offset,
                                            std::span<const std::uint8_t> base) {
  const auto entry = pack.entry(offset);
  if (!entry) return base::fail(Code::kCorrupt, "the pack changed while it was read");
  REKEY_TRY(const auto delta,
            inflate_entry(pack, *entry, pack.end(), limit_bytes_, inflater_, spares_));
  return rebuild(delta.view(), base, limit_bytes_, spares_);
}

void ObjectReader::keep(const Pack& pack, std::uint64_t offset,
                        const base::Result<StoredObject>& object) {
  if (trees_ && object && object->type == ObjectType::kTree) trees_->keep(pack, offset, *object);
}

base::Result<StoredObject> ObjectReader::follow_chain(const Pack& pack, std::uint64_t offset) {
  std::vector<std::uint64_t> deltas;  // from the object asked for down to the bottom of its chain
  base::Result<StoredObject> object =
      base::fail(Code::kCorrupt, "no entry of the pack begins there");
  for (auto at = offset;;) {
    if (auto kept = trees_ ? trees_->find(pack, at) : std::nullopt) {
      object = *std::move(kept);
      break;
    }
    const auto entry = pack.entry(at);
    if (!entry) {
      object = detour(pack, at, object.error());
      break;
    }
    if (entry->type) {
      object = from_bottom(pack, *entry);
      if (!object) object = detour(pack, at, object.error());
      keep(pack, at, object);
      break;
    }
    deltas.push_back(at);
    if (deltas.size() > kLongestChain) {
      return base::fail(Code::kLimitReached,
                        "its chain of deltas is too long, or comes back to it");
    }
    const auto position = entry->base_id ? pack.index().find(*entry->base_id) : std::nullopt;
    if (entry->base_id && !position) {
      object = from_bottom(pack, *entry);
      break;
    }
    at = position ? pack.index().offset(*position) : entry->base_offset;
  }
  for (auto at = deltas.rbegin(); at != deltas.rend(); ++at) {
    if (object) {
      const auto type = object->type;
      const auto base = std::move(*object);
      auto content = apply_at(pack, *at, base.content());
      if (content) {
        object = StoredObject{type, std::move(*content), 0};
      } else {
        object = tl::unexpected(std::move(content).error());
      }
    }
    if (!object) object = detour(pack, *at, object.error());
    keep(pack, *at, object);
  }
  return object;
}

}  // namespace rekey::discovery::git
