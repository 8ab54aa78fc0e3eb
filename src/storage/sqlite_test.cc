#include "storage/sqlite.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "platform/files.h"
#include "platform/temp_folder.h"

namespace rekey::storage {
namespace {

using base::Code;

class SqliteTest : public ::testing::Test {
 protected:
  Connection open(OpenMode mode = OpenMode::kReadWriteCreate) {
    auto connection = Connection::open(path, mode);
    if (!connection) throw std::runtime_error(connection.error().detail);
    return *std::move(connection);
  }
  static void must(const base::Status& status) {
    if (!status) throw std::runtime_error(status.error().detail);
  }
  static std::int64_t number(Connection& connection, std::string_view sql) {
    auto statement = connection.prepare(sql);
    if (!statement) throw std::runtime_error(statement.error().detail);
    const auto has_row = statement->step();
    if (!has_row || !*has_row) throw std::runtime_error("no row");
    return statement->integer(0);
  }
  static std::string word(Connection& connection, std::string_view sql) {
    auto statement = connection.prepare(sql);
    return statement && statement->step().value_or(false) ? statement->text(0) : "no row";
  }

  platform::TempFolder folder;
  std::string path = folder / "rekey.db";
};

constexpr std::string_view kTable =
    "CREATE TABLE t(id INTEGER PRIMARY KEY, word TEXT UNIQUE, bytes BLOB) STRICT";

TEST_F(SqliteTest, ANewDatabaseIsDurableAndPrivate) {
  auto connection = open();
  must(connection.execute(kTable));
  EXPECT_EQ(word(connection, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(number(connection, "PRAGMA synchronous"), 2);
  EXPECT_EQ(number(connection, "PRAGMA foreign_keys"), 1);
  EXPECT_EQ(number(connection, "PRAGMA trusted_schema"), 0);
  platform::SystemFiles files;
  for (const std::string suffix : {"", "-wal", "-shm"}) {
    EXPECT_EQ(files.facts(path + suffix)->mode, 0600U) << suffix;
  }
}

TEST_F(SqliteTest, ValuesComeBackAsTheyWere) {
  auto connection = open();
  must(connection.execute(kTable));
  const std::string text("a\0b'\n\xc3\xa4", 7);
  const std::vector<std::uint8_t> bytes{0, 255, 7};
  {
    auto insert = *connection.prepare("INSERT INTO t VALUES(?1, ?2, ?3)");
    must(insert.bind(1, INT64_MIN).bind(2, text).bind_blob(3, bytes).run());
    EXPECT_EQ(connection.last_insert_id(), INT64_MIN);
    EXPECT_EQ(connection.changes(), 1);
    must(insert.bind(1, std::optional<std::int64_t>(5)).bind(2, "").bind_blob(3, {}).run());
    must(insert.bind(1, std::optional<std::int64_t>()).bind_null(2).bind_null(3).run());
  }
  auto rows = *connection.prepare("SELECT id, word, bytes, word IS NULL FROM t ORDER BY id");
  ASSERT_TRUE(rows.step().value());
  EXPECT_EQ(rows.integer(0), INT64_MIN);
  EXPECT_EQ(rows.text(1), text);
  EXPECT_EQ(rows.blob(2), bytes);
  ASSERT_TRUE(rows.step().value());
  EXPECT_EQ(rows.optional_integer(0), 5);
  EXPECT_EQ(rows.text(1), "");
  EXPECT_EQ(rows.integer(3), 0) << "an empty text is not NULL";
  ASSERT_TRUE(rows.step().value());
  EXPECT_EQ(rows.optional_integer(1), std::nullopt);
  EXPECT_FALSE(rows.step().value());
}

TEST_F(SqliteTest, APreparedStatementForgetsItsValuesBetweenUses) {
  auto connection = open();
  must(connection.execute(kTable));
  must(connection.prepare("INSERT INTO t(word) VALUES(?1)")->bind(1, "kept").run());
  must(connection.prepare("INSERT INTO t(word) VALUES(?1)")->run());
  EXPECT_EQ(number(connection, "SELECT count(*) FROM t WHERE word IS NULL"), 1);
}

TEST_F(SqliteTest, OneTextCanBeInUseTwice) {
  auto connection = open();
  must(connection.execute(kTable));
  must(connection.execute("INSERT INTO t(id) VALUES(1),(2)"));
  auto outer = *connection.prepare("SELECT id FROM t ORDER BY id");
  int pairs = 0;
  while (outer.step().value()) {
    auto inner = *connection.prepare("SELECT id FROM t ORDER BY id");
    while (inner.step().value()) ++pairs;
  }
  EXPECT_EQ(pairs, 4);
}

TEST_F(SqliteTest, ManyDifferentStatementsDoNotPileUp) {
  auto connection = open();
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(number(connection, "SELECT " + std::to_string(i)), i);
  }
}

TEST_F(SqliteTest, AWrongBindIsToldByTheNextStep) {
  auto connection = open();
  auto statement = *connection.prepare("SELECT ?1");
  EXPECT_EQ(statement.bind(2, std::int64_t{1}).step().error().code, Code::kInternal);
}

TEST_F(SqliteTest, AUniqueConstraintIsAlreadyExistsAndNamesNoValue) {
  auto connection = open();
  must(connection.execute(kTable));
  must(connection.execute("INSERT INTO t VALUES(1, 'canary', NULL)"));
  const auto status = connection.execute("INSERT INTO t VALUES(2, 'canary', NULL)");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kAlreadyExists);
  EXPECT_EQ(status.error().detail.find("canary"), std::string::npos);
  EXPECT_EQ(connection.execute("INSERT INTO t(id) VALUES(1)").error().code, Code::kAlreadyExists);
}

TEST_F(SqliteTest, AFailedTransactionLeavesNothing) {
  auto connection = open();
  must(connection.execute(kTable));
  const auto status = connection.in_transaction([&]() -> base::Status {
    REKEY_CHECK(connection.execute("INSERT INTO t(id) VALUES(1)"));
    return base::fail(Code::kRefused, "no");
  });
  EXPECT_EQ(status.error().code, Code::kRefused);
  EXPECT_FALSE(connection.is_in_transaction());
  EXPECT_EQ(number(connection, "SELECT count(*) FROM t"), 0);
}

TEST_F(SqliteTest, AnExceptionRollsBackToo) {
  auto connection = open();
  must(connection.execute(kTable));
  EXPECT_THROW(static_cast<void>(connection.in_transaction([&]() -> base::Status {
                 must(connection.execute("INSERT INTO t(id) VALUES(1)"));
                 throw std::runtime_error("thrown");
               })),
               std::runtime_error);
  EXPECT_EQ(number(connection, "SELECT count(*) FROM t"), 0);
}

TEST_F(SqliteTest, AFailedSavepointLeavesTheRestOfItsTransaction) {
  auto connection = open();
  must(connection.execute(kTable));
  must(connection.in_transaction([&]() -> base::Status {
    REKEY_CHECK(connection.execute("INSERT INTO t(id) VALUES(1)"));
    const auto inner = connection.in_savepoint([&]() -> base::Status {
      REKEY_CHECK(connection.execute("INSERT INTO t(id) VALUES(2)"));
      return base::fail(Code::kRefused, "no");
    });
    EXPECT_FALSE(inner);
    return connection.in_savepoint(
        [&] { return connection.execute("INSERT INTO t(id) VALUES(3)"); });
  }));
  EXPECT_EQ(number(connection, "SELECT sum(id) FROM t"), 4);
}

TEST_F(SqliteTest, ASecondWriterIsToldToTryAgain) {
  auto first = open();
  auto second = open();
  must(second.execute("PRAGMA busy_timeout=1"));
  must(first.in_transaction([&]() -> base::Status {
    const auto refused = second.in_transaction([]() -> base::Status { return {}; });
    EXPECT_EQ(refused.error().code, Code::kUnavailable);
    return {};
  }));
  EXPECT_TRUE(second.in_transaction([]() -> base::Status { return {}; }));
}

TEST_F(SqliteTest, AReaderBesideALiveWriterSeesItsCommitsAndCannotWrite) {
  auto writer = open();
  must(writer.execute(kTable));
  auto reader = open(OpenMode::kReadOnly);
  must(writer.execute("INSERT INTO t(id) VALUES(1)"));
  EXPECT_EQ(number(reader, "SELECT count(*) FROM t"), 1);
  const auto refused = reader.execute("INSERT INTO t(id) VALUES(2)");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kIo);
  EXPECT_NE(refused.error().detail.find("permission"), std::string::npos);
}

TEST_F(SqliteTest, AReaderCanOpenADatabaseThatNobodyHasOpen) {
  must(open().execute(kTable));
  auto reader = open(OpenMode::kReadOnly);
  EXPECT_EQ(number(reader, "SELECT count(*) FROM t"), 0);
}

TEST_F(SqliteTest, ASnapshotDoesNotMoveWhileOthersWrite) {
  auto writer = open();
  must(writer.execute(kTable));
  auto reader = open(OpenMode::kReadOnly);
  must(reader.in_snapshot([&]() -> base::Status {
    EXPECT_EQ(number(reader, "SELECT count(*) FROM t"), 0);
    REKEY_CHECK(writer.execute("INSERT INTO t(id) VALUES(1)"));
    return reader.in_snapshot([&]() -> base::Status {
      EXPECT_EQ(number(reader, "SELECT count(*) FROM t"), 0);
      return {};
    });
  }));
  EXPECT_EQ(number(reader, "SELECT count(*) FROM t"), 1);
}

TEST_F(SqliteTest, AFullDiskIsSaidAndLosesNothing) {
  auto connection = open();
  must(connection.execute(kTable));
  must(connection.execute("INSERT INTO t(id) VALUES(1); PRAGMA max_page_count=10"));
  const auto status = connection.in_transaction(
      [&] { return connection.execute("INSERT INTO t(id, bytes) VALUES(2, zeroblob(1000000))"); });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kIo);
  EXPECT_NE(status.error().detail.find("free space"), std::string::npos);
  EXPECT_NE(status.error().detail.find(path), std::string::npos);
  EXPECT_EQ(number(connection, "SELECT count(*) FROM t"), 1);
  EXPECT_TRUE(connection.check_integrity());
}

