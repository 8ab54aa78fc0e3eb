#include "engagement/data_extensions/row_counts.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "platform/temp_folder.h"
#include "storage/select.h"

namespace rekey::engagement::data_extensions {
namespace {

constexpr std::int64_t kStore = 7;

class RowCountsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // No crash is played here.
    must(tables_.execute("PRAGMA synchronous=OFF"));
    must(
        tables_.execute("CREATE TABLE data_extension_row(store INTEGER NOT NULL, row_key TEXT NOT "
                        "NULL, content TEXT NOT NULL, PRIMARY KEY(store, row_key)) STRICT, "
                        "WITHOUT ROWID"));
  }
  static void must(const base::Status& status) { ASSERT_TRUE(status) << status.error().detail; }
  void put(const std::set<std::string>& keys) {
    for (const std::string& key : keys) {
      must(storage::run(tables_, "INSERT INTO data_extension_row VALUES(?1, ?2, '{}')",
                        {kStore, key}));
      keys_.insert(key);
    }
  }
  void put_counted(const std::set<std::string>& keys) {
    put(keys);
    RowCounts counts(tables_, kStore);
    for (const std::string& key : keys) must(counts.change(key, 1));
    must(counts.save());
  }
  void remove_counted(const std::set<std::string>& keys) {
    RowCounts counts(tables_, kStore);
    for (const std::string& key : keys) {
      must(storage::run(tables_, "DELETE FROM data_extension_row WHERE row_key = ?1", {key}));
      must(counts.change(key, -1));
      keys_.erase(key);
    }
    must(counts.save());
  }
  // Some rows, the first, the last, and one too many.
  void expect_all_are_found() {
    const std::vector<std::string> keys(keys_.begin(), keys_.end());
    for (std::size_t i = 0; i < keys.size(); i += 1 + keys.size() / 97) expect_at(i, keys);
    if (!keys.empty()) expect_at(keys.size() - 1, keys);
    EXPECT_EQ(*key_of_row(tables_, kStore, static_cast<std::int64_t>(keys.size()) + 1),
              std::nullopt);
  }
  void expect_at(std::size_t index, const std::vector<std::string>& keys) {
    const auto found = key_of_row(tables_, kStore, static_cast<std::int64_t>(index) + 1);
    ASSERT_TRUE(found) << found.error().detail;
    EXPECT_EQ(found->value_or("(none)"), keys[index]);
  }
  // Keys in an order of no meaning.
  static std::set<std::string> scattered(int count, int seed) {
    std::set<std::string> keys;
    for (int i = 0; i < count; ++i) {
      keys.insert(fmt::format("{:06}", (static_cast<std::int64_t>(i) * 7919 + seed * 31) % 999983));
    }
    return keys;
  }
  std::int64_t longest_stretch(std::int64_t level) {
    return *storage::count(storage::select(
        tables_, "SELECT max(row_count) FROM data_extension_stretch WHERE level = ?1", {level}));
  }

  platform::TempFolder temp_;
  storage::Connection tables_ =
      *storage::Connection::open(temp_ / "x.db", storage::OpenMode::kReadWriteCreate);
  std::set<std::string> keys_;
};

TEST_F(RowCountsTest, FindAnyRowByItsNumber) {
  must(prepare_row_counts(tables_));
  expect_all_are_found();
  put_counted({"b"});
  expect_all_are_found();
  put_counted(scattered(5000, 0));
  expect_all_are_found();
  EXPECT_LE(longest_stretch(0), 64);
  EXPECT_LE(longest_stretch(1), 1024);
}

TEST_F(RowCountsTest, StayRightWhileRowsComeAndGoInSmallBatches) {
  must(prepare_row_counts(tables_));
  must(tables_.execute("BEGIN"));
  std::vector<std::string> all;
  for (const std::string& key : scattered(3000, 1)) all.push_back(key);
  for (std::size_t i = 0; i < all.size(); i += 50) {
    // From both ends, so that stretches grow in front, behind and between.
    std::set<std::string> batch;
    for (std::size_t j = i; j < std::min(i + 50, all.size()); ++j) {
      batch.insert(j % 2 == 0 ? all[j / 2] : all[all.size() - 1 - j / 2]);
    }
    put_counted(batch);
    if (i % 400 == 0) remove_counted({*keys_.begin(), *keys_.rbegin()});
  }
  must(tables_.execute("COMMIT"));
  expect_all_are_found();
  EXPECT_LE(longest_stretch(0), 64);
}

TEST_F(RowCountsTest, FindRowsAfterAllOthersHaveGone) {
  must(prepare_row_counts(tables_));
  put_counted(scattered(500, 2));
  remove_counted(std::set<std::string>(keys_));
  expect_all_are_found();
  put_counted({"000001", "999999", "5"});
  expect_all_are_found();
}

// Rising keys, of which the oldest go: what lies before them must not grow.
TEST_F(RowCountsTest, OfAQueueKeepNoStretchesOfRowsThatHaveGone) {
  must(prepare_row_counts(tables_));
  must(tables_.execute("BEGIN"));
  for (int i = 0; i < 6000; i += 100) {
    std::set<std::string> batch;
    for (int j = i; j < i + 100; ++j) batch.insert(fmt::format("{:06}", j));
    put_counted(batch);
    while (keys_.size() > 300) {
      remove_counted({keys_.begin(), std::next(keys_.begin(), 100)});
    }
  }
  must(tables_.execute("COMMIT"));
  expect_all_are_found();
  const auto stretches =
      storage::count(storage::select(tables_, "SELECT count(*) FROM data_extension_stretch"));
  ASSERT_TRUE(stretches) << stretches.error().detail;
  // 300 rows by at least 32, one that is shared, and few above.
  EXPECT_LE(*stretches, 20);
  remove_counted(std::set<std::string>(keys_));
  EXPECT_EQ(
      *storage::count(storage::select(tables_, "SELECT count(*) FROM data_extension_stretch")), 4)
      << "the first one of each level";
}

TEST_F(RowCountsTest, CountRowsThatWereThereBefore) {
  put(scattered(3000, 3));
  must(prepare_row_counts(tables_));
  expect_all_are_found();
  put_counted({"!", "zz"});
  expect_all_are_found();
}

TEST_F(RowCountsTest, OfAStoreThatIsDroppedAreForgotten) {
  must(prepare_row_counts(tables_));
  put_counted(scattered(100, 4));
  must(drop_row_counts(tables_, kStore));
  EXPECT_EQ(*key_of_row(tables_, kStore, 1), std::nullopt);
}

}  // namespace
}  // namespace rekey::engagement::data_extensions
