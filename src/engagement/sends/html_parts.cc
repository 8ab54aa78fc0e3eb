#include "engagement/sends/html_parts.h"

#include <algorithm>
#include <array>

#include "base/html.h"
#include "base/text.h"

namespace rekey::engagement::sends {

namespace {

constexpr std::size_t kNowhere = std::string_view::npos;

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

std::size_t find_ignoring_case(std::string_view text, std::string_view word, std::size_t from) {
  for (std::size_t at = from; at + word.size() <= text.size(); ++at) {
    if (base::equal_ignoring_case(text.substr(at, word.size()), word)) return at;
  }
  return kNowhere;
}

// A tag or a comment, as places in the whole text.
struct Tag {
  std::string_view name;       // "a", "/p"; empty for comments and declarations
  std::size_t end = 0;         // after its ">"
  std::size_t href_begin = 0;  // the value of href without quotes; equal where there is none
  std::size_t href_end = 0;
};

// Reads name="value" at `at`, which it moves behind; the value's place, or nothing.
class TagReader {
 public:
  TagReader(std::string_view text, std::size_t begin) : text_(text), at_(begin + 1) {}

  Tag read() {
    Tag tag;
    const std::size_t name_begin = at_;
    while (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != '>') ++at_;
    tag.name = text_.substr(name_begin, at_ - name_begin);
    while (tag.name.size() > 1 && tag.name.ends_with('/')) tag.name.remove_suffix(1);
    while (at_ < text_.size() && text_[at_] != '>') read_attribute(tag);
    tag.end = std::min(at_ + 1, text_.size());
    return tag;
  }

 private:
  void read_attribute(Tag& tag) {
    if (is_blank(text_[at_]) || text_[at_] == '/') {
      ++at_;
      return;
    }
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != '=' && text_[at_] != '>') {
      ++at_;
    }
    const std::string_view name = text_.substr(begin, at_ - begin);
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != '=') {
      if (at_ == begin) ++at_;
      return;
    }
    ++at_;
    skip_blanks();
    const auto [value_begin, value_end] = read_value();
    if (base::equal_ignoring_case(name, "href") && tag.href_begin == tag.href_end) {
      tag.href_begin = value_begin;
      tag.href_end = value_end;
    }
  }

  std::pair<std::size_t, std::size_t> read_value() {
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    if (quote == '"' || quote == '\'') {
      const std::size_t begin = ++at_;
      const std::size_t end = std::min(text_.find(quote, begin), text_.size());
      at_ = std::min(end + 1, text_.size());
      return {begin, end};
    }
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != '>') ++at_;
    return {begin, at_};
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  std::string_view text_;
  std::size_t at_;
};

// The tag or comment at `begin`, where there is a "<"; an end of `begin` + 1 where it begins none.
Tag read_tag(std::string_view html, std::size_t begin) {
  Tag tag;
  tag.end = begin + 1;
  if (begin + 1 >= html.size()) return tag;
  if (html.substr(begin).starts_with("<!--")) {
    const std::size_t end = html.find("-->", begin);
    tag.end = end == kNowhere ? html.size() : end + 3;
    return tag;
  }
  const char next = base::to_lower(html[begin + 1]);
  if (next == '/' || (next >= 'a' && next <= 'z')) return TagReader(html, begin).read();
  if (next == '!' || next == '?') {
    const std::size_t end = html.find('>', begin);
    tag.end = end == kNowhere ? html.size() : end + 1;
  }
  return tag;
}

struct Entity {
  std::string_view name;
  std::string_view text;
};
constexpr std::array<Entity, 12> kEntities{{{"amp", "&"},
                                            {"lt", "<"},
                                            {"gt", ">"},
                                            {"quot", "\""},
                                            {"apos", "'"},
                                            {"#39", "'"},
                                            {"#38", "&"},
                                            {"nbsp", " "},
                                            {"copy", "\u00a9"},
                                            {"euro", "\u20ac"},
                                            {"ndash", "\u2013"},
                                            {"hellip", "\u2026"}}};