TEST_F(SqliteTest, AMissingDatabaseIsNotFoundUnlessItMayBeCreated) {
  EXPECT_EQ(Connection::open(path, OpenMode::kReadWrite).error().code, Code::kNotFound);
  EXPECT_EQ(Connection::open(path, OpenMode::kReadOnly).error().code, Code::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(Connection::open(folder / "none/x.db", OpenMode::kReadWriteCreate).error().code,
            Code::kNotFound);
}

TEST_F(SqliteTest, AFileThatIsNoDatabaseIsCorruptAndLeftAsItIs) {
  const std::string content(5000, 'x');
  std::ofstream(path) << content;
  for (const auto mode : {OpenMode::kReadWriteCreate, OpenMode::kReadOnly}) {
    EXPECT_EQ(Connection::open(path, mode).error().code, Code::kCorrupt);
  }
  EXPECT_EQ(platform::SystemFiles().read(path, 10000)->reveal(), content);
}

TEST_F(SqliteTest, ADamagedPageIsFoundByTheIntegrityCheck) {
  {
    auto connection = open();
    must(connection.execute(kTable));
    must(connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 2000)"
        "INSERT INTO t SELECT i, 'word ' || i, zeroblob(50) FROM n"));
    EXPECT_TRUE(connection.check_integrity());
  }
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096 * 5);
  file << std::string(4096 * 3, '\x5a');
  file.close();
  const auto status = open().check_integrity();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kCorrupt);
  EXPECT_NE(status.error().detail.find("backup"), std::string::npos);
}

