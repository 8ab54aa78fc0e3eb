// Which of the places that hold a secret are covered: by a consumer's sink, or by the word of who
// answers for them. Pure, but that a sink looks into its file.
#pragma once

#include <memory>
#include <vector>

#include "rotation/drivers/drivers.h"
#include "rotation/drivers/secret_search.h"
#include "rotation/inventory/inventory.h"

namespace rekey::rotation {

struct SortedPlaces {
  std::vector<FoundPlace> uncovered;
  std::vector<FoundPlace> let_be;   // an entry of not_consumers speaks of them
  std::vector<FoundPlace> exposed;  // in the past of a repository alone
  std::vector<NotConsumer> needed;  // those entries, each once, in the inventory's order
};

// The sinks of every consumer that no person fills in; those that cannot be made are left out.
[[nodiscard]] std::vector<std::unique_ptr<SinkReader>> sinks_of(const Inventory& inventory,
                                                                ReaderDrivers& drivers);

// The entry that speaks of a place; nullptr where none does.
[[nodiscard]] const NotConsumer* find_not_consumer(const std::vector<NotConsumer>& known,
                                                   const FoundPlace& place);

[[nodiscard]] SortedPlaces sort_places(std::vector<FoundPlace> places,
                                       const std::vector<NotConsumer>& not_consumers,
                                       const std::vector<std::unique_ptr<SinkReader>>& sinks);

}  // namespace rekey::rotation
