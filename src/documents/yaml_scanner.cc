#include "documents/yaml_scanner.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "documents/characters.h"
#include "documents/position.h"
#include "documents/yaml_scalar.h"

namespace rekey::documents {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Status;

constexpr std::string_view kFlowSigns = ",[]{}";

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool is_blank_or_end(char c) {
  return is_blank(c) || c == '\n' || c == '\r' || c == '\0';
}
bool is_flow_sign(char c) {
  return kFlowSigns.find(c) != std::string_view::npos;
}

// Columns count from 0. After a node in block style has been read the cursor stands on the first
// character of the next one, on a line of its own, or at the end.
class Scanner {
 public:
  explicit Scanner(std::string_view document) : document_(document) {}

  Result<Tree> run() {
    at_ = line_start_ = document_.size() - without_mark(document_).size();
    REKEY_TRY(bool is_on_new_line, skip());
    if (peek() == '%') return unsupported(at_, "a directive");
    if (is_at_marker() && peek() == '-') {
      at_ += 3;
      REKEY_TRY(is_on_new_line, skip());
    }
    if (at_ == document_.size()) return std::move(tree_);
    if (is_at_marker()) return unsupported(at_, "more than one document");
    if (!is_on_new_line) return unsupported(at_, "text behind ---");
    const bool is_flow = peek() == '[' || peek() == '{';
    if (!is_flow && !is_at_dash() && !is_at_name()) {
      if (is_at_rich_name()) return unsupported(at_, "a name or a value that is more than a text");
      return corrupt(at_, "expected a mapping or a list");
    }
    REKEY_CHECK(read_block_value(-1, 1, kNoNode, Node{}, false));
    if (at_ == document_.size()) return std::move(tree_);
    if (is_at_marker()) return unsupported(at_, "more than one document");
    return corrupt(at_, "expected the end of the document; is this line indented as it should be?");
  }

 private:
  [[nodiscard]] char at(std::size_t index) const {
    return index < document_.size() ? document_[index] : '\0';
  }
  [[nodiscard]] char peek() const { return at(at_); }
  [[nodiscard]] int column() const { return static_cast<int>(at_ - line_start_); }
  [[nodiscard]] bool is_at_end_of_line() const { return at_ == document_.size() || is_break(at_); }
  [[nodiscard]] bool is_break(std::size_t index) const {
    return at(index) == '\n' || (at(index) == '\r' && at(index + 1) == '\n');
  }
  [[nodiscard]] std::size_t line_end(std::size_t index) const {
    const auto end = std::min(document_.find('\n', index), document_.size());
    return end > index && end < document_.size() && document_[end - 1] == '\r' ? end - 1 : end;
  }
  [[nodiscard]] bool is_at_dash() const { return peek() == '-' && is_blank_or_end(at(at_ + 1)); }
  // "---" or "..." at the beginning of a line.
  [[nodiscard]] bool is_at_marker() const {
    const auto text = document_.substr(at_, 3);
    return at_ == line_start_ && (text == "---" || text == "...") && is_blank_or_end(at(at_ + 3));
  }

  void take_break() {
    at_ += peek() == '\r' ? 2 : 1;
    line_start_ = at_;
  }
  void skip_blanks() {
    while (is_blank(peek())) ++at_;
  }

  // To the next token; whether it is the first of its line.
  Result<bool> skip() {
    bool is_on_new_line = at_ == line_start_;
    for (;;) {
      skip_blanks();
      if (peek() == '#' && (at_ == line_start_ || is_blank(document_[at_ - 1]))) {
        at_ = line_end(at_);
      }
      if (at_ == document_.size()) return true;
      if (!is_break(at_)) break;
      take_break();
      is_on_new_line = true;
    }
    const auto indentation = document_.substr(line_start_, at_ - line_start_);
    if (is_on_new_line && indentation.find('\t') != std::string_view::npos) {
      return corrupt(at_, "a tab in the indentation; YAML takes spaces only");
    }
    return is_on_new_line;
  }

  Status expect_end_of_line() {
    REKEY_TRY(const bool is_on_new_line, skip());
    if (is_on_new_line) return {};
    return corrupt(at_,
                   "expected the end of the line; a text that holds ': ' or begins with a sign "
                   "needs quotes");
  }