TEST_F(SqliteTest, ABackupOfALiveDatabaseIsWholePrivateAndNeverOverwritesAFile) {
  auto connection = open();
  must(connection.execute(kTable));
  must(connection.execute("INSERT INTO t(id) VALUES(1)"));
  const std::string copy = folder / "copy.db";
  must(connection.back_up_to(copy));
  EXPECT_EQ(connection.back_up_to(copy).error().code, Code::kAlreadyExists);
  EXPECT_EQ(platform::SystemFiles().facts(copy)->mode, 0600U);
  must(connection.execute("INSERT INTO t(id) VALUES(2)"));
  auto restored = Connection::open(copy, OpenMode::kReadWrite);
  ASSERT_TRUE(restored) << restored.error().detail;
  EXPECT_EQ(number(*restored, "SELECT count(*) FROM t"), 1);
  EXPECT_TRUE(restored->check_integrity());
}

constexpr std::array kSteps{
    Migration{1, "CREATE TABLE a(id INTEGER PRIMARY KEY) STRICT; INSERT INTO a VALUES(1)"},
    Migration{2, "ALTER TABLE a ADD COLUMN word TEXT NOT NULL DEFAULT 'filled'"},
    Migration{3, "CREATE TABLE b(id INTEGER PRIMARY KEY) STRICT"}};

