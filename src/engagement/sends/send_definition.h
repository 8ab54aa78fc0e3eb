// Send definitions: which content goes out, with which options (contract section 4.6). Triggered
// and transactional sends share them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engagement/list_asked.h"
#include "storage/sqlite.h"

namespace rekey::engagement::sends {

enum class DefinitionStatus { kActive, kInactive, kDeleted };
// "Active", "Inactive", "Deleted".
[[nodiscard]] std::string_view name_of(DefinitionStatus status) noexcept;
// In any letter case.
[[nodiscard]] std::optional<DefinitionStatus> parse_definition_status(
    std::string_view text) noexcept;

struct SendDefinition {
  std::int64_t id = 0;
  std::int64_t business_unit = 0;
  std::string guid;
  std::string key;
  std::string name;
  std::string description;
  std::string classification = "Default Transactional";
  DefinitionStatus status = DefinitionStatus::kActive;
  std::string content_key;     // of an asset
  std::string list;            // the key of one; kept as it is given, also where none has it
  std::string data_extension;  // the key of one that gets a row for each message; may be empty
  bool adds_subscribers = true;
  bool updates_subscribers = true;
  bool tracks_links = true;
  std::vector<std::string> copies_to;         // addresses
  std::vector<std::string> hidden_copies_to;  // addresses
  std::string journey;                        // an interaction's key; kept as it is given
  base::Instant created_at{};
  base::Instant changed_at{};
};

// Of that business unit alone. By key, deleted ones do not count; by "key:KEY", by "id:GUID" or by
// GUID where that is meant. kNotFound.
[[nodiscard]] base::Result<SendDefinition> load_send_definition(storage::Connection& tables,
                                                                std::int64_t business_unit,
                                                                std::string_view key);
[[nodiscard]] base::Result<SendDefinition> load_referred_definition(storage::Connection& tables,
                                                                    std::int64_t business_unit,
                                                                    std::string_view reference);
// Deleted ones too.
[[nodiscard]] base::Result<SendDefinition> load_send_definition(storage::Connection& tables,
                                                                std::int64_t business_unit,
                                                                std::int64_t id);

// The key of one that sends to that list; nullopt where none does. Deleted ones do not count.
[[nodiscard]] base::Result<std::optional<std::string>> find_definition_of_list(
    storage::Connection& tables, std::int64_t business_unit, std::string_view list);

// One page, without their count. Deleted ones only where the filter asks for a status.
[[nodiscard]] base::Result<std::vector<SendDefinition>> list_send_definitions(
    storage::Connection& tables, const ListAsked& asked);
[[nodiscard]] const ListShape& send_definition_list();

// Gives its id. kAlreadyExists where the business unit has one with that key or name.
[[nodiscard]] base::Result<std::int64_t> insert_send_definition(storage::Connection& tables,
                                                                const SendDefinition& definition);
[[nodiscard]] base::Status save_send_definition(storage::Connection& tables,
                                                const SendDefinition& definition);

}  // namespace rekey::engagement::sends