  // Where the plain text at `index` ends in its line, blanks behind it left out.
  [[nodiscard]] std::size_t plain_end(std::size_t index, bool is_in_flow) const {
    auto end = index;
    for (auto i = index; i < document_.size() && !is_break(i); ++i) {
      const char c = document_[i];
      if (c == '#' && i > index && is_blank(document_[i - 1])) break;
      if (is_in_flow && is_flow_sign(c)) break;
      if (c == ':' && (is_blank_or_end(at(i + 1)) || (is_in_flow && is_flow_sign(at(i + 1))))) {
        break;
      }
      if (!is_blank(c)) end = i + 1;
    }
    return end;
  }

  // Whether a plain text may begin here (YAML 1.2 section 7.3.3).
  [[nodiscard]] bool is_plain_begin(bool is_in_flow) const {
    const char c = peek();
    if (c == '-' || c == '?' || c == ':') {
      return !is_blank_or_end(at(at_ + 1)) && !(is_in_flow && is_flow_sign(at(at_ + 1)));
    }
    return std::string_view(",[]{}#&*!|>'\"%@`").find(c) == std::string_view::npos;
  }

  // The end of the quoted text at `index` if it closes within its line, else 0.
  [[nodiscard]] std::size_t quoted_end_in_line(std::size_t index) const {
    const char quote = document_[index];
    for (auto i = index + 1; i < document_.size() && !is_break(i); ++i) {
      if (quote == '"' && document_[i] == '\\') {
        ++i;
      } else if (document_[i] == quote) {
        if (quote == '"' || at(i + 1) != quote) return i + 1;
        ++i;
      }
    }
    return 0;
  }

  // Whether a name and its ':' stand here.
  [[nodiscard]] bool is_at_name() const {
    std::size_t end = 0;
    if (peek() == '"' || peek() == '\'') {
      end = quoted_end_in_line(at_);
      if (end == 0) return false;
    } else {
      if (!is_plain_begin(false)) return false;
      end = plain_end(at_, false);
    }
    while (is_blank(at(end))) ++end;
    return at(end) == ':' && is_blank_or_end(at(end + 1));
  }

  // A name with an anchor or a tag, an alias, or a collection.
  [[nodiscard]] bool is_at_rich_name() const {
    return std::string_view("?&!*[{").find(peek()) != std::string_view::npos;
  }

  // An anchor or a tag in front of a value.
  void read_property(Node& node, bool is_in_flow) {
    node.refusal = peek() == '&' ? "an anchor: other places repeat this value"
                                 : "a tag, such as !vault: the value is more than a text";
    while (!is_blank_or_end(peek()) && !(is_in_flow && is_flow_sign(peek()))) ++at_;
  }

  // What follows ':' or '-' in block style. `indent` is the column of the mapping or the list.
  Status read_block_value(int indent, int depth, NodeId parent, Node node, bool is_of_mapping) {
    if (depth > kMaxDepth) return corrupt(at_, "nested deeper than 128 levels");
    const auto begin = at_;
    REKEY_TRY(bool is_on_new_line, skip());
    bool is_behind_property = false;
    while ((peek() == '&' || peek() == '!') && !(is_on_new_line && column() <= indent)) {
      read_property(node, false);
      REKEY_TRY(const bool has_break, skip());
      is_on_new_line = is_on_new_line || has_break;
      is_behind_property = !has_break;
    }
    const int least = is_of_mapping && is_at_dash() ? indent : indent + 1;
    const bool is_empty = at_ == document_.size() || (is_on_new_line && column() < least);
    if (is_empty || is_at_marker()) {
      node.begin = node.end = begin;
      tree_.add(parent, node);
      return {};
    }
    node.begin = at_;
    const bool may_be_block = is_on_new_line || !is_of_mapping;
    if (!may_be_block || (!is_at_dash() && !is_at_name())) {
      return read_block_scalar_or_flow(indent, depth, parent, node);
    }
    if (is_behind_property) return unsupported(at_, "an anchor or a tag on a name");
    if (document_.substr(begin, at_ - begin).find('\t') != std::string_view::npos &&
        !is_on_new_line) {
      return corrupt(at_, "a tab in the indentation; YAML takes spaces only");
    }
    const bool is_list = is_at_dash();
    node.kind = is_list ? Node::Kind::kSequence : Node::Kind::kMapping;
    const NodeId id = tree_.add(parent, node);
    return read_block_items(column(), depth, id, is_list);
  }