TEST_F(SqliteTest, MigrationsRunFromEveryVersionOnAndOnlyOnce) {
  for (std::size_t from = 0; from <= kSteps.size(); ++from) {
    path = folder / ("from-" + std::to_string(from) + ".db");
    auto connection = open();
    must(migrate(connection, "room", std::span(kSteps).first(from)));
    EXPECT_EQ(schema_version(connection, "room").value(), static_cast<int>(from));
    must(migrate(connection, "room", kSteps));
    must(migrate(connection, "room", kSteps));
    EXPECT_EQ(schema_version(connection, "room").value(), 3);
    EXPECT_EQ(word(connection, "SELECT word FROM a"), "filled");
  }
}

TEST_F(SqliteTest, ComponentsNumberTheirOwnMigrations) {
  constexpr std::array kOther{Migration{1, "CREATE TABLE c(id INTEGER PRIMARY KEY) STRICT"}};
  auto connection = open();
  must(migrate(connection, "room", kSteps));
  must(migrate(connection, "other", kOther));
  EXPECT_EQ(schema_version(connection, "room").value(), 3);
  EXPECT_EQ(schema_version(connection, "other").value(), 1);
  EXPECT_EQ(schema_version(connection, "none").value(), 0);
}

TEST_F(SqliteTest, ANewerSchemaIsRefusedWithBothNumbers) {
  auto connection = open();
  must(migrate(connection, "room", kSteps));
  const auto status = migrate(connection, "room", std::span(kSteps).first(2));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kUnsupported);
  EXPECT_NE(status.error().detail.find("version 3"), std::string::npos);
  EXPECT_NE(status.error().detail.find("version 2"), std::string::npos);
  EXPECT_EQ(schema_version(connection, "room").value(), 3);
}

TEST_F(SqliteTest, AFailedMigrationLeavesTheVersionBeforeIt) {
  constexpr std::array kBroken{
      kSteps[0], Migration{2, "CREATE TABLE b(id INTEGER) STRICT; SELECT * FROM none"}};
  auto connection = open();
  const auto status = migrate(connection, "room", kBroken);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().detail.find("version 2"), std::string::npos);
  EXPECT_EQ(schema_version(connection, "room").value(), 1);
  EXPECT_EQ(number(connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
}

}  // namespace
}  // namespace rekey::storage
