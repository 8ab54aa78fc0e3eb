// What notices say, in words: one place, so that a mail, a chat and a calendar say the same.
//
// PURE. A text names what ends and when (the exact instant, and how far away it is as of `now`),
// what to do next, and whom to ask. It never holds a value: nothing here is ever given one.
#pragma once

#include <string>

#include "base/time.h"
#include "notice/message.h"

namespace rekey::notice {

// One line: "A secret of \"Payments\" ends in 29 days".
[[nodiscard]] std::string title_of(const Item& item, base::Instant now);
// The first item's title, "Alarm: " before it where it is one, and how many more there are.
[[nodiscard]] std::string title_of(const Message& message, base::Instant now);
// A sentence or a few: which secret, exactly when, and what is known.
[[nodiscard]] std::string text_of(const Item& item, base::Instant now);
// The item's own command, or the kind's.
[[nodiscard]] std::string command_of(const Item& item);

// The whole message for a mail: plain text, and an HTML document in one column with its styles
// inline, readable at a width of 360 pixels, that loads nothing.
[[nodiscard]] std::string mail_text(const Message& message, base::Instant now);
[[nodiscard]] std::string mail_html(const Message& message, base::Instant now);

}  // namespace rekey::notice
