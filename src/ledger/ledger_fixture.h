// A ledger of its own, for the tests of this room, on each engine that there is.
#pragma once

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "platform/temp_folder.h"

namespace rekey::ledger {

inline constexpr base::Instant kStart = base::from_millis(1'795'478'400'000);  // 2026-11-24

// A storage engine under the ledger: what it is called, and how an empty one is opened in a folder.
struct Engine {
  std::string name;
  storage::Connection (*open)(const std::string& folder);
};

class LedgerFixture : public ::testing::Test {
 protected:
  explicit LedgerFixture(storage::Connection (*open_engine)(const std::string&) = open_sqlite)
      : connection(open_engine(folder.path())) {
    must(prepare_schema(connection));
  }

  static void must(const base::Status& status) {
    if (!status) throw std::runtime_error(status.error().detail);
  }
  template <typename T>
  static T must(base::Result<T> result) {
    if (!result) throw std::runtime_error(result.error().detail);
    return *std::move(result);
  }

  static NewEvent event(const std::string& type, const std::string& body,
                        base::Duration after_start = base::Duration(0)) {
    return {.type = type, .body = body, .actor = "admin/1", .at = kStart + after_start};
  }

  base::Result<std::int64_t> try_append(const StreamName& stream, std::int64_t expected_version,
                                        const std::vector<NewEvent>& events) {
    base::Result<std::int64_t> position = 0;
    const auto status = connection.in_transaction([&]() -> base::Status {
      position = append(connection, stream, expected_version, events);
      if (!position) return tl::unexpected<base::Error>(position.error());
      return {};
    });
    if (!status) return tl::unexpected<base::Error>(status.error());
    return position;
  }

  std::optional<Checkpoint> seal(base::Instant now = kStart) { return seal_with(key, now); }
  std::optional<Checkpoint> seal_with(const crypto::SigningKey& signing_key, base::Instant now) {
    std::optional<Checkpoint> sealed;
    must(connection.in_transaction([&]() -> base::Status {
      REKEY_TRY(sealed, seal_checkpoint(connection, signing_key, now));
      return {};
    }));
    return sealed;
  }

  static storage::Connection open(const std::string& path) {
    return must(storage::Connection::open(path, storage::OpenMode::kReadWriteCreate));
  }

  static storage::Connection open_sqlite(const std::string& folder) {
    return open(folder + "/rekey.db");
  }

  platform::TempFolder folder;
  std::string path = folder / "rekey.db";
  storage::Connection connection;
  crypto::SigningKey key{base::Secret(std::string(32, 'k'))};
};

}  // namespace rekey::ledger
