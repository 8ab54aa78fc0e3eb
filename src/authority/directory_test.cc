#include "authority/directory.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace rekey::authority {
namespace {

std::string client_id_of(std::uint64_t number) {
  return unpack_client_id({number % 1000, number * 7919});
}

std::unique_ptr<const Record> record_of(std::uint64_t number, std::int64_t revision) {
  auto record = std::make_unique<Record>();
  record->key = *pack_client_id(client_id_of(number));
  record->integration_id.value = revision;
  record->package_id.value = -revision;
  return record;
}

TEST(Directory, FindsNothingInAnEmptyHouse) {
  EpochDomain epochs;
  const Directory directory(epochs);
  EXPECT_EQ(directory.find("abcdefgh0123456789ijklmn"), nullptr);
  EXPECT_EQ(directory.find("no client id"), nullptr);
}

TEST(Directory, FindsEveryRecordThroughManyGrowths) {
  EpochDomain epochs;
  Directory directory(epochs);
  constexpr std::uint64_t kCount = 20'000;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    directory.publish(record_of(i, static_cast<std::int64_t>(i)));
  }
  ASSERT_EQ(directory.size(), kCount);
  for (std::uint64_t i = 0; i < kCount; ++i) {
    const Record* found = directory.find(client_id_of(i));
    ASSERT_NE(found, nullptr);
    ASSERT_EQ(found->integration_id.value, static_cast<std::int64_t>(i));
  }
  EXPECT_EQ(directory.find(client_id_of(kCount)), nullptr);
  std::size_t visited = 0;
  directory.for_each([&visited](const Record&) { ++visited; });
  EXPECT_EQ(visited, kCount);
}

TEST(Directory, NamesAStandInForAClientThatDoesNotExist) {
  EpochDomain epochs;
  Directory directory(epochs);
  EXPECT_EQ(directory.stand_in(*pack_client_id(client_id_of(1))), nullptr);
  constexpr std::uint64_t kCount = 1'000;
  for (std::uint64_t i = 0; i < kCount; ++i) directory.publish(record_of(i, 1));
  std::set<const Record*> stand_ins;
  for (std::uint64_t i = kCount; i < 2 * kCount; ++i) {
    const ClientKey key = *pack_client_id(client_id_of(i));
    const Record* record = directory.stand_in(key);
    ASSERT_NE(record, nullptr);
    EXPECT_NE(record->key, key);
    EXPECT_EQ(directory.stand_in(key), record);
    stand_ins.insert(record);
  }
  EXPECT_GT(stand_ins.size(), kCount / 4) << "strangers must meet as many records as clients do";
}

TEST(Directory, ReplacesTheRecordOfAClient) {
  EpochDomain epochs;
  Directory directory(epochs);
  directory.publish(record_of(1, 1));
  directory.publish(record_of(1, 2));
  EXPECT_EQ(directory.size(), 1u);
  EXPECT_EQ(directory.find(client_id_of(1))->integration_id.value, 2);
}

TEST(DirectoryThreaded, ReadersSeeWholeRecordsWhileAWriterReplacesAndAdds) {
  constexpr std::uint64_t kClients = 256;
  EpochDomain epochs;
  Directory directory(epochs);
  for (std::uint64_t i = 0; i < kClients; ++i) directory.publish(record_of(i, 1));

  std::atomic<bool> is_done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int reader_number = 0; reader_number < 3; ++reader_number) {
    readers.emplace_back([&] {
      EpochDomain::Reader& reader = epochs.register_reader();
      std::vector<std::int64_t> newest(kClients, 0);
      for (std::uint64_t i = 0; !is_done.load(); i = (i + 1) % kClients) {
        const std::string id = client_id_of(i);
        const EpochGuard guard(epochs, reader);
        const Record* record = directory.find(id);
        if (record == nullptr || record->integration_id.value != -record->package_id.value ||
            record->integration_id.value < newest[i]) {
          ++wrong;
          continue;
        }
        newest[i] = record->integration_id.value;
      }
    });
  }
  for (std::int64_t revision = 2; revision < 40; ++revision) {
    for (std::uint64_t i = 0; i < kClients; ++i) directory.publish(record_of(i, revision));
    for (std::uint64_t i = 0; i < 32; ++i) {
      directory.publish(record_of(kClients * static_cast<std::uint64_t>(revision) + i, 1));
    }
  }
  is_done = true;
  for (std::thread& thread : readers) thread.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace rekey::authority