  // The items of a block list or the members of a block mapping, which begin at `indent`.
  Status read_block_items(int indent, int depth, NodeId id, bool is_list) {
    for (;;) {
      Node node;
      if (is_list) {
        ++at_;
      } else {
        REKEY_CHECK(read_name(id, node));
      }
      REKEY_CHECK(read_block_value(indent, depth + 1, id, node, !is_list));
      tree_[id].end = at_;
      if (at_ == document_.size() || is_at_marker() || column() < indent) return {};
      if (column() > indent) {
        return corrupt(at_, "this line is indented deeper than the ones beside it");
      }
      // A list may stand in the column of the name that it belongs to; the next name ends it.
      if (is_at_dash() != is_list) {
        if (is_list) return {};
        return corrupt(at_, "an item of a list among the names of a mapping");
      }
    }
  }

  // A member's name and the ':' behind it.
  Status read_name(NodeId mapping, Node& node) {
    if (!is_at_name()) {
      if (is_at_rich_name()) return unsupported(at_, "a name that is more than a text");
      return corrupt(at_, "expected a name and ':'");
    }
    node.name_begin = at_;
    if (peek() == '"' || peek() == '\'') {
      REKEY_CHECK(skip_quoted());
    } else {
      at_ = plain_end(at_, false);
    }
    node.name_end = at_;
    note_merge(mapping, node);
    skip_blanks();
    ++at_;
    return {};
  }

  void note_merge(NodeId mapping, const Node& name) {
    if (document_.substr(name.name_begin, name.name_end - name.name_begin) == "<<") {
      tree_[mapping].refusal = "a mapping with a merge key, <<: it has values from elsewhere";
    }
  }

  Status read_block_scalar_or_flow(int indent, int depth, NodeId parent, Node node) {
    if (peek() == '|' || peek() == '>') {
      if (node.refusal[0] == '\0')
        node.refusal = "a block scalar, | or >; write the value in quotes";
      REKEY_CHECK(skip_block_scalar(indent));
      node.end = at_;
      tree_.add(parent, node);
      return expect_end_of_line();
    }
    if (peek() == '[' || peek() == '{' || peek() == '"' || peek() == '\'' || peek() == '*') {
      REKEY_CHECK(read_flow_value(depth, parent, node));
      return expect_end_of_line();
    }
    if (!is_plain_begin(false)) return corrupt(at_, "expected a value; this sign needs quotes");
    REKEY_CHECK(read_block_plain(indent, node));
    tree_.add(parent, node);
    return expect_end_of_line();
  }

  // A plain text goes on in lines that are indented deeper than what it belongs to.
  Status read_block_plain(int indent, Node& node) {
    node.end = at_ = plain_end(at_, false);
    node.kind = kind_of_plain(node);
    for (;;) {
      auto next = at_;
      while (is_blank(at(next))) ++next;
      if (!is_break(next)) return {};
      auto start = next;
      while (is_break(next)) {
        start = next += at(next) == '\r' ? 2 : 1;
        while (at(next) == ' ') ++next;
        if (is_blank_to_end(next)) next = line_end(next);
      }
      if (next >= document_.size() || static_cast<int>(next - start) <= indent || at(next) == '#' ||
          at(next) == '\t') {
        return {};
      }
      at_ = next;
      line_start_ = start;
      if (is_at_marker()) return {};
      if (node.refusal[0] == '\0') node.refusal = "a text over several lines; write it in one";
      node.end = at_ = plain_end(at_, false);
      if (peek() == ':' && is_blank_or_end(at(at_ + 1))) {
        return corrupt(at_, "': ' within a text; it needs quotes");
      }
    }
  }

  [[nodiscard]] bool is_blank_to_end(std::size_t index) const {
    const auto end = line_end(index);
    return document_.substr(index, end - index).find_first_not_of(" \t") == std::string_view::npos;
  }

  [[nodiscard]] Node::Kind kind_of_plain(const Node& node) const {
    const auto text = document_.substr(node.begin, node.end - node.begin);
    return is_yaml_other_type(text) ? Node::Kind::kOther : Node::Kind::kString;
  }

