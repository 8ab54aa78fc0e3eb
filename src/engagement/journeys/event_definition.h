// Event definitions: what may start a journey, and the data extension that keeps what came with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "storage/select.h"

namespace rekey::engagement::journeys {

struct EventDefinition {
  std::int64_t id = 0;
  std::int64_t business_unit = 0;
  std::string guid;
  std::string key;
  std::string name;
  std::string data_extension;  // its id; empty: what comes with an event is kept with the journey
  std::string document;        // a JSON object, as it was given
  base::Instant created_at{};
  base::Instant changed_at{};
};

// By "key:KEY" or by id. kNotFound.
[[nodiscard]] base::Result<EventDefinition> load_event_definition(storage::Connection& tables,
                                                                  std::int64_t business_unit,
                                                                  std::string_view reference);
[[nodiscard]] base::Result<std::optional<EventDefinition>> find_event_definition(
    storage::Connection& tables, std::int64_t business_unit, std::string_view key);

using EventDefinitionPage = storage::Page<EventDefinition>;
// `name`: part of a name; empty for all. In the order of their creation.
[[nodiscard]] base::Result<EventDefinitionPage> list_event_definitions(storage::Connection& tables,
                                                                       std::int64_t business_unit,
                                                                       const std::string& name,
                                                                       std::int64_t page,
                                                                       std::int64_t size);

// Gives its id. kAlreadyExists where the business unit has one with that key.
[[nodiscard]] base::Result<std::int64_t> insert_event_definition(storage::Connection& tables,
                                                                 const EventDefinition& definition);
[[nodiscard]] base::Status save_event_definition(storage::Connection& tables,
                                                 const EventDefinition& definition);
[[nodiscard]] base::Status delete_event_definition(storage::Connection& tables,
                                                   const EventDefinition& definition);

// How many journeys begin with it: all, and those that are published or paused.
struct EventUse {
  std::int64_t journeys = 0;
  std::int64_t published = 0;
};
[[nodiscard]] base::Result<EventUse> use_of(storage::Connection& tables,
                                            const EventDefinition& definition);

}  // namespace rekey::engagement::journeys
