#include "documents/xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "documents/characters.h"
#include "documents/position.h"
#include "documents/xml_path.h"

namespace rekey::documents {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Secret;
using base::Status;

constexpr std::size_t kMaxOpenElements = 128;
constexpr std::string_view kSpace = " \t\r\n";

bool is_space(char c) {
  return kSpace.find(c) != std::string_view::npos;
}

// XML 1.0 section 2.2, Char.
bool is_xml_character(std::uint32_t point) {
  if (point < 0x20) return point == '\t' || point == '\n' || point == '\r';
  return is_scalar_value(point) && point != 0xfffe && point != 0xffff;
}

struct Reference {
  std::uint32_t point = 0;
  std::size_t length_bytes = 0;  // 0: no reference that is known without a DOCTYPE
};

// The reference in front of `text`, which begins with '&'.
Reference reference_at(std::string_view text) {
  const auto end = text.substr(0, 16).find(';');
  if (end == std::string_view::npos) return {};
  auto name = text.substr(1, end - 1);
  constexpr std::pair<std::string_view, char> kNamed[] = {
      {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  for (const auto& [known, character] : kNamed) {
    if (name == known) return {static_cast<std::uint32_t>(character), end + 1};
  }
  if (!name.starts_with('#')) return {};
  const bool is_hex = name.starts_with("#x");
  name.remove_prefix(is_hex ? 2 : 1);
  std::uint32_t point = 0;
  const auto [last, problem] =
      std::from_chars(name.data(), name.data() + name.size(), point, is_hex ? 16 : 10);
  const bool is_whole = problem == std::errc{} && last == name.data() + name.size();
  return is_whole && is_xml_character(point) ? Reference{point, end + 1} : Reference{};
}

// What the text means. The scanner has seen that every reference is known.
Secret decode(std::string_view text) {
  std::string value;
  value.reserve(text.size());  // no growth: it would leave copies
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '&') {
      value += text[i++];
      continue;
    }
    const auto [point, length_bytes] = reference_at(text.substr(i));
    append_utf8(value, point);
    i += length_bytes;
  }
  return Secret::take(std::move(value));
}

struct Attribute {
  std::string_view name;
  std::size_t begin = 0;  // of the value, quotes included
  std::size_t end = 0;
};

struct Target {
  std::size_t begin = 0;
  std::size_t end = 0;
  const char* problem = "";  // to follow "stands"
};

// Reads a whole document and notes what the path leads to. Elements are kept on a stack of its own:
// no recursion.
class Scanner {
 public:
  Scanner(std::string_view document, const XmlPath& path) : document_(document), path_(path) {}

  Status run() {
    at_ = document_.size() - without_mark(document_).size();
    if (starts_with("<?xml") && at_ + 5 < document_.size() && is_space(document_[at_ + 5])) {
      REKEY_CHECK(read_declaration());
    }
    open_.push_back({});  // the document itself, whose child is the root
    open_.back().counts = counts_for(0);
    while (at_ < document_.size()) {
      REKEY_CHECK(read_text());
      if (at_ < document_.size()) REKEY_CHECK(read_markup());
    }
    if (open_.size() > 1) return corrupt(open_.back().begin, "this element is not closed");
    if (!has_root_) return corrupt(at_, "expected an element");
    return {};
  }

  [[nodiscard]] const std::vector<Target>& targets() const { return targets_; }

 private:
  struct Element {
    std::string_view name;
    std::size_t begin = 0;            // of the start tag
    std::size_t text_begin = 0;       // behind it
    bool is_on_way = true;            // the path's first steps lead here
    const char* problem = "";         // why its text is no value
    std::vector<std::size_t> counts;  // what fitted the next step's predicates so far
  };

  [[nodiscard]] char peek() const { return at_ < document_.size() ? document_[at_] : '\0'; }
  [[nodiscard]] bool starts_with(std::string_view text) const {
    return document_.substr(at_).starts_with(text);
  }
  bool skip_space() {
    const auto begin = at_;
    at_ = std::min(document_.find_first_not_of(kSpace, at_), document_.size());
    return at_ > begin;
  }
  [[nodiscard]] std::vector<std::size_t> counts_for(std::size_t step) const {
    return std::vector<std::size_t>(step < path_.steps.size() ? path_.steps[step].predicates.size()
                                                              : 0);
  }
  // For the innermost element: one of those whose text is asked for holds more than text.
  void refuse_text(const char* problem) { open_.back().problem = problem; }

  std::string_view read_name() {
    const auto begin = at_;
    while (at_ < document_.size() && is_xml_name_byte(peek(), at_ == begin)) ++at_;
    return document_.substr(begin, at_ - begin);
  }

