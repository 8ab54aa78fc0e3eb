// Lists of subscribers: each has a key and a name within its business unit, and members, each with
// a status of its own there.
//
// "All Subscribers" (ID 1) has everybody, with the subscriber's own status: it is no row, and
// cannot be changed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "engagement/contacts/subscriber.h"
#include "storage/sqlite.h"

namespace rekey::engagement::contacts {

inline constexpr std::int64_t kAllSubscribers = 1;  // the id of that list, in every business unit

struct List {
  std::int64_t id = 0;
  std::int64_t business_unit = 0;
  std::string guid;
  std::string key;
  std::string name;
  std::string description;
  std::string type = "Private";
  std::string classification = "ExactTargetList";
  std::int64_t category = 0;  // a folder's number; kept as it is given
  base::Instant created_at{};
  base::Instant changed_at{};
};

// Brings the tables `subscriber_list` and `list_member` to this program's version. The table of
// contacts must be there.
[[nodiscard]] base::Status prepare_list_schema(storage::Connection& connection);

// Of that business unit alone; nullopt where it has none, and for All Subscribers.
[[nodiscard]] base::Result<std::optional<List>> find_list(storage::Connection& tables,
                                                          std::int64_t business_unit,
                                                          std::int64_t id);
[[nodiscard]] base::Result<std::optional<List>> find_list_by_key(storage::Connection& tables,
                                                                 std::int64_t business_unit,
                                                                 std::string_view key);
[[nodiscard]] base::Result<std::optional<List>> find_list_by_guid(storage::Connection& tables,
                                                                  std::int64_t business_unit,
                                                                  std::string_view guid);

// Gives its id. kAlreadyExists where the business unit has one with that key or name.
[[nodiscard]] base::Result<std::int64_t> insert_list(storage::Connection& tables, const List& list);
[[nodiscard]] base::Status save_list(storage::Connection& tables, const List& list);
// Its members stay as contacts.
[[nodiscard]] base::Status delete_list(storage::Connection& tables, const List& list);

// nullopt where the contact is not on it.
[[nodiscard]] base::Result<std::optional<SubscriberStatus>> find_membership(
    storage::Connection& tables, std::int64_t list_id, std::int64_t contact_id);
[[nodiscard]] base::Status save_membership(storage::Connection& tables, std::int64_t list_id,
                                           std::int64_t contact_id, SubscriberStatus status,
                                           base::Instant now);
[[nodiscard]] base::Status delete_membership(storage::Connection& tables, std::int64_t list_id,
                                             std::int64_t contact_id);

}  // namespace rekey::engagement::contacts
