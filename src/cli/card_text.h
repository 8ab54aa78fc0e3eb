// What a person is asked to do (rotation::Card), as it is read.
#pragma once

#include <cstddef>
#include <string>

#include "intake/card_page.h"
#include "rotation/drivers/administrator.h"

namespace rekey::cli {

// For a terminal of `columns`.
[[nodiscard]] std::string to_terminal_text(const rotation::Card& card, std::size_t columns);
// For a ticket.
[[nodiscard]] std::string to_markdown(const rotation::Card& card);
// For the intake page, and for a page of its own (intake::card_page).
[[nodiscard]] intake::Card to_page_card(const rotation::Card& card);

}  // namespace rekey::cli
