// What sending needs of HTML: its links, a place at its end, and its text. Pure; takes any text,
// well formed or not.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace rekey::engagement::sends {

// Given the URL of an <a> or <area> (its character references resolved), the one to put in its
// place; nullopt leaves it.
using ReplaceUrl = std::function<std::optional<std::string>(std::string_view url)>;
[[nodiscard]] std::string replace_links(std::string_view html, const ReplaceUrl& replace);

// `piece` after the first <body>, or at the beginning; before the last </body>, or at the end.
[[nodiscard]] std::string prepend_to_body(std::string_view html, std::string_view piece);
[[nodiscard]] std::string append_to_body(std::string_view html, std::string_view piece);

// The same content for readers of plain text: without tags, styles, scripts and comments, a line
// for each block, links as "text (URL)".
[[nodiscard]] std::string text_of_html(std::string_view html);

}  // namespace rekey::engagement::sends
