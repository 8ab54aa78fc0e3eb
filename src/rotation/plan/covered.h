// Which of the places that hold a secret are covered: by a consumer's sink, or by the word of who
// answers for them. Pure, but that a sink looks into its file.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rotation/drivers/drivers.h"
#include "rotation/drivers/secret_search.h"
#include "rotation/inventory/inventory.h"

namespace rekey::rotation {

enum class Cover {
  kConsumer,  // it is the place of a consumer's sink
  kLetBe,     // an entry of not_consumers speaks of it
  kExposed,   // in the past of a repository alone
  kNone,
};
struct PlaceCover {
  Cover by = Cover::kNone;
  std::size_t entry = 0;  // of not_consumers, where it is kLetBe
};
[[nodiscard]] PlaceCover cover_of(const FoundPlace& place,
                                  const std::vector<NotConsumer>& not_consumers,
                                  const std::vector<std::unique_ptr<SinkReader>>& sinks);

struct SortedPlaces {
  std::vector<FoundPlace> uncovered;
  std::vector<FoundPlace> let_be;   // an entry of not_consumers speaks of them
  std::vector<FoundPlace> exposed;  // in the past of a repository alone
  std::vector<NotConsumer> needed;  // those entries, each once, in the inventory's order
};

// Why nothing can be found by an entry of not_consumers: nothing is at its path, or that is below
// none of the roots. Empty where something could.
[[nodiscard]] std::string_view why_idle(const NotConsumer& entry,
                                        const std::vector<std::string>& roots);
// Whose secrets were looked for. An entry is the whole file's: the tip of a branch that is not
// checked out may hold another integration's secret at a path where nothing is.
enum class IdleFor { kOneIntegration, kEveryIntegration };
// For people.
[[nodiscard]] std::string describe_idle(const NotConsumer& entry, std::string_view why,
                                        IdleFor whom);

// The sinks of every consumer that no person fills in; those that cannot be made are left out.
[[nodiscard]] std::vector<std::unique_ptr<SinkReader>> sinks_of(const Inventory& inventory,
                                                                ReaderDrivers& drivers);

[[nodiscard]] SortedPlaces sort_places(std::vector<FoundPlace> places,
                                       const std::vector<NotConsumer>& not_consumers,
                                       const std::vector<std::unique_ptr<SinkReader>>& sinks);

}  // namespace rekey::rotation
