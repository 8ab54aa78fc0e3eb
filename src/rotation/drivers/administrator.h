// The person at the controls, for what no API does: somebody who reads a card, clicks in a vendor's
// pages, and brings a value back. cli/ owns the real one.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace rekey::rotation {

// One task for a person. Holds no value; every text is a sentence or a name without line ends.
struct Card {
  std::string title;                                       // "Generate a new client secret"
  std::string why;                                         // what it is for, and what comes after
  std::vector<std::pair<std::string, std::string>> facts;  // what to see: {"Package", "Order sync"}
  std::vector<std::string> steps;                          // in order
  std::vector<std::string> stops;                          // when not to go on
  std::string way_back;                                    // what to do after a mistake
};

// A value that a person is asked for: for what, and who judges it.
struct ValueRequest {
  Card card;
  std::string client_id;             // whose secret it will be
  std::string run_id;                // the run that asks
  std::vector<std::size_t> lengths;  // that such a value may have
  std::string characters;            // that it may hold
  // The detail of a refusal is for the person. Any thread, one at a time, until take_value returns.
  std::function<base::Status(const base::Secret&)> check;
};

class Administrator {
 public:
  virtual ~Administrator() = default;
  // Shows the card and takes the value that the person brings. What `check` refuses is told and
  // asked for again. kNeedsPerson if there is nobody, or he goes away; the detail says how to go
  // on.
  [[nodiscard]] virtual base::Result<base::Secret> take_value(const ValueRequest& request) = 0;
  // Shows a card whose task is done elsewhere. kNeedsPerson as above.
  [[nodiscard]] virtual base::Status show(const Card& card) = 0;
};

}  // namespace rekey::rotation
