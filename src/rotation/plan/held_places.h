// What the places of an integration's consumers hold now, without asking the issuer. Reads only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/secret.h"
#include "rotation/drivers/drivers.h"
#include "rotation/inventory/inventory.h"

namespace rekey::rotation {

enum class Holding {
  kCurrent,  // what most of them hold; of two, what the first does
  kOther,    // another value
  kNothing,  // the file, or its key, is not there
  kUnread,   // whether it is there cannot be told
  kByHand,   // only a person can read it
};

struct HeldPlace {
  std::string consumer;
  std::string place;  // for people
  Holding holding = Holding::kUnread;
  std::string why{};  // of kNothing and kUnread
};

struct HeldPlaces {
  std::vector<HeldPlace> places;                   // consumer by consumer, sink by sink
  std::vector<base::Secret> values;                // each once, the current one first
  std::vector<std::unique_ptr<SinkReader>> sinks;  // those that no person fills in
};

[[nodiscard]] HeldPlaces read_places(const Inventory& inventory, ReaderDrivers& drivers);

}  // namespace rekey::rotation
