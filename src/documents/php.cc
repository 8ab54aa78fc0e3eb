#include "documents/php.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

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

constexpr std::string_view kBlanks = " \t\r\n";
constexpr const char* kNoName = "a member whose name is no string in quotes";

// The text between the quotes, decoded; nothing where another reading is possible: an escape beyond
// \\ and the quote, or, in double quotes, a variable.
std::optional<Secret> unquote(std::string_view quoted) {
  if (quoted.size() < 2) return std::nullopt;
  const char quote = quoted.front();
  const std::string_view text = quoted.substr(1, quoted.size() - 2);
  std::string value;
  value.reserve(text.size());  // no growth: it would leave copies
  bool is_plain = true;
  for (std::size_t i = 0; i < text.size() && is_plain; ++i) {
    if (text[i] == '\\') {
      const char next = i + 1 < text.size() ? text[i + 1] : '\0';
      const bool is_escape = next == '\\' || next == quote || (quote == '"' && next == '$');
      if (is_escape) ++i;
      is_plain = is_escape || quote == '\'';
    } else if (quote == '"' && text[i] == '$') {
      is_plain = false;
    }
    value += text[i];
  }
  Secret result = Secret::take(std::move(value));
  if (!is_plain) return std::nullopt;
  return result;
}

// <?php, comments, "return", one array, ";" and at most "?>".
class Scanner {
 public:
  explicit Scanner(std::string_view document) : document_(document) {}

  Result<Tree> run() {
    if (!take("<?php")) return corrupt(at_, "expected <?php at the beginning");
    REKEY_CHECK(skip());
    if (!take("return")) return corrupt(at_, "expected return and an array, and nothing before it");
    REKEY_CHECK(skip());
    REKEY_CHECK(array(kNoNode, Node{}, 0));
    REKEY_CHECK(skip());
    if (!take(";")) return corrupt(at_, "expected ; behind the array");
    REKEY_CHECK(skip());
    if (take("?>") && document_.find_first_not_of(kBlanks, at_) == std::string_view::npos) {
      return std::move(tree_);
    }
    if (at_ != document_.size()) return corrupt(at_, "expected the end of the file");
    return std::move(tree_);
  }

 private:
  bool is_at(std::string_view word) const { return document_.substr(at_).starts_with(word); }
  bool take(std::string_view word) {
    if (!is_at(word)) return false;
    at_ += word.size();
    return true;
  }

  // Blanks and comments.
  Status skip() {
    for (;;) {
      at_ = std::min(document_.find_first_not_of(kBlanks, at_), document_.size());
      if (is_at("/*")) {
        const auto end = document_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return corrupt(at_, "a comment that does not end");
        at_ = end + 2;
      } else if (is_at("//") || (is_at("#") && !is_at("#["))) {
        const auto end = std::min(document_.find_first_of("\r\n", at_), document_.size());
        // PHP leaves its mode at ?> even within such a comment.
        if (document_.substr(at_, end - at_).find("?>") != std::string_view::npos) {
          return corrupt(at_, "?> within a comment");
        }
        at_ = end;
      } else {
        return {};
      }
    }
  }

  Status quoted(std::size_t& end) {
    const std::size_t begin = at_;
    const char quote = document_[at_++];
    while (at_ < document_.size() && document_[at_] != quote) {
      at_ += document_[at_] == '\\' ? 2 : 1;
    }
    if (at_ >= document_.size()) return corrupt(begin, "a quote that is not closed");
    end = ++at_;
    return {};
  }
  bool is_at_quote() const {
    return at_ < document_.size() && (document_[at_] == '\'' || document_[at_] == '"');
  }
  bool is_at_array() const {
    if (is_at("[")) return true;
    if (!is_at("array")) return false;
    const auto next = document_.find_first_not_of(kBlanks, at_ + 5);
    return next != std::string_view::npos && document_[next] == '(';
  }

  Status array(NodeId parent, Node node, int depth) {
    if (depth > kMaxDepth) return corrupt(at_, "more than 128 levels");
    if (!is_at_array()) return corrupt(at_, "expected an array: [ or array(");
    node.kind = Node::Kind::kMapping;
    node.begin = at_;
    const NodeId id = tree_.add(parent, node);
    const char closing = is_at("[") ? ']' : ')';
    if (!take("[")) at_ = document_.find('(', at_) + 1;
    for (;;) {
      REKEY_CHECK(skip());
      if (at_ == document_.size()) return corrupt(node.begin, "an array that is not closed");
      if (document_[at_] == closing) break;
      REKEY_CHECK(member(id, closing, depth));
      REKEY_CHECK(skip());
      if (take(",")) continue;
      if (at_ == document_.size() || document_[at_] != closing) {
        return corrupt(at_, "expected , or the array's end");
      }
    }
    tree_[id].end = ++at_;
    return {};
  }