// Character references; those that are not known stay as they are.
std::string resolved(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t at = std::min(text.find('&'), text.size());
    out += text.substr(0, at);
    text.remove_prefix(at);
    if (text.empty()) break;
    const std::size_t end = text.substr(0, 10).find(';');
    const std::string_view name = end == kNowhere ? "" : text.substr(1, end - 1);
    const auto known = std::find_if(kEntities.begin(), kEntities.end(),
                                    [&](const Entity& entity) { return entity.name == name; });
    out += known == kEntities.end() ? std::string_view("&") : known->text;
    text.remove_prefix(known == kEntities.end() ? 1 : end + 1);
  }
  return out;
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view one) { return base::equal_ignoring_case(one, name); });
}

// Builds lines of words, whatever blanks stand between them.
class TextBuilder {
 public:
  void add(std::string_view text) {
    for (const char c : text) {
      if (is_blank(c)) {
        has_gap_ = true;
        continue;
      }
      if (has_gap_ && !text_.empty() && !text_.ends_with('\n')) text_ += ' ';
      has_gap_ = false;
      text_ += c;
    }
  }
  // With `count` line ends behind it, whatever it ends in now; two leave a line empty.
  void end_line(std::size_t count) {
    has_gap_ = false;
    std::size_t ends = 0;
    while (ends < text_.size() && text_[text_.size() - 1 - ends] == '\n') ++ends;
    if (!text_.empty() && ends < count) text_.append(count - ends, '\n');
  }
  [[nodiscard]] std::string release() {
    while (text_.ends_with('\n')) text_.pop_back();
    return std::move(text_);
  }

 private:
  std::string text_;
  bool has_gap_ = false;
};

}  // namespace

std::string replace_links(std::string_view html, const ReplaceUrl& replace) {
  std::string out;
  std::size_t copied = 0;
  for (std::size_t at = html.find('<'); at != kNowhere; at = html.find('<', at)) {
    const Tag tag = read_tag(html, at);
    at = tag.end;
    if (!is_one_of(tag.name, {"a", "area"}) || tag.href_begin == tag.href_end) continue;
    const std::string url = resolved(html.substr(tag.href_begin, tag.href_end - tag.href_begin));
    const auto replacement = replace(url);
    if (!replacement) continue;
    out += html.substr(copied, tag.href_begin - copied);
    out += base::escape_html(*replacement);
    copied = tag.href_end;
  }
  out += html.substr(copied);
  return out;
}

std::string prepend_to_body(std::string_view html, std::string_view piece) {
  const std::size_t body = find_ignoring_case(html, "<body", 0);
  const std::size_t place = body == kNowhere ? 0 : read_tag(html, body).end;
  return std::string(html.substr(0, place)) + std::string(piece) + std::string(html.substr(place));
}

std::string append_to_body(std::string_view html, std::string_view piece) {
  std::size_t place = html.size();
  for (std::size_t at = find_ignoring_case(html, "</body", 0); at != kNowhere;
       at = find_ignoring_case(html, "</body", at + 1)) {
    place = at;
  }
  return std::string(html.substr(0, place)) + std::string(piece) + std::string(html.substr(place));
}

std::string text_of_html(std::string_view html) {
  TextBuilder text;
  std::string link;
  std::size_t at = 0;
  while (at < html.size()) {
    const std::size_t next = std::min(html.find('<', at), html.size());
    text.add(resolved(html.substr(at, next - at)));
    if (next == html.size()) break;
    const Tag tag = read_tag(html, next);
    if (tag.end == next + 1) text.add("<");
    at = tag.end;
    if (is_one_of(tag.name, {"style", "script", "head"})) {
      at = find_ignoring_case(html, "</" + std::string(tag.name), at);
      if (at == kNowhere) break;
    } else if (is_one_of(tag.name, {"a"})) {
      link = resolved(html.substr(tag.href_begin, tag.href_end - tag.href_begin));
    } else if (is_one_of(tag.name, {"/a"}) && !link.empty()) {
      text.add(" (" + link + ")");
      link.clear();
    } else if (is_one_of(tag.name, {"br", "/tr", "/li", "/div", "tr", "li", "div"})) {
      text.end_line(1);
    } else if (is_one_of(tag.name, {"/p", "/h1", "/h2", "/h3", "/h4", "/table", "/ul", "/ol"})) {
      text.end_line(2);
    }
  }
  return text.release();
}

}  // namespace rekey::engagement::sends
