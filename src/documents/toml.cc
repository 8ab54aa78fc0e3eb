#include "documents/toml.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/text.h"
#include "documents/characters.h"
#include "documents/key_path.h"
#include "documents/position.h"
#include "documents/tree.h"

namespace rekey::documents {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Secret;
using base::Status;

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_bare(char c) {
  return base::kBase62Alphabet.find(c) != std::string_view::npos || c == '_' || c == '-';
}

// The bytes of the escape in front of `text`, or 0 where it is none.
std::size_t escape_length(std::string_view text) {
  if (text.size() < 2) return 0;
  if (std::string_view("btnfr\"\\").find(text[1]) != std::string_view::npos) return 2;
  const std::size_t digits = text[1] == 'u' ? 4 : (text[1] == 'U' ? 8 : 0);
  const bool is_whole =
      digits > 0 && has_hex_at(text, 2, digits) && is_scalar_value(hex_at(text, 2, digits));
  return is_whole ? 2 + digits : 0;
}

char unescape_short(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'f':
      return '\f';
    case 'r':
      return '\r';
    default:
      return c;
  }
}

// What a bare name, a literal string or a basic string means. The scanner has seen that it is
// whole.
Secret decode(std::string_view text) {
  if (text.starts_with('\'')) return Secret(text.substr(1, text.size() - 2));
  if (!text.starts_with('"')) return Secret(text);
  text = text.substr(1, text.size() - 2);
  std::string value;
  value.reserve(text.size());  // no growth: it would leave copies
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '\\') {
      value += text[i++];
      continue;
    }
    const auto length = escape_length(text.substr(i));
    if (length > 2) {
      append_utf8(value, hex_at(text, i + 2, length - 2));
    } else {
      value += unescape_short(text[i + 1]);
    }
    i += length;
  }
  return Secret::take(std::move(value));
}

// Reads a whole document into a tree. What TOML forbids to define twice is never there twice.
class Scanner {
 public:
  explicit Scanner(std::string_view document) : document_(document) {}

  Result<Tree> run() {
    at_ = document_.size() - without_mark(document_).size();
    Node root;
    root.kind = Node::Kind::kMapping;
    NodeId table = add(kNoNode, root, Origin::kHeader);
    for (;;) {
      REKEY_CHECK(skip_lines());
      if (at_ == document_.size()) return std::move(tree_);
      if (peek() == '[') {
        REKEY_TRY(table, read_header());
      } else {
        REKEY_CHECK(read_pair(1, table));
      }
      REKEY_CHECK(expect_end_of_line());
    }
  }

 private:
  // How a node came to be decides how it may be added to (TOML 1.0, "Table").
  enum class Origin : std::uint8_t { kImplicit, kHeader, kDotted, kListOfTables, kValue };
  struct Name {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  [[nodiscard]] char peek() const { return at_ < document_.size() ? document_[at_] : '\0'; }
  [[nodiscard]] bool starts_with(std::string_view text) const {
    return document_.substr(at_).starts_with(text);
  }

  void skip_blanks() { at_ = std::min(document_.find_first_not_of(" \t", at_), document_.size()); }

  // Blanks and a comment, to the end of the line.
  Status skip_to_line_end() {
    skip_blanks();
    if (peek() != '#') return {};
    for (; at_ < document_.size() && peek() != '\n' && !starts_with("\r\n"); ++at_) {
      if (is_control(peek())) return corrupt(at_, "a control character in a comment");
    }
    return {};
  }

  bool take_line_break() {
    const std::size_t length = starts_with("\r\n") ? 2 : (peek() == '\n' ? 1 : 0);
    at_ += length;
    return length > 0;
  }

  Status skip_lines() {
    do {
      REKEY_CHECK(skip_to_line_end());
    } while (take_line_break());
    return {};
  }

  Status expect_end_of_line() {
    REKEY_CHECK(skip_to_line_end());
    if (at_ == document_.size() || take_line_break()) return {};
    return corrupt(at_, "expected the end of the line");
  }

