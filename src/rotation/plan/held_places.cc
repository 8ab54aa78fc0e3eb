#include "rotation/plan/held_places.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "rotation/drivers/program_words.h"

namespace rekey::rotation {
namespace {

// By value, in the order in which they were met.
struct Held {
  base::Secret value;
  std::size_t holders = 0;
};

// Which of `held` it is, counted.
std::size_t count_in(std::vector<Held>& held, base::Secret value) {
  auto known =
      std::find_if(held.begin(), held.end(), [&](const Held& one) { return one.value == value; });
  if (known == held.end()) known = held.insert(held.end(), Held{std::move(value), 0});
  ++known->holders;
  return static_cast<std::size_t>(known - held.begin());
}

void note_failure(HeldPlace& place, const base::Error& error) {
  place.holding = error.code == base::Code::kNotFound ? Holding::kNothing : Holding::kUnread;
  place.why = error.detail;
}

class Reading {
 public:
  explicit Reading(ReaderDrivers& drivers) : drivers_(drivers) {}

  void read(const Consumer& consumer, const DriverSpec& spec) {
    HeldPlace& place = result_.places.emplace_back(HeldPlace{consumer.name, spec.location});
    which_.emplace_back();
    if (consumer.is_by_hand) {
      place.holding = Holding::kByHand;
      return;
    }
    auto sink = drivers_.sink_reader(spec);
    if (!sink) return note_failure(place, sink.error());
    place.place = (*sink)->describe();
    auto content = (*sink)->read();
    result_.sinks.push_back(*std::move(sink));
    if (!content) return note_failure(place, content.error());
    if (content->value.is_empty()) {
      place.holding = Holding::kNothing;
      place.why = "the value there is empty";
      return;
    }
    which_.back() = count_in(held_, std::move(content->value));
  }

  [[nodiscard]] HeldPlaces take() {
    // The first of those that most hold.
    const auto most =
        std::max_element(held_.begin(), held_.end(),
                         [](const Held& a, const Held& b) { return a.holders < b.holders; });
    const auto current = static_cast<std::size_t>(most - held_.begin());
    for (std::size_t i = 0; i < which_.size(); ++i) {
      if (!which_[i]) continue;
      result_.places[i].holding = *which_[i] == current ? Holding::kCurrent : Holding::kOther;
    }
    if (most != held_.end()) std::rotate(held_.begin(), most, most + 1);
    for (Held& one : held_) result_.values.push_back(std::move(one.value));
    for (HeldPlace& place : result_.places) {
      place.why = without_values(std::move(place.why), result_.values);
    }
    return std::move(result_);
  }

 private:
  ReaderDrivers& drivers_;
  HeldPlaces result_;
  std::vector<Held> held_;
  std::vector<std::optional<std::size_t>> which_;  // of `held_`, by place
};

}  // namespace

HeldPlaces read_places(const Inventory& inventory, ReaderDrivers& drivers) {
  Reading reading(drivers);
  for (const Consumer& consumer : inventory.consumers) {
    for (const DriverSpec& spec : consumer.sinks) reading.read(consumer, spec);
  }
  return reading.take();
}

}  // namespace rekey::rotation