  Status check_references(std::size_t begin, std::size_t end) {
    const auto text = document_.substr(begin, end - begin);
    for (auto i = text.find('&'); i != std::string_view::npos; i = text.find('&', i + 1)) {
      if (reference_at(text.substr(i)).length_bytes == 0) {
        return corrupt(begin + i, "a reference that is not known; write & as &amp;");
      }
    }
    return {};
  }

  // XML 1.0 section 2.8: the version, then the encoding, then whether it stands alone.
  Status read_declaration() {
    const auto begin = at_;
    at_ += 5;
    REKEY_TRY(const auto attributes, read_attributes());
    if (!starts_with("?>")) return corrupt(begin, "this declaration is not closed");
    at_ += 2;
    constexpr std::string_view kNames[] = {"version", "encoding", "standalone"};
    std::size_t next = 0;
    for (const auto& attribute : attributes) {
      while (next < 3 && kNames[next] != attribute.name) ++next;
      if (next++ == 3) return corrupt(begin, "a declaration that is not version, encoding");
    }
    const auto* version = find(attributes, "version");
    if (version == nullptr) return corrupt(begin, "a declaration without a version");
    if (value_of(*version).reveal() != "1.0") {
      return unsupported(begin, "a version other than 1.0");
    }
    const auto* encoding = find(attributes, "encoding");
    if (encoding == nullptr) return {};
    const Secret name = value_of(*encoding);
    if (!base::equal_ignoring_case(name.reveal(), "utf-8") &&
        !base::equal_ignoring_case(name.reveal(), "us-ascii")) {
      return unsupported(begin, "an encoding other than UTF-8 and US-ASCII");
    }
    return {};
  }

  Status read_text() {
    const auto end = std::min(document_.find('<', at_), document_.size());
    const auto text = document_.substr(at_, end - at_);
    if (open_.size() == 1 && text.find_first_not_of(kSpace) != std::string_view::npos) {
      return corrupt(at_ + text.find_first_not_of(kSpace), "text outside of the root element");
    }
    if (const auto close = text.find("]]>"); close != std::string_view::npos) {
      return corrupt(at_ + close, "]]> in a text");
    }
    REKEY_CHECK(check_references(at_, end));
    at_ = end;
    return {};
  }

  Status read_markup() {
    if (starts_with("<!--")) {
      refuse_text("a comment within the text");
      const auto end = document_.find("--", at_ + 4);
      if (!document_.substr(std::min(end, document_.size())).starts_with("-->")) {
        return corrupt(at_, "this comment is not closed, or holds --");
      }
      at_ = end + 3;
      return {};
    }
    if (starts_with("<![CDATA[") && open_.size() > 1) {
      refuse_text("a CDATA section; write the text with references, such as &amp;");
      return skip_behind("]]>", "this CDATA section is not closed");
    }
    if (starts_with("<?")) {
      refuse_text("a processing instruction within the text");
      return skip_instruction();
    }
    if (starts_with("<!DOCTYPE")) {
      return unsupported(at_, "a DOCTYPE, which can give texts another meaning");
    }
    return starts_with("</") ? read_end_tag() : read_start_tag();
  }

  Status skip_instruction() {
    const auto begin = at_;
    at_ += 2;
    const auto name = read_name();
    const bool has_end = starts_with("?>") || is_space(peek());
    if (name.empty() || !has_end || base::equal_ignoring_case(name, "xml")) {
      return corrupt(begin, "a processing instruction without a name of its own");
    }
    at_ -= 2;
    return skip_behind("?>", "this processing instruction is not closed");
  }

  Status skip_behind(std::string_view close, std::string_view problem) {
    const auto end = document_.find(close, at_ + 2);
    if (end == std::string_view::npos) return corrupt(at_, problem);
    at_ = end + close.size();
    return {};
  }

  Status read_start_tag() {
    Element element;
    element.begin = at_++;
    element.name = read_name();
    if (element.name.empty()) return corrupt(element.begin, "expected a tag; write < as &lt;");
    if (open_.size() == 1 && has_root_) return corrupt(element.begin, "a second root element");
    if (open_.size() > kMaxOpenElements) return corrupt(at_, "nested deeper than 128 levels");
    has_root_ = true;
    REKEY_TRY(const auto attributes, read_attributes());
    const bool is_empty = peek() == '/';
    if (is_empty) ++at_;
    if (peek() != '>') return corrupt(at_, "expected the end of the tag");
    ++at_;
    refuse_text("an element within the text");
    element.is_on_way = is_next_step(element.name, attributes);
    element.text_begin = at_;
    if (is_last(element, open_.size())) note_start(element, attributes, is_empty);
    if (is_empty) return {};
    element.counts = counts_for(open_.size());
    open_.push_back(std::move(element));
    return {};
  }