  Result<Name> read_name() {
    const std::size_t begin = at_;
    if (peek() == '"' || peek() == '\'') {
      REKEY_CHECK(read_string());
    } else {
      while (is_bare(peek())) ++at_;
      if (at_ == begin) return corrupt(at_, "expected a name");
    }
    return Name{begin, at_};
  }

  Result<std::vector<Name>> read_dotted_name() {
    std::vector<Name> names;
    for (;;) {
      skip_blanks();
      REKEY_TRY(names.emplace_back(), read_name());
      if (names.size() > kMaxDepth) return corrupt(at_, "nested deeper than 128 levels");
      skip_blanks();
      if (peek() != '.') return names;
      ++at_;
    }
  }

  NodeId add(NodeId parent, const Node& node, Origin origin) {
    const NodeId id = tree_.add(parent, node);
    origins_.push_back(origin);
    if (node.name_end > 0) members_[member_key(parent, {node.name_begin, node.name_end})] = id;
    return id;
  }

  NodeId add(NodeId parent, Name name, Node::Kind kind, Origin origin) {
    Node node;
    node.kind = kind;
    node.begin = name.begin;
    node.end = name.end;
    node.name_begin = name.begin;
    node.name_end = name.end;
    return add(parent, node, origin);
  }

  [[nodiscard]] std::string member_key(NodeId parent, Name name) const {
    return fmt::format("{}.{}", parent,
                       decode(document_.substr(name.begin, name.end - name.begin)).reveal());
  }

  [[nodiscard]] NodeId member(NodeId parent, Name name) const {
    const auto found = members_.find(member_key(parent, name));
    return found == members_.end() ? kNoNode : found->second;
  }

  // "[a.b]" or "[[a.b]]"; gives the table that the next lines belong to.
  Result<NodeId> read_header() {
    const bool is_list = starts_with("[[");
    at_ += is_list ? 2 : 1;
    REKEY_TRY(const auto names, read_dotted_name());
    if (!starts_with(is_list ? "]]" : "]")) return corrupt(at_, "expected ']'");
    at_ += is_list ? 2 : 1;
    NodeId table = 0;
    for (std::size_t i = 0; i + 1 < names.size(); ++i) {
      NodeId next = member(table, names[i]);
      if (next == kNoNode) {
        next = add(table, names[i], Node::Kind::kMapping, Origin::kImplicit);
      } else if (origins_[next] == Origin::kListOfTables) {
        next = tree_[next].last_child;
      } else if (origins_[next] == Origin::kValue) {
        return defined_twice(names[i]);
      }
      table = next;
    }
    return is_list ? open_list_item(table, names.back()) : open_table(table, names.back());
  }

  Result<NodeId> open_table(NodeId parent, Name name) {
    const NodeId id = member(parent, name);
    if (id == kNoNode) return add(parent, name, Node::Kind::kMapping, Origin::kHeader);
    if (origins_[id] != Origin::kImplicit) return defined_twice(name);
    origins_[id] = Origin::kHeader;
    return id;
  }

  Result<NodeId> open_list_item(NodeId parent, Name name) {
    NodeId list = member(parent, name);
    if (list == kNoNode) {
      list = add(parent, name, Node::Kind::kSequence, Origin::kListOfTables);
    } else if (origins_[list] != Origin::kListOfTables) {
      return defined_twice(name);
    }
    Node item;
    item.kind = Node::Kind::kMapping;
    item.begin = name.begin;
    item.end = name.end;
    return add(list, item, Origin::kHeader);
  }

  // "a.b = value" into `table`.
  Status read_pair(int depth, NodeId table) {
    REKEY_TRY(const auto names, read_dotted_name());
    if (peek() != '=') return corrupt(at_, "expected '=' after the name");
    ++at_;
    for (std::size_t i = 0; i + 1 < names.size(); ++i) {
      NodeId next = member(table, names[i]);
      if (next == kNoNode) {
        next = add(table, names[i], Node::Kind::kMapping, Origin::kDotted);
      } else if (origins_[next] != Origin::kDotted) {
        return defined_twice(names[i]);
      }
      table = next;
    }
    if (member(table, names.back()) != kNoNode) return defined_twice(names.back());
    skip_blanks();
    Node node;
    node.name_begin = names.back().begin;
    node.name_end = names.back().end;
    return read_value(depth + 1, table, node);
  }

