#include "authority/directory.h"

#include <bit>

namespace rekey::authority {

namespace {

constexpr std::size_t kFirstCapacity = 8;

std::uint64_t hash_of(const ClientKey& key) noexcept {
  std::uint64_t hash = key.high * 0x9E3779B97F4A7C15ull ^ std::rotl(key.low, 32);
  hash = (hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93ull;
  hash = (hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93ull;
  return hash ^ (hash >> 32);
}

}  // namespace

// The key of a slot is written before its record pointer and never again, so a reader that sees a
// record sees its key.
struct Directory::Table {
  struct Slot {
    ClientKey key;
    std::atomic<const Record*> record{nullptr};
  };

  explicit Table(std::size_t capacity)
      : mask(capacity - 1), slots(std::make_unique<Slot[]>(capacity)) {}

  // The slot that holds the key, or the empty one where it would go; there always is one.
  [[nodiscard]] Slot& slot_for(const ClientKey& key, std::uint64_t hash) const noexcept {
    for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
      Slot& slot = slots[i];
      if (slot.record.load() == nullptr || slot.key == key) return slot;
    }
  }

  std::size_t mask;
  std::unique_ptr<Slot[]> slots;
};

Directory::Directory(EpochDomain& epochs) : epochs_(epochs) {
  for (Shard& shard : shards_) shard.table.store(new Table(kFirstCapacity));
}

Directory::~Directory() {
  for_each([](const Record& record) { delete &record; });
  for (const Shard& shard : shards_) delete shard.table.load();
}

const Record* Directory::find(const ClientKey& key) const noexcept {
  const std::uint64_t hash = hash_of(key);
  return shards_[hash >> 58].table.load()->slot_for(key, hash).record.load();
}

const Record* Directory::find(std::string_view client_id) const noexcept {
  const auto key = pack_client_id(client_id);
  return key ? find(*key) : nullptr;
}

const Record* Directory::stand_in(const ClientKey& key) const noexcept {
  const std::uint64_t hash = hash_of(key);
  const Table& table = *shards_[hash >> 58].table.load();
  for (std::size_t i = 0; i <= table.mask; ++i) {
    if (const Record* record = table.slots[(hash + i) & table.mask].record.load()) return record;
  }
  return nullptr;
}

void Directory::publish(std::unique_ptr<const Record> record) {
  const std::uint64_t hash = hash_of(record->key);
  Shard& shard = shards_[hash >> 58];
  Table::Slot* slot = &shard.table.load()->slot_for(record->key, hash);
  if (slot->record.load() == nullptr) {
    if ((shard.used + 1) * 4 > (shard.table.load()->mask + 1) * 3) {
      grow(shard);
      slot = &shard.table.load()->slot_for(record->key, hash);
    }
    slot->key = record->key;
    ++shard.used;
    ++size_;
  }
  epochs_.retire(std::unique_ptr<const Record>(slot->record.exchange(record.release())));
  epochs_.collect();
}

void Directory::grow(Shard& shard) {
  Table* const old = shard.table.load();
  auto next = std::make_unique<Table>((old->mask + 1) * 2);
  for (std::size_t i = 0; i <= old->mask; ++i) {
    const Record* record = old->slots[i].record.load();
    if (record == nullptr) continue;
    Table::Slot& slot = next->slot_for(record->key, hash_of(record->key));
    slot.key = record->key;
    slot.record.store(record);
  }
  shard.table.store(next.release());
  epochs_.retire(std::unique_ptr<const Table>(old));
}

void Directory::for_each(const std::function<void(const Record&)>& visit) const {
  for (const Shard& shard : shards_) {
    const Table& table = *shard.table.load();
    for (std::size_t i = 0; i <= table.mask; ++i) {
      if (const Record* record = table.slots[i].record.load()) visit(*record);
    }
  }
}

}  // namespace rekey::authority
