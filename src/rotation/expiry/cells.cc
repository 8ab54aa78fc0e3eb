#include "rotation/expiry/cells.h"

#include <fmt/format.h>
#include <libxml/HTMLparser.h>

#include <algorithm>
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
    if (separator_ != '\t' && take('"')) {
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

// Walks the page without the stack of the process: it is a stranger's page.
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
      if (!open_.empty() && open_.back().is_in_cell) {
        text() += reinterpret_cast<const char*>(node.content);
      }
      return true;
    }
    if (is_element(node, "script") || is_element(node, "style")) return true;
    if (is_element(node, "table")) {
      open_.push_back({tables_.size()});
      tables_.emplace_back();
    } else if (is_element(node, "tr") && !open_.empty()) {
      tables_[open_.back().table].emplace_back();
      tables_[open_.back().table].back().line = node.line;
    } else if (is_cell(node) && !open_.empty() && !tables_[open_.back().table].empty()) {
      tables_[open_.back().table].back().cells.emplace_back();
      open_.back().is_in_cell = true;
    } else if (is_element(node, "br") && !open_.empty() && open_.back().is_in_cell) {
      text() += ' ';
    }
    return false;
  }

  void leave(const xmlNode& node) {
    if (open_.empty()) return;
    if (is_element(node, "table")) open_.pop_back();
    if (is_cell(node) && open_.back().is_in_cell) {
      text() = tidied(text());
      open_.back().is_in_cell = false;
    }
  }

  static bool is_cell(const xmlNode& node) {
    return is_element(node, "td") || is_element(node, "th");
  }
  std::string& text() { return tables_[open_.back().table].back().cells.back(); }

  struct Open {
    std::size_t table;
    bool is_in_cell = false;
  };
  std::vector<CellTable> tables_;
  std::vector<Open> open_;
};

base::Result<std::vector<CellTable>> read_page(std::string_view text) {
  const HtmlDocument document(
      htmlReadMemory(text.data(), static_cast<int>(text.size()), nullptr, "UTF-8",
                     HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                         HTML_PARSE_NONET | HTML_PARSE_COMPACT));
  if (document == nullptr) {
    return base::fail(Code::kInvalidArgument, "the page cannot be read as HTML");
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
