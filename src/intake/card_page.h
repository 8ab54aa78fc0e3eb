// A task for a person as a page: by itself to be read on a phone or printed, and as a part of the
// intake page.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace rekey::intake {

// Plain text: it is escaped here.
struct Card {
  std::string title;                                       // "Generate a new client secret"
  std::string why;                                         // what it is for
  std::vector<std::pair<std::string, std::string>> facts;  // what to see: "Package" -> "Order sync"
  std::vector<std::string> steps;                          // in order
  std::vector<std::string> stops;                          // when not to go on
  std::string way_back;                                    // what to do after a mistake
};

// A whole page that loads nothing and has no script; its policy is in it.
[[nodiscard]] std::string card_page(const Card& card);

}  // namespace rekey::intake