  // `node` has the member's name.
  Status read_value(int depth, NodeId parent, Node node) {
    if (depth > kMaxDepth) return corrupt(at_, "nested deeper than 128 levels");
    node.begin = at_;
    const NodeId id = add(parent, node, Origin::kValue);
    if (starts_with("\"\"\"") || starts_with("'''")) {
      tree_[id].refusal = "a string in three quotes; write it in one";
      REKEY_CHECK(skip_string_of_lines());
    } else if (peek() == '"' || peek() == '\'') {
      tree_[id].kind = Node::Kind::kString;
      REKEY_CHECK(read_string());
    } else if (peek() == '[') {
      tree_[id].kind = Node::Kind::kSequence;
      REKEY_CHECK(read_list(depth, id));
    } else if (peek() == '{') {
      tree_[id].kind = Node::Kind::kMapping;
      REKEY_CHECK(read_inline_table(depth, id));
    } else {
      REKEY_CHECK(read_word());
    }
    tree_[id].end = at_;
    return {};
  }

  Status read_list(int depth, NodeId id) {
    ++at_;
    for (;;) {
      REKEY_CHECK(skip_lines());
      if (peek() == ']') break;
      REKEY_CHECK(read_value(depth + 1, id, Node{}));
      REKEY_CHECK(skip_lines());
      if (peek() == ']') break;
      if (peek() != ',') return corrupt(at_, "expected ',' or ']' after an item");
      ++at_;
    }
    ++at_;
    return {};
  }

  Status read_inline_table(int depth, NodeId id) {
    ++at_;
    skip_blanks();
    if (peek() != '}') {
      for (;;) {
        REKEY_CHECK(read_pair(depth, id));
        skip_blanks();
        if (peek() == '}') break;
        if (peek() != ',') return corrupt(at_, "expected ',' or '}' after a member");
        ++at_;
      }
    }
    ++at_;
    return {};
  }

  // Within one line, in quotes or apostrophes.
  Status read_string() {
    const std::size_t begin = at_;
    const char quote = document_[at_++];
    while (at_ < document_.size() && peek() != quote) {
      if (is_control(peek()))
        return corrupt(at_, "a control character or a line break in a string");
      const bool is_escape = quote == '"' && peek() == '\\';
      const auto length = is_escape ? escape_length(document_.substr(at_)) : 1;
      if (length == 0) return corrupt(at_, "a bad escape in a string");
      at_ += length;
    }
    if (at_ == document_.size()) return corrupt(begin, "this string is not closed");
    ++at_;
    return {};
  }

  Status skip_string_of_lines() {
    const std::size_t begin = at_;
    const char quote = document_[at_];
    const std::string close(3, quote);
    for (at_ += 3; at_ < document_.size(); ++at_) {
      if (quote == '"' && peek() == '\\') {
        ++at_;
      } else if (starts_with(close)) {
        at_ += 3;
        // Up to two quotes in front of the closing ones belong to the text.
        for (int i = 0; i < 2 && peek() == quote; ++i) ++at_;
        return {};
      }
    }
    at_ = document_.size();
    return corrupt(begin, "this string is not closed");
  }

  // A number, a date or a truth value: read to its end, not checked further.
  Status read_word() {
    const std::size_t begin = at_;
    const auto skip = [this] {
      while (is_bare(peek()) || peek() == '+' || peek() == '.' || peek() == ':') ++at_;
    };
    skip();
    auto word = document_.substr(begin, at_ - begin);
    const bool is_date = word.size() == 10 && word[4] == '-' && word[7] == '-';
    if (is_date && peek() == ' ' && at_ + 1 < document_.size() && is_digit(document_[at_ + 1])) {
      ++at_;
      skip();
    }
    if (word == "true" || word == "false") return {};
    if (word.starts_with('+') || word.starts_with('-')) word.remove_prefix(1);
    if (word == "inf" || word == "nan" || (!word.empty() && is_digit(word.front()))) return {};
    return corrupt(begin, "expected a value");
  }