  // YAML 1.2 section 8.1. Stops at the beginning of the first line that is not its own.
  Status skip_block_scalar(int indent) {
    const auto begin = at_++;
    int content = -1;
    for (int i = 0; i < 2 && std::string_view("+-123456789").find(peek()) != std::string_view::npos;
         ++i, ++at_) {
      if (peek() >= '1' && peek() <= '9') content = std::max(indent, 0) + (peek() - '0');
    }
    REKEY_TRY(const bool has_break, skip_header());
    if (!has_break) return corrupt(begin, "expected the end of the line behind | or >");
    int deepest_blank = 0;
    while (at_ < document_.size()) {
      auto next = at_;
      while (at(next) == ' ') ++next;
      const int spaces = static_cast<int>(next - at_);
      if (next == line_end(next)) {
        deepest_blank = std::max(deepest_blank, spaces);
      } else {
        if (content < 0 && at(next) != '\t' && spaces <= indent) return {};
        if (at(next) == '\t' && (content < 0 || spaces < content)) {
          return corrupt(next, "a tab in the indentation; YAML takes spaces only");
        }
        if (content < 0) {
          content = spaces;
          if (deepest_blank > content) return corrupt(at_, "less indented than the line above");
        }
        if (spaces < content) return {};
      }
      at_ = line_end(next);
      if (at_ < document_.size()) take_break();
    }
    return {};
  }

  // Behind "|-": blanks and a comment, and the line break.
  Result<bool> skip_header() {
    skip_blanks();
    if (peek() == '#' && is_blank(document_[at_ - 1])) at_ = line_end(at_);
    if (!is_at_end_of_line()) return false;
    if (at_ < document_.size()) take_break();
    return true;
  }

  // Whether the quoted text has several lines.
  Result<bool> skip_quoted() {
    const auto begin = at_;
    const char quote = document_[at_++];
    bool is_of_lines = false;
    while (at_ < document_.size()) {
      if (is_break(at_)) {
        is_of_lines = true;
        take_break();
        if (is_at_marker()) return corrupt(begin, "this quote is not closed");
      } else if (quote == '"' && peek() == '\\' && is_break(at_ + 1)) {
        ++at_;
      } else if (quote == '"' && peek() == '\\') {
        const auto length = yaml_escape_length(document_.substr(at_, 16));
        if (length == 0) return corrupt(at_, "a bad escape in a string");
        at_ += length;
      } else if (peek() == quote && quote == '\'' && at(at_ + 1) == quote) {
        at_ += 2;
      } else if (document_[at_++] == quote) {
        return is_of_lines;
      }
    }
    return corrupt(begin, "this quote is not closed");
  }

  // A value in flow style, or a quoted one or an alias in either.
  Status read_flow_value(int depth, NodeId parent, Node node) {
    if (depth > kMaxDepth) return corrupt(at_, "nested deeper than 128 levels");
    while (peek() == '&' || peek() == '!') {
      read_property(node, true);
      REKEY_CHECK(skip());
    }
    node.begin = at_;
    const char first = peek();
    if (first == '[' || first == '{') {
      node.kind = first == '[' ? Node::Kind::kSequence : Node::Kind::kMapping;
      const NodeId id = tree_.add(parent, node);
      REKEY_CHECK(first == '[' ? read_flow_list(depth, id) : read_flow_mapping(depth, id));
      tree_[id].end = at_;
      return {};
    }
    if (first == '"' || first == '\'') {
      node.kind = Node::Kind::kString;
      REKEY_TRY(const bool is_of_lines, skip_quoted());
      if (is_of_lines && node.refusal[0] == '\0') {
        node.refusal = "a text over several lines; write it in one";
      }
    } else if (first == '*') {
      node.refusal = "an alias: the value stands elsewhere";
      while (!is_blank_or_end(peek()) && !is_flow_sign(peek())) ++at_;
    } else if (is_plain_begin(true) && at_ < document_.size()) {
      node.end = at_ = plain_end(at_, true);
      node.kind = kind_of_plain(node);
    } else if (first != ',' && first != '}' && first != ']') {
      return corrupt(at_, "expected a value; this sign needs quotes");
    } else if (node.refusal[0] == '\0') {
      return corrupt(at_, "expected a value");
    }
    node.end = at_;
    tree_.add(parent, node);
    return {};
  }

