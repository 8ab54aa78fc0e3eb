#include "cli/output.h"

#include <fmt/format.h>

#include <algorithm>

namespace rekey::cli {
namespace {

std::string_view code_of(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kGood:
      return "32";
    case Tone::kWarning:
      return "33";
    case Tone::kBad:
      return "31";
    case Tone::kFaint:
      return "2";
  }
  return "";
}

// Columns as a terminal counts them, near enough: code points.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

void write_value(net::JsonWriter& writer, const net::JsonValue& value, std::string_view hidden) {
  using Kind = net::JsonValue::Kind;
  switch (value.kind()) {
    case Kind::kNull:
      writer.null();
      return;
    case Kind::kBoolean:
      writer.value(*value.as_boolean());
      return;
    case Kind::kInteger:
      writer.value(*value.as_integer());
      return;
    case Kind::kNumber:
      writer.null();
      return;
    case Kind::kString:
      writer.value(*value.as_string());
      return;
    case Kind::kArray:
      writer.begin_array();
      for (const auto& item : value.items()) write_value(writer, item, hidden);
      writer.end_array();
      return;
    case Kind::kObject:
      writer.begin_object();
      for (const auto& [name, member] : value.members()) {
        if (name == hidden) continue;
        writer.key(name);
        write_value(writer, member, hidden);
      }
      writer.end_object();
      return;
  }
}

}  // namespace

std::string in_tone(const Context& context, std::string_view text, Tone tone) {
  if (!context.is_terminal || tone == Tone::kPlain) return std::string(text);
  return fmt::format("\033[{}m{}\033[0m", code_of(tone), text);
}

void print_line(const Context& context, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), context.out);
  std::fputc('\n', context.out);
}

void Table::print(const Context& context) const {
  std::vector<std::size_t> widths;
  for (const auto& heading : headings_) widths.push_back(width_of(heading));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(row[i].text));
    }
  }
  const auto print_row = [&](const std::vector<Cell>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      line += in_tone(context, row[i].text, row[i].tone);
      if (i + 1 < row.size()) line.append(widths[i] - width_of(row[i].text) + 2, ' ');
    }
    print_line(context, line);
  };
  std::vector<Cell> head;
  for (const auto& heading : headings_) head.push_back({heading, Tone::kFaint});
  print_row(head);
  for (const auto& row : rows_) print_row(row);
}

std::string describe_instant(const net::JsonValue* instant, base::Instant now) {
  if (instant == nullptr || instant->is_null()) return "-";
  const auto text = instant->as_string();
  if (!text) return "-";
  const auto at = base::parse_instant(*text);
  if (!at) return std::string(*text);
  return fmt::format("{} ({})", base::format_instant(*at), base::describe_relative(*at, now));
}

std::string text_or_dash(const net::JsonValue& object, std::string_view name) {
  const auto* member = object.find(name);
  if (member == nullptr) return "-";
  const auto text = member->as_string();
  return text && !text->empty() ? std::string(*text) : "-";
}

std::string joined(const net::JsonValue* items, std::string_view separator) {
  std::string text;
  if (items != nullptr) {
    for (const auto& item : items->items()) {
      if (!text.empty()) text += separator;
      if (const auto word = item.as_string()) {
        text += *word;
      } else if (const auto number = item.as_integer()) {
        text += std::to_string(*number);
      }
    }
  }
  return text.empty() ? "-" : text;
}

base::Secret json_without(const net::JsonValue& document, std::string_view hidden) {
  net::JsonWriter writer;
  write_value(writer, document, hidden);
  return base::Secret::take(writer.release());
}

}  // namespace rekey::cli
