#include "cli/output.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/printable.h"

namespace rekey::cli {
namespace {

constexpr std::string_view kToneEnd = "\033[0m";

std::string_view start_of(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kGood:
      return "\033[32m";
    case Tone::kWarning:
      return "\033[33m";
    case Tone::kBad:
      return "\033[31m";
    case Tone::kFaint:
      return "\033[2m";
  }
  return "";
}

// What at the front of the text print_line keeps as it is; empty where nothing.
std::string_view kept_prefix(std::string_view text) {
  for (const auto kept : {std::string_view("\n"), kToneEnd, start_of(Tone::kGood),
                          start_of(Tone::kWarning), start_of(Tone::kBad), start_of(Tone::kFaint)}) {
    if (text.starts_with(kept)) return kept;
  }
  return {};
}

std::string without_hidden(std::string_view text) {
  return base::escape_hidden(text, base::EscapeForm::kBraces);
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
  return fmt::format("{}{}{}", start_of(tone), text, kToneEnd);
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  // A command that is broken over two lines cannot be copied.
  const bool has_code = std::count(text.begin(), text.end(), '`') % 2 == 0;
  const auto end_of_word = [&](std::size_t at) {
    for (bool is_code = false; at < text.size(); ++at) {
      if (text[at] == '`') is_code = has_code && !is_code;
      if (text[at] == ' ' && !is_code) break;
    }
    return at;
  };
  std::string result;
  std::string line(indent, ' ');
  std::size_t position = 0;
  while (position < text.size()) {
    const std::size_t end = end_of_word(position);
    const auto word = text.substr(position, end - position);
    if (line.size() > indent && line.size() + 1 + word.size() > width) {
      result += line + "\n";
      line.assign(indent, ' ');
    }
    if (line.size() > indent) line += ' ';
    line += word;
    position = end + 1;
  }
  return result + line + "\n";
}

std::string printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const auto kept = kept_prefix(text);
    shown += kept;
    text.remove_prefix(kept.size());
    const auto size = std::min(text.find_first_of("\n\033", kept.empty() ? 1 : 0), text.size());
    shown += without_hidden(text.substr(0, size));
    text.remove_prefix(size);
  }
  return shown;
}

void print_line(const Context& context, std::string_view text) {
  if (text.find("`rekey ") != std::string_view::npos) {
    const std::string completed = printable(complete_commands(text, context.target));
    std::fwrite(completed.data(), 1, completed.size(), context.out);
    std::fputc('\n', context.out);
    return;
  }
  // What holds nothing hidden is written from where it is: it may be a value shown once.
  const auto escaped = base::find_hidden_character(text) ? printable(text) : std::string();
  const std::string_view line = escaped.empty() ? text : escaped;
  std::fwrite(line.data(), 1, line.size(), context.out);
  std::fputc('\n', context.out);
}

void print_json(const Context& context, std::string_view json) {
  const auto escaped = base::find_hidden_character(json)
                           ? base::Secret::take(base::escape_hidden(json, base::EscapeForm::kJson))
                           : base::Secret();
  const auto line = escaped.is_empty() ? json : escaped.reveal();
  std::fwrite(line.data(), 1, line.size(), context.out);
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
  if (!at) return without_hidden(*text);
  return fmt::format("{} ({})", base::format_instant(*at), base::describe_relative(*at, now));
}

std::string text_or_dash(const net::JsonValue& object, std::string_view name) {
  const auto* member = object.find(name);
  if (member == nullptr) return "-";
  const auto text = member->as_string();
  return text && !text->empty() ? without_hidden(*text) : "-";
}

std::string joined(const net::JsonValue* items, std::string_view separator) {
  std::string text;
  if (items != nullptr) {
    for (const auto& item : items->items()) {
      if (!text.empty()) text += separator;
      if (const auto word = item.as_string()) {
        text += without_hidden(*word);
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
