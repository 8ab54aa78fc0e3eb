#include "rotation/plan/covered.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "platform/canonical_path.h"

namespace rekey::rotation {
namespace {

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

PlaceCover cover_of(const FoundPlace& place, const std::vector<NotConsumer>& not_consumers,
                    const std::vector<std::unique_ptr<SinkReader>>& sinks) {
  if (place.is_exposed) return {Cover::kExposed};
  const bool is_covered =
      std::any_of(sinks.begin(), sinks.end(), [&](const auto& sink) { return sink->is_at(place); });
  if (is_covered) return {Cover::kConsumer};
  const auto known =
      std::find_if(not_consumers.begin(), not_consumers.end(), [&](const NotConsumer& one) {
        // However it was spelled in the inventory.
        return is_at_or_below(place.path, platform::without_links(one.path));
      });
  if (known == not_consumers.end()) return {Cover::kNone};
  return {Cover::kLetBe, static_cast<std::size_t>(known - not_consumers.begin())};
}

std::string_view why_idle(const NotConsumer& entry, const std::vector<std::string>& roots) {
  std::error_code failure;
  const std::string path = platform::without_links(entry.path);
  if (!std::filesystem::exists(path, failure)) return "nothing is there";
  const bool is_looked_at = std::any_of(roots.begin(), roots.end(), [&](const std::string& root) {
    const std::string folder = platform::without_links(root);
    return is_at_or_below(path, folder) || is_at_or_below(folder, path);
  });
  return is_looked_at ? "" : "it lies below none of the roots";
}

std::string describe_idle(const NotConsumer& entry, std::string_view why, IdleFor whom) {
  const bool is_one = whom == IdleFor::kOneIntegration;
  return fmt::format(
      "discovery: the entry {} of not_consumers lets nothing be{}: {}; mend its path, or take the "
      "entry out{}",
      entry.path, is_one ? " for this integration" : "", why,
      is_one ? ", unless another integration needs it" : "");
}

SortedPlaces sort_places(std::vector<FoundPlace> places,
                         const std::vector<NotConsumer>& not_consumers,
                         const std::vector<std::unique_ptr<SinkReader>>& sinks) {
  SortedPlaces sorted;
  std::vector<bool> is_needed(not_consumers.size());
  for (FoundPlace& place : places) {
    const PlaceCover cover = cover_of(place, not_consumers, sinks);
    switch (cover.by) {
      case Cover::kConsumer:
        break;
      case Cover::kLetBe:
        is_needed[cover.entry] = true;
        sorted.let_be.push_back(std::move(place));
        break;
      case Cover::kExposed:
        sorted.exposed.push_back(std::move(place));
        break;
      case Cover::kNone:
        sorted.uncovered.push_back(std::move(place));
        break;
    }
  }
  for (std::size_t i = 0; i < not_consumers.size(); ++i) {
    if (is_needed[i]) sorted.needed.push_back(not_consumers[i]);
  }
  return sorted;
}

}  // namespace rekey::rotation
