#include "rotation/plan/covered.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace rekey::rotation {
namespace {

// However it was spelled in the inventory.
std::string without_links(const std::string& path) {
  std::error_code failure;
  const auto canonical = std::filesystem::weakly_canonical(path, failure);
  return failure ? path : canonical.string();
}

bool is_at_or_below(const std::string& path, std::string folder) {
  if (path == folder) return true;
  if (!folder.ends_with('/')) folder += '/';
  return path.starts_with(folder);
}

}  // namespace

std::vector<std::unique_ptr<SinkReader>> sinks_of(const Inventory& inventory,
                                                  ReaderDrivers& drivers) {
  std::vector<std::unique_ptr<SinkReader>> sinks;
  for (const Consumer& consumer : inventory.consumers) {
    if (consumer.is_by_hand) continue;
    for (const DriverSpec& spec : consumer.sinks) {
      auto sink = drivers.sink_reader(spec);
      if (sink) sinks.push_back(*std::move(sink));
    }
  }
  return sinks;
}

const NotConsumer* find_not_consumer(const std::vector<NotConsumer>& known,
                                     const FoundPlace& place) {
  const auto found = std::find_if(known.begin(), known.end(), [&](const NotConsumer& one) {
    return is_at_or_below(place.path, without_links(one.path));
  });
  return found == known.end() ? nullptr : &*found;
}

SortedPlaces sort_places(std::vector<FoundPlace> places,
                         const std::vector<NotConsumer>& not_consumers,
                         const std::vector<std::unique_ptr<SinkReader>>& sinks) {
  SortedPlaces sorted;
  std::vector<bool> is_needed(not_consumers.size());
  for (FoundPlace& place : places) {
    if (place.is_exposed) {
      sorted.exposed.push_back(std::move(place));
      continue;
    }
    const bool is_covered = std::any_of(sinks.begin(), sinks.end(),
                                        [&](const auto& sink) { return sink->is_at(place); });
    if (is_covered) continue;
    const NotConsumer* known = find_not_consumer(not_consumers, place);
    if (known == nullptr) {
      sorted.uncovered.push_back(std::move(place));
      continue;
    }
    is_needed[static_cast<std::size_t>(known - not_consumers.data())] = true;
    sorted.let_be.push_back(std::move(place));
  }
  for (std::size_t i = 0; i < not_consumers.size(); ++i) {
    if (is_needed[i]) sorted.needed.push_back(not_consumers[i]);
  }
  return sorted;
}

}  // namespace rekey::rotation
