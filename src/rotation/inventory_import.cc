#include "rotation/inventory_import.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "base/printable.h"
#include "base/text.h"
#include "credential/ids.h"
#include "rotation/registry.h"
#include "rotation/yaml_document.h"
#include "rotation/yaml_mapping.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Instant;

// Where an integration stands in the file, and which keys it has there.
struct Place {
  std::size_t after_line = 0;  // what is added to it goes after this line
  std::size_t column = 0;      // of its keys
  bool is_block = false;       // one key a line
  bool has_end = false;
  bool has_generated = false;
};

// Where integrations are, and where another one goes.
struct Layout {
  std::vector<Place> places;  // one an integration
  bool is_list = false;       // of block style, so that an item can be added
  std::size_t dash_column = 0;
  std::size_t key_column = 0;
  std::size_t end_of_list = 0;  // the line before which a new item goes
};

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1);
    lines.emplace_back(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  return lines;
}

Place place_of(const YAML::Node& node) {
  Place place;
  place.is_block = node.IsMap() && node.Style() != YAML::EmitterStyle::Flow;
  place.column = static_cast<std::size_t>(std::max(node.Mark().column, 0));
  for (const auto& entry : node) {
    const std::string& key = entry.first.Scalar();
    place.has_end = place.has_end || key == "expires_at";
    place.has_generated = place.has_generated || key == "generated_at";
    if (key == "name" || key == "client_id") {
      place.after_line = std::max(place.after_line,
                                  static_cast<std::size_t>(std::max(entry.second.Mark().line, 0)));
    }
  }
  return place;
}

// The line before which an item goes that is to be the list's last: before the next top-level key
// and the comments and empty lines above it.
std::size_t end_of_list(const YAML::Node& root, const YAML::Node& list,
                        const std::vector<std::string>& lines) {
  std::size_t end = lines.size();
  for (const auto& entry : root) {
    const int line = entry.first.Mark().line;
    if (line > list.Mark().line) end = std::min(end, static_cast<std::size_t>(line));
  }
  if (end == lines.size()) return end;
  while (end > 0 && (lines[end - 1].starts_with('#') ||
                     lines[end - 1].find_first_not_of(" \t\r\n") == std::string::npos)) {
    --end;
  }
  return end;
}

Layout layout_of(const YAML::Node& root, const std::vector<std::string>& lines) {
  Layout layout;
  if (const YAML::Node single = root["integration"]) {
    layout.places.push_back(place_of(single));
    return layout;
  }
  const YAML::Node list = root["integrations"];
  for (const auto& item : list) layout.places.push_back(place_of(item));
  const Place& first = layout.places.front();

  layout.dash_column = static_cast<std::size_t>(std::max(list.Mark().column, 0));
  layout.key_column = first.column;
  layout.is_list = list.Style() != YAML::EmitterStyle::Flow && first.is_block &&
                   layout.dash_column < layout.key_column;
  layout.end_of_list = end_of_list(root, list, lines);
  return layout;
}

// As the file has it: a day where it is one, else the second.
std::string date_text(Instant at) {
  std::string text = base::format_instant(at);
  return text.ends_with("T00:00:00Z") ? text.substr(0, 10) : text;
}

bool is_same_end(Instant a, Instant b) {
  const auto day = [](Instant at) { return base::format_instant(at).substr(0, 10); };
  const auto is_day = [](Instant at) { return base::format_instant(at).ends_with("T00:00:00Z"); };
  return a == b || ((is_day(a) || is_day(b)) && day(a) == day(b));
}

// A scalar that YAML reads as this very text.
std::string yaml_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

class Importer {
 public:
  Importer(const ImportTask& task, InventoryFile file, Layout layout,
           std::vector<std::string> lines)
      : task_(task), file_(std::move(file)), layout_(std::move(layout)), lines_(std::move(lines)) {}

  base::Result<InventoryImport> run() {
    find_repeated();
    for (const ExpiryRow& row : task_.rows) {
      if (!is_usable(row)) continue;
      const auto at = find(row);
      if (!at) {
        fresh_.push_back(&row);
      } else if (!is_other_client(row, file_.integrations[*at])) {
        complete(row, *at);
      }
    }
    REKEY_CHECK(add_fresh());
    std::stable_sort(result_.added.begin(), result_.added.end(),
                     [](const AddedLines& a, const AddedLines& b) { return a.before < b.before; });
    write();
    return std::move(result_);
  }

 private:
  void leave(const ExpiryRow& row, std::string_view what) {
    result_.left.push_back(
        fmt::format("{}: {}", base::escape_hidden(row.package, base::EscapeForm::kBraces), what));
  }

  static bool is_staged(const ExpiryRow& row) {
    std::string state = row.state;
    std::transform(state.begin(), state.end(), state.begin(), base::to_lower);
    return state.find("staged") != std::string::npos;
  }