  Status member(NodeId parent, char closing, int depth) {
    Node node;
    const std::size_t begin = at_;
    if (is_at_quote()) {
      std::size_t end = 0;
      REKEY_CHECK(quoted(end));
      REKEY_CHECK(skip());
      if (take("=>")) {
        node.name_begin = begin;
        node.name_end = end;
        REKEY_CHECK(skip());
      } else {
        at_ = begin;
      }
    }
    if (node.name_end == 0) {
      node.refusal = kNoName;
      node.begin = at_;
      REKEY_CHECK(expression(closing));
      node.end = at_;
      tree_.add(parent, node);
      return {};
    }
    return value(parent, node, closing, depth);
  }

  Status value(NodeId parent, Node node, char closing, int depth) {
    const std::size_t begin = at_;
    if (is_at_array()) return array(parent, node, depth + 1);
    node.begin = begin;
    if (is_at_quote()) {
      REKEY_CHECK(quoted(node.end));
      REKEY_CHECK(skip());
      if (is_at(",") || (at_ < document_.size() && document_[at_] == closing)) {
        node.kind = Node::Kind::kString;
        tree_.add(parent, node);
        return {};
      }
      at_ = begin;
    }
    REKEY_CHECK(expression(closing));
    node.end = at_;
    node.refusal = "an expression: only a string in quotes can be replaced";
    tree_.add(parent, node);
    return {};
  }

  // Whatever stands there, to the ',' or the bracket behind it.
  Status expression(char closing) {
    const std::size_t begin = at_;
    std::string open;
    while (at_ < document_.size()) {
      REKEY_CHECK(skip());
      if (at_ == document_.size()) break;
      const char c = document_[at_];
      if (open.empty() && (c == ',' || c == closing)) return {};
      if (is_at_quote()) {
        std::size_t end = 0;
        REKEY_CHECK(quoted(end));
        continue;
      }
      if (c == '`' || c == ';' || is_at("<<<") || is_at("?>")) {
        return corrupt(at_, "a backtick, a heredoc or the end of a statement within the array");
      }
      if (c == '(' || c == '[' || c == '{') {
        if (open.size() >= kMaxDepth) return corrupt(at_, "more than 128 levels");
        open += c == '(' ? ')' : (c == '[' ? ']' : '}');
      } else if (c == ')' || c == ']' || c == '}') {
        if (open.empty() || open.back() != c) return corrupt(at_, "a bracket that closes nothing");
        open.pop_back();
      }
      ++at_;
    }
    return corrupt(begin, "an array that is not closed");
  }

  [[nodiscard]] tl::unexpected<Error> corrupt(std::size_t offset, std::string_view what) const {
    return corrupt_at(document_, offset, what);
  }

  std::string_view document_;
  std::size_t at_ = 0;
  Tree tree_;
};

class PhpReading final : public Reading {
 public:
  explicit PhpReading(std::string_view document) : document_(document) {}
  [[nodiscard]] std::optional<Secret> name(const Node& node) const override {
    return unquote(document_.substr(node.name_begin, node.name_end - node.name_begin));
  }
  [[nodiscard]] std::optional<Secret> value(const Node& node) const override {
    if (node.kind != Node::Kind::kString) return std::nullopt;
    return unquote(document_.substr(node.begin, node.end - node.begin));
  }

 private:
  std::string_view document_;
};

class Php final : public Format {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "php"; }

  [[nodiscard]] Result<Located> locate(std::string_view document,
                                       std::string_view key) const override {
    REKEY_TRY(const Path path, parse_path(key));
    REKEY_CHECK(check_text(document));
    REKEY_TRY(const Tree tree, Scanner(document).run());
    const PhpReading reading(document);
    return locate_string(tree, reading, document, path, key,
                         "is no string whose quotes hold neither a variable nor an escape other "
                         "than of a backslash, the quote or \\$");
  }

  [[nodiscard]] Result<std::string> key_at(std::string_view document,
                                           std::size_t offset) const override {
    REKEY_CHECK(check_text(document));
    REKEY_TRY(const Tree tree, Scanner(document).run());
    return documents::key_at(tree, PhpReading(document), offset);
  }

  [[nodiscard]] Result<Secret> encode(std::string_view document, const Located& spot,
                                      std::string_view value) const override {
    if (!base::is_valid_utf8(value)) {
      return fail(Code::kInvalidArgument, "a PHP file cannot carry a value that is not UTF-8");
    }
    // NUL would be written as it is, and makes the file one that is not read again.
    if (value.find('\0') != std::string_view::npos) {
      return fail(Code::kInvalidArgument, "a PHP file cannot carry a NUL");
    }
    const char quote = document[spot.begin];
    std::string text;
    text.reserve(value.size() * 2 + 2);  // no growth: it would leave copies
    text += quote;
    for (const char c : value) {
      if (c == '\\' || c == quote || (quote == '"' && c == '$')) text += '\\';
      text += c;
    }
    text += quote;
    return Secret::take(std::move(text));
  }
};

}  // namespace

const Format& php_format() noexcept {
  static const Php format;
  return format;
}

}  // namespace rekey::documents
