#include "rotation/inventory_import.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
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
  std::set<std::string> keys;
  [[nodiscard]] bool has(const std::string& key) const { return keys.contains(key); }
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
    place.keys.insert(key);
    if (key == "name" || key == "client_id") {
      place.after_line = std::max(place.after_line,
                                  static_cast<std::size_t>(std::max(entry.second.Mark().line, 0)));
    }
  }
  return place;
}

// The line before which an item goes that is to be the list's last: before the next top-level key
// and the comments and empty lines above it.
std::size_t end_of_list(const YAML::Node& root, const std::vector<std::string>& lines) {
  std::size_t end = lines.size();
  int begin = 0;
  for (const auto& entry : root) {
    if (entry.first.Scalar() == "integrations") begin = entry.first.Mark().line;
  }
  for (const auto& entry : root) {
    const int line = entry.first.Mark().line;
    if (line > begin) end = std::min(end, static_cast<std::size_t>(line));
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
  layout.end_of_list = end_of_list(root, lines);
  if (list.IsNull()) {
    layout.is_list = true;
    layout.dash_column = 2;
    layout.key_column = 4;
    return layout;
  }
  for (const auto& item : list) layout.places.push_back(place_of(item));
  if (layout.places.empty()) return layout;
  const Place& first = layout.places.front();

  layout.dash_column = static_cast<std::size_t>(std::max(list.Mark().column, 0));
  layout.key_column = first.column;
  layout.is_list = list.Style() != YAML::EmitterStyle::Flow && first.is_block &&
                   layout.dash_column < layout.key_column;
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
    for (const ImportRow& row : task_.rows) {
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
  using Identity = std::tuple<std::string, std::string, std::string>;
  static Identity identity_of(const ImportRow& row) {
    return {row.package, row.client_id, row.slot};
  }

  static std::string shown(std::string_view text) {
    return base::escape_hidden(text, base::EscapeForm::kBraces);
  }

  void leave(const ImportRow& row, std::string_view what) {
    result_.left.push_back(fmt::format("{}: {}", shown(row.package), what));
  }

  void find_repeated() {
    std::set<Identity> seen;
    for (const ImportRow& row : task_.rows) {
      if (!seen.insert(identity_of(row)).second) repeated_.insert(identity_of(row));
    }
  }

  bool is_usable(const ImportRow& row) {
    if (row.package.empty()) return false;
    if (base::find_hidden_character(row.package)) {
      leave(row, "its name holds a character that is not seen; add it by hand");
    } else if (repeated_.contains(identity_of(row))) {
      leave(row, fmt::format("stands in {} more than once; add it by hand", task_.source));
    } else {
      return true;
    }
    return false;
  }

  [[nodiscard]] std::optional<std::size_t> find(const ImportRow& row) const {
    std::optional<std::size_t> by_name;
    for (std::size_t i = 0; i < file_.integrations.size(); ++i) {
      const Inventory& one = file_.integrations[i];
      if (one.slot != row.slot) continue;
      if (!row.client_id.empty() && one.client_id == row.client_id) return i;
      if (one.name == row.package) by_name = i;
    }
    return by_name;
  }

  bool is_other_client(const ImportRow& row, const Inventory& one) {
    if (row.client_id.empty() || one.client_id.empty() || one.client_id == row.client_id) {
      return false;
    }
    leave(row, fmt::format("the file has client id {}, {} {}; if they are two, add the other one "
                           "by hand under another name",
                           one.client_id, task_.source, shown(row.client_id)));
    return true;
  }

  // What is known of it, as lines of the file. A text with a character that is not seen stays away.
  static std::vector<std::pair<std::string, std::string>> facts_of(const ImportRow& row) {
    std::vector<std::pair<std::string, std::string>> facts;
    const auto add_text = [&](std::string_view key, const std::string& text) {
      if (text.empty() || base::find_hidden_character(text)) return;
      facts.emplace_back(key, yaml_text(text));
    };
    if (credential::parse_client_id(row.client_id)) facts.emplace_back("client_id", row.client_id);
    if (row.slot != credential::kDefaultSlot) facts.emplace_back("slot", yaml_text(row.slot));
    add_text("owner", row.owner);
    std::vector<std::string> contacts;
    for (const std::string& contact : row.contacts) {
      if (contact.empty() || base::find_hidden_character(contact)) continue;
      contacts.push_back(yaml_text(contact));
    }
    if (!contacts.empty()) {
      facts.emplace_back("contacts", fmt::format("[{}]", fmt::join(contacts, ", ")));
    }
    add_text("documentation", row.documentation);
    if (row.generated_at) facts.emplace_back("generated_at", date_text(*row.generated_at));
    if (row.expires_at) facts.emplace_back("expires_at", date_text(*row.expires_at));
    return facts;
  }

  void complete(const ImportRow& row, std::size_t at) {
    const Inventory& one = file_.integrations[at];
    const Place& place = layout_.places[at];
    compare(row, "expires_at", place, one.expires_at, row.expires_at);
    compare(row, "generated_at", place, one.generated_at, row.generated_at);
    const auto generated = place.has("generated_at") ? one.generated_at : row.generated_at;
    const auto ends = place.has("expires_at") ? one.expires_at : row.expires_at;
    if (generated && ends && *ends <= *generated) {
      leave(row, fmt::format("would end {}, before it was generated {}; nothing is added",
                             date_text(*ends), date_text(*generated)));
      return;
    }
    std::vector<std::string> lines;
    for (const auto& [key, text] : facts_of(row)) {
      if (!place.has(key)) lines.push_back(fmt::format("{}: {}", key, text));
    }
    if (lines.empty()) return;
    if (!place.is_block) {
      leave(row,
            fmt::format("stands on one line in the file; add {} there", fmt::join(lines, " and ")));
      return;
    }
    result_.done.push_back(fmt::format("{}: {} added", one.name, fmt::join(lines, " and ")));
    for (std::string& line : lines) line.insert(0, place.column, ' ');
    result_.added.push_back({place.after_line + 1, std::move(lines)});
  }

  void compare(const ImportRow& row, const std::string& key, const Place& place,
               const std::optional<Instant>& file, const std::optional<Instant>& source) {
    if (!place.has(key) || !source || (file && is_same_end(*file, *source))) return;
    if (!file) {
      leave(row, fmt::format("{} stands empty in the file; put {} there", key, date_text(*source)));
      return;
    }
    leave(row, fmt::format("the file says {} {}, {} {}", key, date_text(*file), task_.source,
                           date_text(*source)));
  }

  base::Result<std::string> issuer_of_fresh() const {
    std::vector<std::string> could_be;
    for (const auto& [name, spec] : file_.issuers) {
      if (task_.issuer_kind.empty() || spec.kind == task_.issuer_kind) could_be.push_back(name);
    }
    const bool is_one = std::find(could_be.begin(), could_be.end(), task_.issuer) != could_be.end();
    if (is_one) return task_.issuer;
    if (task_.issuer.empty() && could_be.size() == 1) return could_be.front();
    if (could_be.empty()) {
      return base::fail(Code::kInvalidArgument,
                        fmt::format("{} has no issuer of the kind {}; add one to its issuers: a "
                                    "name of your own, with kind: {}",
                                    task_.path, task_.issuer_kind, task_.issuer_kind));
    }
    if (!task_.issuer.empty()) {
      return base::fail(
          Code::kInvalidArgument,
          fmt::format("--issuer {}: give one of {}", task_.issuer, fmt::join(could_be, ", ")));
    }
    return base::fail(Code::kInvalidArgument,
                      fmt::format("{} has several issuers ({}); say with --issuer which one the "
                                  "new integrations have",
                                  task_.path, fmt::join(could_be, ", ")));
  }

  base::Status add_fresh() {
    if (fresh_.empty()) return {};
    if (!layout_.is_list) {
      for (const ImportRow* row : fresh_) {
        leave(*row,
              "not in the file, which has no list of integrations with one key a line to "
              "add it to; write `integrations:` alone on its line where it is empty");
      }
      return {};
    }
    REKEY_TRY(const std::string issuer, issuer_of_fresh());
    std::set<std::pair<std::string, std::string>> names;
    AddedLines added{layout_.end_of_list, {}};
    for (const ImportRow* row : fresh_) {
      if (!names.emplace(row->package, row->slot).second) {
        leave(*row, fmt::format("client id {} has the name of another one; add it by hand under "
                                "another name",
                                shown(row->client_id)));
        continue;
      }
      const auto item = item_of(*row, issuer);
      added.lines.insert(added.lines.end(), item.begin(), item.end());
      result_.done.push_back(fmt::format("{}: added", row->package));
    }
    result_.added.push_back(std::move(added));
    return {};
  }

  [[nodiscard]] std::vector<std::string> item_of(const ImportRow& row,
                                                 const std::string& issuer) const {
    const bool is_in_order =
        !row.expires_at || !row.generated_at || *row.generated_at < *row.expires_at;
    std::vector<std::string> keys{fmt::format("name: {}", yaml_text(row.package)),
                                  fmt::format("issuer: {}", issuer)};
    for (const auto& [key, text] : facts_of(row)) {
      if (key == "generated_at" && !is_in_order) continue;
      const bool is_first = key == "client_id" || key == "slot";
      keys.insert(is_first ? keys.end() - 1 : keys.end(), fmt::format("{}: {}", key, text));
    }
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
  std::set<Identity> repeated_;
  std::vector<const ImportRow*> fresh_;
  InventoryImport result_;
};

// Whether `later` holds each integration of `earlier` with all that was known of it.
bool holds_all(const InventoryFile& later, const InventoryFile& earlier) {
  if (later.integrations.size() < earlier.integrations.size()) return false;
  for (std::size_t i = 0; i < earlier.integrations.size(); ++i) {
    const Inventory& a = earlier.integrations[i];
    const Inventory& b = later.integrations[i];
    const bool is_kept = (a.client_id.empty() || a.client_id == b.client_id) &&
                         (a.owner.empty() || a.owner == b.owner) &&
                         (a.contacts.empty() || a.contacts == b.contacts) &&
                         (a.documentation.empty() || a.documentation == b.documentation);
    if (!is_kept || a.name != b.name || a.slot != b.slot || a.consumers != b.consumers ||
        a.waivers != b.waivers || a.issuer != b.issuer || a.state_folder != b.state_folder) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::vector<ImportRow> import_rows_of(std::span<const ExpiryRow> rows) {
  std::vector<ImportRow> out;
  for (const ExpiryRow& row : rows) {
    std::string state = row.state;
    std::transform(state.begin(), state.end(), state.begin(), base::to_lower);
    if (row.package.empty() || state.find("staged") != std::string::npos) continue;
    ImportRow one{.package = row.package, .client_id = row.client_id};
    one.generated_at = row.generated_at;
    one.expires_at = row.expires_at;
    out.push_back(std::move(one));
  }
  return out;
}

base::Result<InventoryImport> import_into_inventory(const ImportTask& task,
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
        fmt::format("{}: what {} says cannot be brought in by adding lines; nothing is changed{}{}",
                    task.path, task.source,
                    after ? "" : ". With them: ", after ? "" : after.error().detail));
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