  Result<std::vector<Attribute>> read_attributes() {
    std::vector<Attribute> attributes;
    for (;;) {
      const bool has_space = skip_space();
      if (at_ == document_.size() || std::string_view(">/?").find(peek()) != std::string_view::npos)
        break;
      const auto begin = at_;
      Attribute attribute{read_name()};
      if (!has_space || attribute.name.empty()) return corrupt(begin, "expected an attribute");
      skip_space();
      if (peek() != '=') return corrupt(at_, "expected '=' after the attribute's name");
      ++at_;
      skip_space();
      attribute.begin = at_;
      const char quote = peek();
      if (quote != '"' && quote != '\'') return corrupt(at_, "expected a value in quotes");
      const auto end = document_.find(quote, at_ + 1);
      if (end == std::string_view::npos) return corrupt(at_, "this quote is not closed");
      if (const auto less = document_.substr(at_, end - at_).find('<');
          less != std::string_view::npos) {
        return corrupt(at_ + less, "a < in an attribute; write &lt;");
      }
      REKEY_CHECK(check_references(at_, end));
      at_ = attribute.end = end + 1;
      attributes.push_back(attribute);
    }
    std::vector<std::string_view> names;
    for (const auto& attribute : attributes) names.push_back(attribute.name);
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) != names.end()) {
      return corrupt(attributes.front().begin, "an attribute that stands twice in this tag");
    }
    return attributes;
  }

  // Whether the element, a child of the innermost open one, is the path's next step.
  bool is_next_step(std::string_view name, const std::vector<Attribute>& attributes) {
    Element& parent = open_.back();
    const auto step_index = open_.size() - 1;
    if (!parent.is_on_way || step_index >= path_.steps.size()) return false;
    const XmlStep& step = path_.steps[step_index];
    if (name != step.name) return false;
    for (std::size_t i = 0; i < step.predicates.size(); ++i) {
      const XmlPredicate& predicate = step.predicates[i];
      if (predicate.index > 0) {
        if (++parent.counts[i] != predicate.index) return false;
        continue;
      }
      const auto* attribute = find(attributes, predicate.attribute);
      if (attribute == nullptr || value_of(*attribute).reveal() != predicate.value) return false;
    }
    return true;
  }

  [[nodiscard]] bool is_last(const Element& element, std::size_t depth) const {
    return element.is_on_way && depth == path_.steps.size();
  }

  static const Attribute* find(const std::vector<Attribute>& attributes, std::string_view name) {
    for (const auto& attribute : attributes) {
      if (attribute.name == name) return &attribute;
    }
    return nullptr;
  }
  [[nodiscard]] Secret value_of(const Attribute& attribute) const {
    return decode(document_.substr(attribute.begin + 1, attribute.end - attribute.begin - 2));
  }

  void note_start(const Element& element, const std::vector<Attribute>& attributes, bool is_empty) {
    if (path_.attribute.empty()) {
      if (is_empty) {
        targets_.push_back({element.begin, at_, "an empty element; write <name></name> for it"});
      }
      return;
    }
    const auto* attribute = find(attributes, path_.attribute);
    if (attribute == nullptr) return;
    const auto text = document_.substr(attribute->begin, attribute->end - attribute->begin);
    const bool is_folded = text.find_first_of("\t\r\n") != std::string_view::npos;
    targets_.push_back({attribute->begin, attribute->end,
                        is_folded ? "a line break or a tab, which is read as a blank" : ""});
  }

  Status read_end_tag() {
    const auto begin = at_;
    at_ += 2;
    const auto name = read_name();
    skip_space();
    if (open_.size() == 1 || name != open_.back().name || peek() != '>') {
      return corrupt(begin, open_.size() == 1 ? "an end tag without a start tag"
                                              : "expected the end of the element opened last");
    }
    ++at_;
    const Element element = std::move(open_.back());
    open_.pop_back();
    if (!is_last(element, open_.size()) || !path_.attribute.empty()) return {};
    const auto text = document_.substr(element.text_begin, begin - element.text_begin);
    const char* problem = element.problem;
    if (!text.empty() && (is_space(text.front()) || is_space(text.back()))) {
      problem = "a blank or a line break at the text's ends, which some readers drop";
    } else if (text.find('\r') != std::string_view::npos) {
      problem = "a carriage return, which is read as a line break";
    }
    targets_.push_back({element.text_begin, begin, problem});
    return {};
  }

  [[nodiscard]] tl::unexpected<Error> corrupt(std::size_t offset, std::string_view what) const {
    return corrupt_at(document_, offset, what);
  }
  [[nodiscard]] tl::unexpected<Error> unsupported(std::size_t offset, std::string_view what) const {
    return fail(Code::kUnsupported,
                fmt::format("{}: the document has {}", describe_position(document_, offset), what));
  }

  std::string_view document_;
  const XmlPath& path_;
  std::size_t at_ = 0;
  bool has_root_ = false;
  std::vector<Element> open_;
  std::vector<Target> targets_;
};