  void find_repeated() {
    std::set<std::pair<std::string, std::string>> seen;
    for (const ExpiryRow& row : task_.rows) {
      if (!is_staged(row) && !seen.emplace(row.package, row.client_id).second) {
        repeated_.emplace(row.package, row.client_id);
      }
    }
  }

  bool is_usable(const ExpiryRow& row) {
    if (is_staged(row)) return false;
    if (row.package.empty()) return false;
    if (base::find_hidden_character(row.package)) {
      leave(row, "its name holds a character that is not seen; add it by hand");
    } else if (repeated_.contains({row.package, row.client_id})) {
      leave(row,
            fmt::format("stands in the table more than once (line {}); add it by hand", row.line));
    } else {
      return true;
    }
    return false;
  }

  [[nodiscard]] std::optional<std::size_t> find(const ExpiryRow& row) const {
    std::optional<std::size_t> by_name;
    for (std::size_t i = 0; i < file_.integrations.size(); ++i) {
      const Inventory& one = file_.integrations[i];
      if (!row.client_id.empty() && one.client_id == row.client_id) return i;
      if (one.name == row.package) by_name = i;
    }
    return by_name;
  }

  bool is_other_client(const ExpiryRow& row, const Inventory& one) {
    if (row.client_id.empty() || one.client_id.empty() || one.client_id == row.client_id) {
      return false;
    }
    leave(row, fmt::format("the file has client id {}, the table {}", one.client_id,
                           base::escape_hidden(row.client_id, base::EscapeForm::kBraces)));
    return true;
  }

  void complete(const ExpiryRow& row, std::size_t at) {
    const Inventory& one = file_.integrations[at];
    const Place& place = layout_.places[at];
    compare(row, "expires_at", place.has_end, one.expires_at, row.expires_at);
    compare(row, "generated_at", place.has_generated, one.generated_at, row.generated_at);
    const auto generated = place.has_generated ? one.generated_at : row.generated_at;
    const auto ends = place.has_end ? one.expires_at : row.expires_at;
    if (generated && ends && *ends <= *generated) {
      leave(row, fmt::format("would end {}, before it was generated {}; nothing is added",
                             date_text(*ends), date_text(*generated)));
      return;
    }
    std::vector<std::string> facts;
    if (row.generated_at && !place.has_generated) {
      facts.push_back(fmt::format("generated_at: {}", date_text(*row.generated_at)));
    }
    if (row.expires_at && !place.has_end) {
      facts.push_back(fmt::format("expires_at: {}", date_text(*row.expires_at)));
    }
    if (facts.empty()) return;
    if (!place.is_block) {
      leave(row,
            fmt::format("stands on one line in the file; add {} there", fmt::join(facts, " and ")));
      return;
    }
    result_.done.push_back(fmt::format("{}: {} added", one.name, fmt::join(facts, " and ")));
    for (std::string& fact : facts) fact.insert(0, place.column, ' ');
    result_.added.push_back({place.after_line + 1, std::move(facts)});
  }

  void compare(const ExpiryRow& row, std::string_view key, bool is_there,
               const std::optional<Instant>& file, const std::optional<Instant>& table) {
    if (!is_there || !file || !table || is_same_end(*file, *table)) return;
    leave(row, fmt::format("the file says {} {}, the table {}", key, date_text(*file),
                           date_text(*table)));
  }

  base::Result<std::string> issuer_of_fresh() const {
    std::set<std::string> named;
    for (const Inventory& one : file_.integrations) named.insert(one.issuer_name);
    if (task_.issuer.empty() && named.size() == 1) return *named.begin();
    if (!task_.issuer.empty()) return task_.issuer;
    return base::fail(Code::kInvalidArgument,
                      fmt::format("{} has several issuers ({}); say with --issuer which one the "
                                  "new integrations have",
                                  task_.path, fmt::join(named, ", ")));
  }

  base::Status add_fresh() {
    if (fresh_.empty()) return {};
    if (!layout_.is_list) {
      for (const ExpiryRow* row : fresh_) {
        leave(*row,
              "not in the file, which has no list of integrations with one key a line to "
              "add it to");
      }
      return {};
    }
    REKEY_TRY(const std::string issuer, issuer_of_fresh());
    AddedLines added{layout_.end_of_list, {}};
    for (const ExpiryRow* row : fresh_) {
      const auto item = item_of(*row, issuer);
      added.lines.insert(added.lines.end(), item.begin(), item.end());
      result_.done.push_back(fmt::format("{}: added", row->package));
    }
    result_.added.push_back(std::move(added));
    return {};
  }

