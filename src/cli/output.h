// How results look: aligned tables, exact instants with a relative word beside them, colours only
// on a terminal, JSON as the server gave it.
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
void print_line(const Context& context, std::string_view text);

// "2027-03-29T00:00:00Z (in 12 days)"; "-" where there is none.
[[nodiscard]] std::string describe_instant(const net::JsonValue* instant, base::Instant now);

// The text of a string member, or "-".
[[nodiscard]] std::string text_or_dash(const net::JsonValue& object, std::string_view name);
// "a, b" from an array of strings; "-" where it is empty.
[[nodiscard]] std::string joined(const net::JsonValue* items, std::string_view separator = ", ");

// The document again, without the members named `hidden` at any depth. The result may hold values.
[[nodiscard]] base::Secret json_without(const net::JsonValue& document, std::string_view hidden);

}  // namespace rekey::cli