Status check_characters(std::string_view document) {
  REKEY_CHECK(check_text(document));
  for (std::size_t i = 0; i < document.size();) {
    const auto [point, length_bytes] = character_at(document, i);
    if (!is_xml_character(point)) {
      return fail(Code::kCorrupt,
                  fmt::format("{}: a character that XML forbids", describe_position(document, i)));
    }
    i += length_bytes;
  }
  return {};
}

// `quote` is the attribute's; '\0' in an element's text.
std::string escape(std::string_view value, char quote, bool keeps_ascii) {
  std::string text;
  text.reserve(value.size() * 7 + 2);  // no growth: it would leave copies
  for (std::size_t i = 0; i < value.size();) {
    const auto [point, length_bytes] = character_at(value, i);
    const bool is_at_an_end = quote == '\0' && (i == 0 || i + 1 == value.size());
    if (point == '&') {
      text += "&amp;";
    } else if (point == '<') {
      text += "&lt;";
    } else if (point == '>') {
      text += "&gt;";
    } else if (quote != '\0' && value[i] == quote) {
      text += quote == '"' ? "&quot;" : "&apos;";
    } else if (point < 0x20 || (point == ' ' && is_at_an_end) || (point >= 0x80 && keeps_ascii)) {
      fmt::format_to(std::back_inserter(text), "&#{};", point);
    } else {
      text += value.substr(i, length_bytes);
    }
    i += length_bytes;
  }
  return text;
}

class Xml final : public Format {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "xml"; }

  [[nodiscard]] Result<Located> locate(std::string_view document,
                                       std::string_view key) const override {
    REKEY_TRY(const XmlPath path, parse_xml_path(key));
    REKEY_CHECK(check_characters(document));
    Scanner scanner(document, path);
    REKEY_CHECK(scanner.run());
    const auto& targets = scanner.targets();
    if (targets.empty()) {
      return fail(Code::kNotFound, fmt::format("there is no \"{}\" in this document", key));
    }
    const Target& target = targets.front();
    if (targets.size() > 1) {
      return fail(Code::kConflict,
                  fmt::format("\"{}\" leads to two places, {} and {}; say which by [@name='…'] or "
                              "[1]",
                              key, describe_position(document, target.begin),
                              describe_position(document, targets[1].begin)));
    }
    if (target.problem[0] != '\0') {
      return fail(Code::kUnsupported,
                  fmt::format("{}: at \"{}\" stands {}", describe_position(document, target.begin),
                              key, target.problem));
    }
    const std::size_t quotes = path.attribute.empty() ? 0 : 1;
    return Located{
        target.begin, target.end,
        decode(document.substr(target.begin + quotes, target.end - target.begin - 2 * quotes))};
  }

  [[nodiscard]] Result<std::string> key_at(std::string_view document,
                                           std::size_t offset) const override {
    REKEY_CHECK(check_characters(document));
    const auto ways = xml_ways_to(document, offset);
    if (ways.empty()) return fail(Code::kNotFound, "no value of this document is there");
    for (const std::string& key : ways) {
      const auto located = locate(document, key);
      if (located || located.error().code != Code::kConflict) return key;
    }
    return ways.back();
  }

  [[nodiscard]] Result<Secret> encode(std::string_view document, const Located& spot,
                                      std::string_view value) const override {
    if (!base::is_valid_utf8(value)) {
      return fail(Code::kInvalidArgument, "XML cannot carry a value that is not UTF-8");
    }
    for (std::size_t i = 0; i < value.size(); i += character_at(value, i).length_bytes) {
      if (!is_xml_character(character_at(value, i).point)) {
        return fail(Code::kInvalidArgument,
                    "XML cannot carry the new value, which holds a control character");
      }
    }
    const bool keeps_ascii = is_ascii(without_mark(document));
    // Text begins behind a tag's '>', an attribute's value never does.
    if (document.substr(0, spot.begin).ends_with('>')) {
      return Secret::take(escape(value, '\0', keeps_ascii));
    }
    const char quote = document[spot.begin];
    std::string text;
    text.reserve(value.size() * 7 + 2);
    text += quote;
    text += Secret::take(escape(value, quote, keeps_ascii)).reveal();
    text += quote;
    return Secret::take(std::move(text));
  }
};

}  // namespace

const Format& xml_format() noexcept {
  static const Xml format;
  return format;
}

}  // namespace rekey::documents