  [[nodiscard]] std::vector<std::string> item_of(const ExpiryRow& row,
                                                 const std::string& issuer) const {
    std::vector<std::string> keys{fmt::format("name: {}", yaml_text(row.package))};
    if (credential::parse_client_id(row.client_id)) {
      keys.push_back(fmt::format("client_id: {}", row.client_id));
    }
    keys.push_back(fmt::format("issuer: {}", issuer));
    const bool is_in_order =
        !row.expires_at || !row.generated_at || *row.generated_at < *row.expires_at;
    if (row.generated_at && is_in_order) {
      keys.push_back(fmt::format("generated_at: {}", date_text(*row.generated_at)));
    }
    if (row.expires_at) keys.push_back(fmt::format("expires_at: {}", date_text(*row.expires_at)));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      std::string lead(layout_.key_column, ' ');
      if (i == 0) lead[layout_.dash_column] = '-';
      keys[i].insert(0, lead);
    }
    return keys;
  }

  void write() {
    const bool has_crlf = !lines_.empty() && lines_.front().ends_with("\r\n");
    const std::string_view line_end = has_crlf ? "\r\n" : "\n";
    auto next = result_.added.begin();
    for (std::size_t i = 0; i <= lines_.size(); ++i) {
      for (; next != result_.added.end() && next->before == i; ++next) {
        if (!result_.text.empty() && !result_.text.ends_with('\n')) result_.text += line_end;
        for (const std::string& line : next->lines) result_.text += line + std::string(line_end);
      }
      if (i < lines_.size()) result_.text += lines_[i];
    }
  }

  const ImportTask& task_;
  InventoryFile file_;
  Layout layout_;
  std::vector<std::string> lines_;
  std::set<std::pair<std::string, std::string>> repeated_;
  std::vector<const ExpiryRow*> fresh_;
  InventoryImport result_;
};

// Whether `later` holds each integration of `earlier` with all that was known of it.
bool holds_all(const InventoryFile& later, const InventoryFile& earlier) {
  if (later.integrations.size() < earlier.integrations.size()) return false;
  for (std::size_t i = 0; i < earlier.integrations.size(); ++i) {
    const Inventory& a = earlier.integrations[i];
    const Inventory& b = later.integrations[i];
    if (a.name != b.name || a.client_id != b.client_id || a.slot != b.slot ||
        a.consumers != b.consumers || a.waivers != b.waivers || a.owner != b.owner ||
        a.contacts != b.contacts || a.issuer != b.issuer || a.state_folder != b.state_folder) {
      return false;
    }
  }
  return true;
}

}  // namespace

base::Result<InventoryImport> import_expiry_rows(const ImportTask& task,
                                                 const DriverRegistry& registry) {
  REKEY_TRY(InventoryFile file, parse_inventory_file(task.text, task.path, registry));
  std::vector<std::string> lines = lines_of(task.text);
  Problems problems(task.path);
  Layout layout;
  with_yaml_document(task.text, problems,
                     [&](const YAML::Node& root) { layout = layout_of(root, lines); });
  if (!problems.is_empty()) return problems.as_error();
  const InventoryFile before = file;
  Importer importer(task, std::move(file), std::move(layout), std::move(lines));
  REKEY_TRY(InventoryImport result, importer.run());
  const auto after = parse_inventory_file(result.text, task.path, registry);
  if (!after || !holds_all(*after, before)) {
    return base::fail(
        Code::kInvalidArgument,
        fmt::format("{}: the table cannot be brought in by adding lines; nothing is changed{}{}",
                    task.path, after ? "" : ". With them: ", after ? "" : after.error().detail));
  }
  return result;
}

std::string diff_of(const ImportTask& task, const InventoryImport& import) {
  constexpr std::size_t kAround = 3;
  const std::vector<std::string> lines = lines_of(task.text);
  std::string diff;
  std::size_t growth = 0;
  for (std::size_t i = 0; i < import.added.size();) {
    // Additions whose surroundings touch stand in one hunk.
    std::size_t last = i;
    while (last + 1 < import.added.size() &&
           import.added[last + 1].before <= import.added[last].before + 2 * kAround) {
      ++last;
    }
    const std::size_t begin = import.added[i].before - std::min(import.added[i].before, kAround);
    const std::size_t end = std::min(import.added[last].before + kAround, lines.size());
    std::string body;
    std::size_t plus = 0;
    std::size_t next = i;
    for (std::size_t line = begin; line <= end; ++line) {
      for (; next <= last && import.added[next].before == line; ++next) {
        plus += import.added[next].lines.size();
        for (const std::string& text : import.added[next].lines) body += "+" + text + "\n";
      }
      if (line == end) break;
      body += " " + lines[line];
      if (!body.ends_with('\n')) body += '\n';
    }
    diff += fmt::format("@@ -{},{} +{},{} @@\n{}", begin + 1, end - begin, begin + growth + 1,
                        end - begin + plus, body);
    growth += plus;
    i = last + 1;
  }
  if (diff.empty()) return diff;
  return fmt::format("--- {0}\n+++ {0}\n{1}", task.path, diff);
}

}  // namespace rekey::rotation