  Status skip_in_flow() {
    REKEY_CHECK(skip());
    if (is_at_marker()) return corrupt(at_, "a document ends within brackets");
    return {};
  }

  // Behind a value in brackets: whether there may be another one.
  Result<bool> take_comma(char close) {
    REKEY_CHECK(skip_in_flow());
    if (peek() == close) {
      ++at_;
      return false;
    }
    if (peek() != ',') return corrupt(at_, fmt::format("expected ',' or '{}'", close));
    ++at_;
    REKEY_CHECK(skip_in_flow());
    if (peek() != close) return true;
    ++at_;
    return false;
  }

  Status read_flow_list(int depth, NodeId id) {
    ++at_;
    REKEY_CHECK(skip_in_flow());
    if (peek() == ']') {
      ++at_;
      return {};
    }
    for (;;) {
      REKEY_CHECK(read_flow_value(depth + 1, id, Node{}));
      REKEY_CHECK(skip_in_flow());
      if (peek() == ':') return unsupported(at_, "a pair within a list");
      REKEY_TRY(const bool has_more, take_comma(']'));
      if (!has_more) return {};
    }
  }

  Status read_flow_mapping(int depth, NodeId id) {
    ++at_;
    REKEY_CHECK(skip_in_flow());
    if (peek() == '}') {
      ++at_;
      return {};
    }
    for (;;) {
      REKEY_CHECK(read_flow_member(depth, id));
      REKEY_TRY(const bool has_more, take_comma('}'));
      if (!has_more) return {};
    }
  }

  Status read_flow_member(int depth, NodeId id) {
    Node node;
    node.name_begin = at_;
    const bool is_quoted = peek() == '"' || peek() == '\'';
    if (is_quoted) {
      REKEY_TRY(const bool is_of_lines, skip_quoted());
      if (is_of_lines) return unsupported(at_, "a name over several lines");
    } else if (at_ < document_.size() && is_plain_begin(true)) {
      at_ = plain_end(at_, true);
    } else {
      return unsupported(at_, "a name in braces that is more than a text");
    }
    node.name_end = at_;
    note_merge(id, node);
    node.begin = node.end = at_;
    skip_blanks();
    const char next = at(at_ + 1);
    if (peek() == ':' && (is_quoted || is_blank_or_end(next) || is_flow_sign(next))) {
      ++at_;
      REKEY_CHECK(skip_in_flow());
      if (peek() != ',' && peek() != '}') return read_flow_value(depth + 1, id, node);
    }
    tree_.add(id, node);
    return {};
  }

  [[nodiscard]] tl::unexpected<Error> corrupt(std::size_t offset, std::string_view what) const {
    return corrupt_at(document_, offset, what);
  }
  [[nodiscard]] tl::unexpected<Error> unsupported(std::size_t offset, std::string_view what) const {
    return fail(Code::kUnsupported, fmt::format("{}: {}, which is not read",
                                                describe_position(document_, offset), what));
  }

  std::string_view document_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  Tree tree_;
};

// Versions of YAML differ on what is a line break; here it is LF or CRLF alone.
Status check_characters(std::string_view document) {
  REKEY_CHECK(check_text(document));
  const auto mark = document.size() - without_mark(document).size();
  for (auto i = mark; i < document.size();) {
    const auto [point, length_bytes] = character_at(document, i);
    const bool is_line_end =
        point == '\n' || (point == '\r' && document.substr(i + 1).starts_with('\n'));
    if (!is_yaml_printable(point) && point != '\t' && !is_line_end) {
      return fail(Code::kCorrupt,
                  fmt::format("{}: a control character, or a line break other than LF and CRLF",
                              describe_position(document, i)));
    }
    i += length_bytes;
  }
  return {};
}

}  // namespace

Result<Tree> scan_yaml(std::string_view document) {
  REKEY_CHECK(check_characters(document));
  if (document.starts_with("$ANSIBLE_VAULT;")) {
    return fail(Code::kUnsupported,
                "this file is ciphertext of Ansible Vault; edit it with ansible-vault");
  }
  return Scanner(document).run();
}

}  // namespace rekey::documents
