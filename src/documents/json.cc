#include "documents/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

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

char unescape_short(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

// What the text between the quotes means; nothing where it escapes half of a surrogate pair.
std::optional<std::string> unescape(std::string_view text) {
  std::string value;
  value.reserve(text.size());  // no growth: it would leave copies
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      value += text[i];
      continue;
    }
    if (text[++i] != 'u') {
      value += unescape_short(text[i]);
      continue;
    }
    std::uint32_t point = hex_at(text, i + 1, 4);
    i += 4;
    if (is_high_surrogate(point) && text.substr(i + 1, 2) == "\\u" &&
        is_low_surrogate(hex_at(text, i + 3, 4))) {
      point = 0x10000 + ((point - 0xd800) << 10) + (hex_at(text, i + 3, 4) - 0xdc00);
      i += 6;
    }
    if (is_high_surrogate(point) || is_low_surrogate(point)) {
      base::wipe(value.data(), value.size());
      return std::nullopt;
    }
    append_utf8(value, point);
  }
  return value;
}

// Reads a whole document into a tree.
class Scanner {
 public:
  explicit Scanner(std::string_view document) : document_(document) {}

  Result<Tree> run() {
    if (document_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
    REKEY_CHECK(skip_space());
    REKEY_CHECK(read_value(1, kNoNode, Node{}));
    REKEY_CHECK(skip_space());
    if (at_ != document_.size()) return corrupt(at_, "expected the end of the document");
    return std::move(tree_);
  }

 private:
  [[nodiscard]] char peek() const { return at_ < document_.size() ? document_[at_] : '\0'; }
  [[nodiscard]] bool starts_with(std::string_view text) const {
    return document_.substr(at_).starts_with(text);
  }

  Status skip_space() {
    for (;;) {
      at_ = std::min(document_.find_first_not_of(" \t\r\n", at_), document_.size());
      if (starts_with("//")) {
        at_ = std::min(document_.find('\n', at_), document_.size());
      } else if (starts_with("/*")) {
        const auto end = document_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return corrupt(at_, "this comment is not closed");
        at_ = end + 2;
      } else {
        return {};
      }
    }
  }

  // `node` has the member's name.
  Status read_value(int depth, NodeId parent, Node node) {
    if (depth > kMaxDepth) return corrupt(at_, "nested deeper than 128 levels");
    node.begin = at_;
    const char first = peek();
    const NodeId id = tree_.add(parent, node);
    if (first == '{') {
      tree_[id].kind = Node::Kind::kMapping;
      REKEY_CHECK(read_object(depth, id));
    } else if (first == '[') {
      tree_[id].kind = Node::Kind::kSequence;
      REKEY_CHECK(read_array(depth, id));
    } else if (first == '"') {
      tree_[id].kind = Node::Kind::kString;
      REKEY_CHECK(read_string());
    } else {
      REKEY_CHECK(read_word());
    }
    tree_[id].end = at_;
    return {};
  }

  Status read_object(int depth, NodeId id) {
    ++at_;
    for (;;) {
      REKEY_CHECK(skip_space());
      if (peek() == '}') break;
      if (peek() != '"') return corrupt(at_, "expected a member's name in double quotes or '}'");
      Node member;
      member.name_begin = at_;
      REKEY_CHECK(read_string());
      member.name_end = at_;
      REKEY_CHECK(skip_space());
      if (peek() != ':') return corrupt(at_, "expected ':' after the member's name");
      ++at_;
      REKEY_CHECK(skip_space());
      REKEY_CHECK(read_value(depth + 1, id, member));
      REKEY_CHECK(skip_space());
      if (peek() == '}') break;
      if (peek() != ',') return corrupt(at_, "expected ',' or '}' after a member");
      ++at_;
    }
    ++at_;
    return {};
  }

  Status read_array(int depth, NodeId id) {
    ++at_;
    for (;;) {
      REKEY_CHECK(skip_space());
      if (peek() == ']') break;
      REKEY_CHECK(read_value(depth + 1, id, Node{}));
      REKEY_CHECK(skip_space());
      if (peek() == ']') break;
      if (peek() != ',') return corrupt(at_, "expected ',' or ']' after an item");
      ++at_;
    }
    ++at_;
    return {};
  }

  Status read_string() {
    const std::size_t begin = at_;
    for (++at_; at_ < document_.size(); ++at_) {
      const char c = document_[at_];
      if (c == '"') {
        ++at_;
        return {};
      }
      if (static_cast<unsigned char>(c) < 0x20) {
        return corrupt(at_, "a control character or a line break in a string");
      }
      if (c == '\\') REKEY_CHECK(skip_escape());
    }
    return corrupt(begin, "this string is not closed");
  }

  // Stops on the escape's last character.
  Status skip_escape() {
    const std::size_t begin = at_++;
    if (peek() != 'u') {
      if (peek() == '\0' || std::string_view("\"\\/bfnrt").find(peek()) == std::string_view::npos) {
        return corrupt(begin, "a bad escape in a string");
      }
      return {};
    }
    if (!has_hex_at(document_, at_ + 1, 4)) return corrupt(begin, "\\u needs four hex digits");
    at_ += 4;
    return {};
  }

  Status read_word() {
    const std::size_t begin = at_;
    at_ = std::min(document_.find_first_of(" \t\r\n,:]}[{\"/", at_), document_.size());
    const auto word = document_.substr(begin, at_ - begin);
    if (word == "true" || word == "false" || word == "null" || is_number(word)) return {};
    return corrupt(begin, "expected a value");
  }

  // RFC 8259 section 6.
  static bool is_number(std::string_view word) {
    const auto take = [&word](std::string_view any) {
      const bool is_there = !word.empty() && any.find(word.front()) != std::string_view::npos;
      if (is_there) word.remove_prefix(1);
      return is_there;
    };
    const auto take_digits = [&take] {
      if (!take("0123456789")) return false;
      while (take("0123456789")) {
      }
      return true;
    };
    take("-");
    if (!take("0") && !take_digits()) return false;
    if (take(".") && !take_digits()) return false;
    if (take("eE")) {
      take("+-");
      if (!take_digits()) return false;
    }
    return word.empty();
  }

  [[nodiscard]] tl::unexpected<Error> corrupt(std::size_t offset, std::string_view what) const {
    return corrupt_at(document_, offset, what);
  }

  std::string_view document_;
  std::size_t at_ = 0;
  Tree tree_;
};

class JsonReading final : public Reading {
 public:
  explicit JsonReading(std::string_view document) : document_(document) {}
  [[nodiscard]] std::optional<Secret> name(const Node& node) const override {
    return read(node.name_begin, node.name_end);
  }
  [[nodiscard]] std::optional<Secret> value(const Node& node) const override {
    if (node.kind != Node::Kind::kString) return std::nullopt;
    return read(node.begin, node.end);
  }
  // Azure Data Factory writes a secret as {"type": "SecureString", "value": "…"}, or names it in a
  // vault as {"type": "AzureKeyVaultSecret", …} (contract 7.2).
  [[nodiscard]] std::string_view refusal(const Tree& tree, NodeId id) const override {
    const NodeId type = find_member(tree, *this, id, "type");
    const auto text = type == kNoNode ? std::nullopt : value(tree[type]);
    return text && text->reveal() == "AzureKeyVaultSecret"
               ? "an AzureKeyVaultSecret: the secret is kept in Azure Key Vault; rotate it there"
               : std::string_view{};
  }