  [[nodiscard]] tl::unexpected<Error> defined_twice(Name name) const {
    return fail(Code::kConflict,
                fmt::format("{}: this name is defined already, which TOML forbids; remove one",
                            describe_position(document_, name.begin)));
  }
  [[nodiscard]] tl::unexpected<Error> corrupt(std::size_t offset, std::string_view what) const {
    return corrupt_at(document_, offset, what);
  }

  std::string_view document_;
  std::size_t at_ = 0;
  Tree tree_;
  std::vector<Origin> origins_;                      // by node
  std::unordered_map<std::string, NodeId> members_;  // by parent and name
};

class TomlReading final : public Reading {
 public:
  explicit TomlReading(std::string_view document) : document_(document) {}
  [[nodiscard]] std::optional<Secret> name(const Node& node) const override {
    return decode(document_.substr(node.name_begin, node.name_end - node.name_begin));
  }
  [[nodiscard]] std::optional<Secret> value(const Node& node) const override {
    if (node.kind != Node::Kind::kString) return std::nullopt;
    return decode(document_.substr(node.begin, node.end - node.begin));
  }

 private:
  std::string_view document_;
};

std::string quote(std::string_view value, bool keeps_ascii) {
  std::string text;
  text.reserve(value.size() * 6 + 2);  // no growth: it would leave copies
  text += '"';
  for (std::size_t i = 0; i < value.size();) {
    const auto [point, length_bytes] = character_at(value, i);
    if (point == '"' || point == '\\') {
      text += '\\';
      text += value[i];
    } else if (point == '\n' || point == '\r' || point == '\t') {
      text += '\\';
      text += point == '\n' ? 'n' : (point == '\r' ? 'r' : 't');
    } else if (point < 0x20 || point == 0x7f || (point >= 0x80 && keeps_ascii && point < 0x10000)) {
      fmt::format_to(std::back_inserter(text), "\\u{:04x}", point);
    } else if (point >= 0x80 && keeps_ascii) {
      fmt::format_to(std::back_inserter(text), "\\U{:08x}", point);
    } else {
      text += value.substr(i, length_bytes);
    }
    i += length_bytes;
  }
  text += '"';
  return text;
}

class Toml final : public Format {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "toml"; }

  [[nodiscard]] Result<Located> locate(std::string_view document,
                                       std::string_view key) const override {
    REKEY_TRY(const Path path, parse_path(key));
    REKEY_CHECK(check_text(document));
    REKEY_TRY(const Tree tree, Scanner(document).run());
    const TomlReading reading(document);
    return locate_string(tree, reading, document, path, key, "is no string; put it into quotes");
  }

  [[nodiscard]] Result<std::string> key_at(std::string_view document,
                                           std::size_t offset) const override {
    REKEY_CHECK(check_text(document));
    REKEY_TRY(const Tree tree, Scanner(document).run());
    return documents::key_at(tree, TomlReading(document), offset);
  }

  [[nodiscard]] Result<Secret> encode(std::string_view document, const Located& spot,
                                      std::string_view value) const override {
    if (!base::is_valid_utf8(value)) {
      return fail(Code::kInvalidArgument, "TOML cannot carry a value that is not UTF-8");
    }
    const bool keeps_ascii = is_ascii(without_mark(document));
    const bool is_literal = document.substr(spot.begin).starts_with('\'') &&
                            value.find('\'') == std::string_view::npos &&
                            std::none_of(value.begin(), value.end(), is_control) &&
                            (is_ascii(value) || !keeps_ascii);
    if (!is_literal) return Secret::take(quote(value, keeps_ascii));
    std::string text;
    text.reserve(value.size() + 2);
    text += '\'';
    text += value;
    text += '\'';
    return Secret::take(std::move(text));
  }
};

}  // namespace

const Format& toml_format() noexcept {
  static const Toml format;
  return format;
}

}  // namespace rekey::documents
