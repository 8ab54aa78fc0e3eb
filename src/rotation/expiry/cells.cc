#include "rotation/expiry/cells.h"

#include <fmt/format.h>
#include <libxml/HTMLparser.h>

#include <algorithm>
#include <initializer_list>
#include <memory>

#include "base/text.h"

namespace rekey::rotation {
namespace {

using base::Code;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

// Blanks at the ends go, runs of them become one; the no-break space of HTML counts as one.
std::string tidied(std::string_view text) {
  constexpr std::string_view kNoBreakSpace = "\xc2\xa0";
  std::string out;
  bool is_after_blank = true;
  while (!text.empty()) {
    const bool is_wide = text.substr(0, 2) == kNoBreakSpace;
    if (is_wide || is_blank(text.front())) {
      if (!is_after_blank) out += ' ';
      is_after_blank = true;
    } else {
      out += text.front();
      is_after_blank = false;
    }
    text.remove_prefix(is_wide ? 2 : 1);
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

// RFC 4180, with the separator that is given.
class SeparatedReader {
 public:
  SeparatedReader(std::string_view text, char separator) : rest_(text), separator_(separator) {}

  base::Result<CellTable> read() {
    CellTable table;
    while (!rest_.empty()) {
      if (table.size() == kMostTableRows) {
        return base::fail(Code::kInvalidArgument,
                          fmt::format("the table has more than {} rows", kMostTableRows));
      }
      CellRow row;
      row.line = line_;
      do {
        REKEY_TRY(std::string cell, read_cell());
        row.cells.push_back(std::move(cell));
      } while (take(separator_));
      take('\r');
      take('\n');
      ++line_;
      const bool is_empty = std::all_of(row.cells.begin(), row.cells.end(),
                                        [](const std::string& cell) { return cell.empty(); });
      if (!is_empty) table.push_back(std::move(row));
    }
    return table;
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  base::Result<std::string> read_cell() {
    std::string cell;
    const int begin = line_;
    if (is_quoted() && take('"')) {
      for (;;) {
        const std::size_t end = rest_.find('"');
        if (end == std::string_view::npos) {
          return base::fail(
              Code::kInvalidArgument,
              fmt::format("line {}: a quoted field begins here and is never closed", begin));
        }
        cell += rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        if (!take('"')) break;
        cell += '"';
      }
      line_ += static_cast<int>(std::count(cell.begin(), cell.end(), '\n'));
    }
    const std::size_t end = std::min(rest_.find_first_of("\r\n"), rest_.find(separator_));
    cell += rest_.substr(0, end);
    rest_.remove_prefix(std::min(end, rest_.size()));
    return tidied(cell);
  }

  // Spreadsheets quote in TSV as in CSV; a page that was copied does not, and a name may begin with
  // a quote: there it is quoting only where the field ends with the closing one.
  [[nodiscard]] bool is_quoted() const {
    if (!rest_.starts_with('"')) return false;
    if (separator_ != '\t') return true;
    std::size_t at = rest_.find('"', 1);
    while (at != std::string_view::npos) {
      const bool is_doubled = at + 1 < rest_.size() && rest_[at + 1] == '"';
      if (!is_doubled) {
        return at + 1 == rest_.size() ||
               std::string_view("\t\r\n").find(rest_[at + 1]) != std::string_view::npos;
      }
      at = rest_.find('"', at + 2);
    }
    return false;
  }

  std::string_view rest_;
  char separator_;
  int line_ = 1;
};

// The one that occurs most near the beginning; where two do, the one that dates hold less often.
char separator_of(std::string_view text) {
  text = text.substr(0, 4096);
  char best = ',';
  std::ptrdiff_t most = std::count(text.begin(), text.end(), ',');
  for (const char candidate : {';', '\t'}) {
    const auto count = std::count(text.begin(), text.end(), candidate);
    if (count == 0 || count < most) continue;
    best = candidate;
    most = count;
  }
  return best;
}

struct FreeDocument {
  void operator()(htmlDocPtr document) const noexcept { xmlFreeDoc(document); }
};
using HtmlDocument = std::unique_ptr<xmlDoc, FreeDocument>;

bool is_element(const xmlNode& node, std::string_view name) {
  return node.type == XML_ELEMENT_NODE && node.name != nullptr &&
         base::equal_ignoring_case(reinterpret_cast<const char*>(node.name), name);
}

std::string_view attribute(const xmlNode& node, std::string_view name) {
  if (node.type != XML_ELEMENT_NODE) return {};
  for (const xmlAttr* one = node.properties; one != nullptr; one = one->next) {
    const bool is_it = base::equal_ignoring_case(reinterpret_cast<const char*>(one->name), name) &&
                       one->children != nullptr && one->children->content != nullptr;
    if (is_it) return reinterpret_cast<const char*>(one->children->content);
  }
  return {};
}

bool has_attribute(const xmlNode& node, const char* name) {
  return node.type == XML_ELEMENT_NODE &&
         xmlHasProp(&node, reinterpret_cast<const xmlChar*>(name)) != nullptr;
}

bool is_word_of(std::string_view text, std::string_view word) {
  while (!text.empty()) {
    const std::size_t end = text.find_first_of(" \t\r\n");
    if (base::equal_ignoring_case(text.substr(0, end), word)) return true;
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
  return false;
}

// What a browser does not show. Of style sheets only two classes are known, Salesforce's own for
// texts that are for screen readers and for nobody.
bool is_hidden(const xmlNode& node) {
  for (const std::string_view name : {"script", "style", "template", "noscript"}) {
    if (is_element(node, name)) return true;
  }
  if (has_attribute(node, "hidden")) return true;
  const std::string_view classes = attribute(node, "class");
  if (is_word_of(classes, "slds-assistive-text") || is_word_of(classes, "slds-hide")) return true;
  std::string style(attribute(node, "style"));
  std::erase_if(style, is_blank);
  std::transform(style.begin(), style.end(), style.begin(), base::to_lower);
  return style.find("display:none") != std::string::npos ||
         style.find("visibility:hidden") != std::string::npos;
}

bool has_role(const xmlNode& node, std::initializer_list<std::string_view> roles) {
  const std::string_view role = attribute(node, "role");
  return !role.empty() && std::any_of(roles.begin(), roles.end(),
                                      [&](std::string_view one) { return is_word_of(role, one); });
}

// Walks the page without the stack of the process: it is a stranger's page. Grids of WAI-ARIA are
// tables, whatever elements they are made of.
class PageReader {
 public:
  std::vector<CellTable> read(const xmlNode* root) {
    walk(root);
    std::erase_if(tables_, [](const CellTable& table) { return table.empty(); });
    return std::move(tables_);
  }

 private:
  void walk(const xmlNode* node) {
    while (node != nullptr) {
      const bool is_skipped = enter(*node);
      if (node->children != nullptr && !is_skipped) {
        node = node->children;
        continue;
      }
      leave(*node);
      while (node != nullptr && node->next == nullptr) {
        node = node->parent;
        if (node != nullptr) leave(*node);
      }
      if (node != nullptr) node = node->next;
    }
  }

  // True where what is inside does not count.
  bool enter(const xmlNode& node) {
    if (node.type == XML_TEXT_NODE) {
      if (is_in_cell()) text() += reinterpret_cast<const char*>(node.content);
      return true;
    }
    if (is_hidden(node)) return true;
    if (is_table(node)) {
      open_table(&node);
    } else if (is_row(node)) {
      // Rows that no grid holds are one of their own.
      if (open_.empty()) open_table(nullptr);
      tables_[open_.back().table].emplace_back();
      tables_[open_.back().table].back().line = node.line;
    } else if (is_cell(node) && has_row() && !is_in_cell()) {
      tables_[open_.back().table].back().cells.emplace_back();
      open_.back().cell = &node;
    } else if (is_element(node, "br") && is_in_cell()) {
      text() += ' ';
    }
    return false;
  }

  void leave(const xmlNode& node) {
    if (open_.empty()) return;
    if (open_.back().cell == &node) {
      text() = tidied(text());
      open_.back().cell = nullptr;
    }
    if (open_.back().element == &node) open_.pop_back();
  }

  void open_table(const xmlNode* element) {
    open_.push_back({tables_.size(), element, nullptr});
    tables_.emplace_back();
  }

  static bool is_table(const xmlNode& node) {
    return is_element(node, "table") || has_role(node, {"grid", "table", "treegrid"});
  }
  static bool is_row(const xmlNode& node) {
    return is_element(node, "tr") || has_role(node, {"row"});
  }
  static bool is_cell(const xmlNode& node) {
    return is_element(node, "td") || is_element(node, "th") ||
           has_role(node, {"gridcell", "cell", "columnheader", "rowheader"});
  }
  [[nodiscard]] bool is_in_cell() const { return !open_.empty() && open_.back().cell != nullptr; }
  [[nodiscard]] bool has_row() const {
    return !open_.empty() && !tables_[open_.back().table].empty();
  }
  std::string& text() { return tables_[open_.back().table].back().cells.back(); }

  struct Open {
    std::size_t table;
    const xmlNode* element;  // nullptr: it is open to the page's end
    const xmlNode* cell;     // nullptr between cells
  };
  std::vector<CellTable> tables_;
  std::vector<Open> open_;
};

struct FreeParser {
  void operator()(htmlParserCtxtPtr parser) const noexcept { htmlFreeParserCtxt(parser); }
};

base::Result<std::vector<CellTable>> read_page(std::string_view text) {
  const std::unique_ptr<htmlParserCtxt, FreeParser> parser(
      htmlCreateMemoryParserCtxt(text.data(), static_cast<int>(text.size())));
  if (parser == nullptr) {
    return base::fail(Code::kInvalidArgument, "the page cannot be read as HTML");
  }
  const HtmlDocument document(
      htmlCtxtReadMemory(parser.get(), text.data(), static_cast<int>(text.size()), nullptr, "UTF-8",
                         HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                             HTML_PARSE_NONET | HTML_PARSE_COMPACT));
  if (document == nullptr) {
    return base::fail(Code::kInvalidArgument, "the page cannot be read as HTML");
  }
  // What the parser stopped before would be lost without a word.
  if (parser->disableSAX != 0) {
    return base::fail(Code::kInvalidArgument,
                      "the page cannot be read to its end (its elements are nested too deeply); "
                      "copy the table from the browser and save it as text");
  }
  return PageReader().read(xmlDocGetRootElement(document.get()));
}

bool looks_like_html(std::string_view text) {
  const std::string_view head = text.substr(0, text.find_first_not_of(" \t\r\n"));
  text.remove_prefix(head.size());
  return text.starts_with('<');
}

}  // namespace

base::Result<std::vector<CellTable>> read_cells(std::string_view text) {
  if (text.size() > kMostTableBytes) {
    return base::fail(Code::kInvalidArgument, "the table is larger than 16 MiB");
  }
  if (!base::is_valid_utf8(text)) {
    return base::fail(Code::kInvalidArgument,
                      "the table is not UTF-8: save it with that encoding, or paste the text");
  }
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (looks_like_html(text)) return read_page(text);
  REKEY_TRY(CellTable table, SeparatedReader(text, separator_of(text)).read());
  return std::vector<CellTable>{std::move(table)};
}

}  // namespace rekey::rotation
