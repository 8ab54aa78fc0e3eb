#include "storage/select.h"

#include <gtest/gtest.h>

#include "platform/temp_folder.h"

namespace rekey::storage {
namespace {

struct Person {
  std::int64_t id = 0;
  std::string name;
};
Person read_person(const Statement& row) {
  return {row.integer(0), row.text(1)};
}

class SelectTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(tables.execute(
        "CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT, at INTEGER, is_good INTEGER)"));
    for (const char* name : {"Ann", "Ben", "Cid"}) {
      ASSERT_TRUE(run(tables, "INSERT INTO person(name, at, is_good) VALUES(?1, ?2, ?3)",
                      {name, base::from_millis(7), true}));
    }
  }
  std::vector<std::string> names(const std::string& order, std::int64_t page) {
    const auto found = read_page(
        tables, {"id, name", "FROM person WHERE is_good = ?1", order, {1}, page, 2}, read_person);
    EXPECT_TRUE(found) << found.error().detail;
    EXPECT_EQ(found->count, 3);
    std::vector<std::string> all;
    for (const Person& person : found->rows) all.push_back(person.name);
    return all;
  }

  platform::TempFolder temp;
  Connection tables = *Connection::open(temp / "x.db", OpenMode::kReadWriteCreate);
};

TEST_F(SelectTest, BindsWhatStoresHold) {
  const std::optional<std::string> none;
  const std::optional<std::string> some = "Ann";
  const auto number = [&](std::string_view sql, const Values& values) {
    return first_number(select(tables, sql, values)).value();
  };
  EXPECT_EQ(number("SELECT id FROM person WHERE name = ?1", {some}), 1);
  EXPECT_EQ(number("SELECT ?1 IS NULL", {none}), 1);
  EXPECT_EQ(number("SELECT ?1", {true}), 1);
  EXPECT_EQ(number("SELECT ?1 + ?2", {40, std::int64_t{2}}), 42);
  EXPECT_EQ(number("SELECT ?1", {base::from_millis(1234)}), 1234);
  EXPECT_EQ(number("SELECT length(?1)", {std::string_view{}}), 0);
  EXPECT_EQ(number("SELECT ?1", {std::optional<base::Instant>{}}), std::nullopt);
}

TEST_F(SelectTest, GivesTheFirstRowOrAllOrWhetherThereIsOne) {
  const auto first =
      first_row(select(tables, "SELECT id, name FROM person WHERE id = ?1", {2}), read_person);
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->name, "Ben");
  EXPECT_FALSE(*first_row(select(tables, "SELECT id, name FROM person WHERE id = 9"), read_person));
  EXPECT_EQ(all_rows(select(tables, "SELECT name FROM person"), read_text)->size(), 3U);
  EXPECT_TRUE(*has_row(select(tables, "SELECT 1 FROM person")));
  EXPECT_FALSE(*has_row(select(tables, "SELECT 1 FROM person WHERE id > 3")));
  EXPECT_EQ(*count(select(tables, "SELECT count(*) FROM person")), 3);
  EXPECT_EQ(*first_instant(select(tables, "SELECT max(at) FROM person")), base::from_millis(7));
  EXPECT_EQ(*first_instant(select(tables, "SELECT max(at) FROM person WHERE id > 3")),
            std::nullopt);
}

TEST_F(SelectTest, PassesOnWhatAReaderRefusesAndWhatSqliteDoes) {
  const auto refuse = [](const Statement&) -> base::Result<Person> {
    return base::fail(base::Code::kCorrupt, "no person");
  };
  EXPECT_EQ(all_rows(select(tables, "SELECT id FROM person"), refuse).error().code,
            base::Code::kCorrupt);
  EXPECT_EQ(first_row(select(tables, "SELECT id FROM person"), refuse).error().code,
            base::Code::kCorrupt);
  EXPECT_FALSE(all_rows(select(tables, "SELECT nothing FROM nowhere"), read_person));
  EXPECT_FALSE(first_number(select(tables, "SELECT 1", {1})));
  EXPECT_FALSE(run(tables, "DELETE FROM nowhere"));
}

TEST_F(SelectTest, PagesHaveTheirRowsAndTheCountOfAll) {
  EXPECT_EQ(names("id", 1), (std::vector<std::string>{"Ann", "Ben"}));
  EXPECT_EQ(names("id", 2), std::vector<std::string>{"Cid"});
  EXPECT_EQ(names("name DESC", 1), (std::vector<std::string>{"Cid", "Ben"}));
  EXPECT_EQ(names("id", 3), std::vector<std::string>{});
}

}  // namespace
}  // namespace rekey::storage
