// How results look: aligned tables, exact instants with a relative word beside them, colours only
// on a terminal, JSON as the server gave it.
//
// Whatever was typed into a name once, nothing hidden (base/printable.h) reaches the terminal: it
// is escaped, as \u{202E} in text and as \u202e in JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "cli/context.h"
#include "net/json.h"

namespace rekey::cli {

enum class Tone { kPlain, kGood, kWarning, kBad, kFaint };

struct Cell {
  std::string text;
  Tone tone = Tone::kPlain;
};

class Table {
 public:
  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  void print(const Context& context) const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<Cell>> rows_;
};

[[nodiscard]] std::string in_tone(const Context& context, std::string_view text, Tone tone);
// One line or several; of the hidden characters only the line ends and the colours of in_tone are
// kept.
[[nodiscard]] std::string printable(std::string_view text);
// Broken at spaces so that no line is longer than `width`, each after `indent` spaces and with a
// line end. A word that is longer stands alone; what stands between backticks is one word.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t indent, std::size_t width);
// With the context's target in every command (command_target.h).
void print_line(const Context& context, std::string_view text);
// A JSON document on one line.
void print_json(const Context& context, std::string_view json);

// "2027-03-29T00:00:00Z (in 12 days)"; "-" where there is none.
[[nodiscard]] std::string describe_instant(const net::JsonValue* instant, base::Instant now);

// The text of a string member, with nothing hidden in it, or "-".
[[nodiscard]] std::string text_or_dash(const net::JsonValue& object, std::string_view name);
// "a, b" from an array of strings; "-" where it is empty.
[[nodiscard]] std::string joined(const net::JsonValue* items, std::string_view separator = ", ");

// The document again, without the members named `hidden` at any depth. The result may hold values.
[[nodiscard]] base::Secret json_without(const net::JsonValue& document, std::string_view hidden);

}  // namespace rekey::cli
