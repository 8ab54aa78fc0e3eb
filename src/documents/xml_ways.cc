#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "documents/xml_path.h"

namespace rekey::documents {
namespace {

constexpr std::size_t kDeepest = 128;

// Walks over the tags in front of an offset.
class Walk {
 public:
  Walk(std::string_view document, std::size_t offset) : document_(document), offset_(offset) {
    open_.emplace_back();
  }

  std::vector<std::string> run() {
    std::size_t at = 0;
    while (at <= offset_) {
      const std::size_t tag = std::min(document_.find('<', at), document_.size());
      if (offset_ < tag) return ways(open_.size() > 1 && offset_ >= at ? "" : nullptr);
      if (tag == document_.size()) return {};
      const auto end = behind_tag(tag);
      if (!end || open_.size() > kDeepest) return {};
      if (is_done_) return std::move(found_);
      at = *end;
    }
    return {};
  }

 private:
  struct Element {
    std::string_view name;
    std::size_t index = 1;  // among its namesakes
    std::map<std::string_view, std::size_t> children;
  };

  // nullopt where the document ends within it.
  std::optional<std::size_t> behind_tag(std::size_t tag) {
    const std::string_view rest = document_.substr(tag);
    for (const auto& [open, close] : {std::pair<std::string_view, std::string_view>{"<!--", "-->"},
                                      {"<![CDATA[", "]]>"},
                                      {"<?", "?>"},
                                      {"<!", ">"}}) {
      if (rest.starts_with(open)) return behind(tag + open.size(), close);
    }
    if (rest.starts_with("</")) {
      if (open_.size() > 1) open_.pop_back();
      return behind(tag, ">");
    }
    return read_start_tag(tag);
  }

  std::optional<std::size_t> behind(std::size_t from, std::string_view close) const {
    const std::size_t at = document_.find(close, from);
    if (at == std::string_view::npos) return std::nullopt;
    return at + close.size();
  }

  std::string_view name_at(std::size_t at) const {
    std::size_t end = at;
    while (end < document_.size() && is_xml_name_byte(document_[end], end == at)) ++end;
    return document_.substr(at, end - at);
  }

  std::optional<std::size_t> read_start_tag(std::size_t tag) {
    Element element;
    element.name = name_at(tag + 1);
    element.index = ++open_.back().children[element.name];
    std::size_t at = tag + 1 + element.name.size();
    open_.push_back(element);
    while (at < document_.size() && document_[at] != '>') {
      const std::string_view name = name_at(at);
      if (name.empty()) {
        ++at;
        continue;
      }
      at += name.size();
      const std::size_t quote = document_.find_first_not_of("= \t\r\n", at);
      if (quote == std::string_view::npos) return std::nullopt;
      if (document_[quote] != '"' && document_[quote] != '\'') continue;
      const auto end = behind(quote + 1, document_.substr(quote, 1));
      if (!end) return std::nullopt;
      if (offset_ > quote && offset_ + 1 < *end) {
        is_done_ = true;
        found_ = ways(std::string(name).c_str());
        return end;
      }
      at = *end;
    }
    if (at >= document_.size()) return std::nullopt;
    if (document_[at - 1] == '/') open_.pop_back();
    return at + 1;
  }

  // nullptr: nothing is there; "": the text of the innermost element.
  [[nodiscard]] std::vector<std::string> ways(const char* attribute) const {
    if (attribute == nullptr) return {};
    std::string plain;
    std::string indexed;
    for (std::size_t i = 1; i < open_.size(); ++i) {
      plain += fmt::format("/{}", open_[i].name);
      // The root is one.
      indexed += i == 1 ? plain : fmt::format("/{}[{}]", open_[i].name, open_[i].index);
    }
    const std::string last = *attribute == '\0' ? "" : fmt::format("/@{}", attribute);
    return {plain + last, indexed + last};
  }

  std::string_view document_;
  std::size_t offset_;
  std::vector<Element> open_;
  bool is_done_ = false;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> xml_ways_to(std::string_view document, std::size_t offset) {
  return Walk(document, offset).run();
}

}  // namespace rekey::documents