 private:
  [[nodiscard]] std::optional<Secret> read(std::size_t begin, std::size_t end) const {
    auto text = unescape(document_.substr(begin + 1, end - begin - 2));
    if (!text) return std::nullopt;
    return Secret::take(std::move(*text));
  }

  std::string_view document_;
};

std::string quote(std::string_view value, bool keeps_ascii) {
  std::string text;
  text.reserve(value.size() * 6 + 2);  // no growth: it would leave copies
  text += '"';
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto c = static_cast<unsigned char>(value[i]);
    if (c >= 0x80 && keeps_ascii) {
      const auto [point, length_bytes] = character_at(value, i);
      append_utf16_escape(text, point);
      i += length_bytes - 1;
    } else if (c == '"' || c == '\\') {
      text += '\\';
      text += value[i];
    } else if (c == '\n' || c == '\r' || c == '\t') {
      text += '\\';
      text += c == '\n' ? 'n' : (c == '\r' ? 'r' : 't');
    } else if (c < 0x20) {
      append_utf16_escape(text, c);
    } else {
      text += value[i];
    }
  }
  text += '"';
  return text;
}

class Json final : public Format {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "json"; }

  [[nodiscard]] Result<Located> locate(std::string_view document,
                                       std::string_view key) const override {
    REKEY_TRY(const Path path, parse_path(key));
    REKEY_CHECK(check_text(document));
    REKEY_TRY(const Tree tree, Scanner(document).run());
    const JsonReading reading(document);
    return locate_string(tree, reading, document, path, key, "is no string of whole characters");
  }

  [[nodiscard]] Result<std::string> key_at(std::string_view document,
                                           std::size_t offset) const override {
    REKEY_CHECK(check_text(document));
    REKEY_TRY(const Tree tree, Scanner(document).run());
    return documents::key_at(tree, JsonReading(document), offset);
  }

  [[nodiscard]] Result<Secret> encode(std::string_view document, const Located&,
                                      std::string_view value) const override {
    if (!base::is_valid_utf8(value)) {
      return fail(Code::kInvalidArgument, "JSON cannot carry a value that is not UTF-8");
    }
    return Secret::take(quote(value, is_ascii(without_mark(document))));
  }
};

}  // namespace

const Format& json_format() noexcept {
  static const Json format;
  return format;
}

}  // namespace rekey::documents
