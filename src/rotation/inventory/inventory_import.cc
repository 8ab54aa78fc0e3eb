#include "rotation/inventory/inventory_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/printable.h"
#include "base/text.h"
#include "credential/ids.h"
#include "rotation/drivers/registry.h"
#include "rotation/inventory/inventory_layout.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Instant;

// As the file has it: a day where it is one, else the second.
std::string date_text(Instant at) {
  std::string text = base::format_instant(at);
  return text.ends_with("T00:00:00Z") ? text.substr(0, 10) : text;
}

bool is_same_day(Instant a, Instant b) {
  return std::chrono::floor<base::Days>(a) == std::chrono::floor<base::Days>(b);
}

bool is_same_end(Instant a, Instant b) {
  const auto is_day = [](Instant at) { return base::format_instant(at).ends_with("T00:00:00Z"); };
  return a == b || ((is_day(a) || is_day(b)) && is_same_day(a, b));
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
    take_rows();
    find_repeated();
    for (const ImportRow& row : rows_) {
      if (!is_usable(row)) continue;
      const auto at = find(row);
      if (!at && row.package.empty()) {
        leave(row, fmt::format("no integration of the file has this client id, and {} names no "
                               "package; add it by hand",
                               task_.source));
      } else if (!at) {
        fresh_.push_back(&row);
      } else if (is_other_client(row, file_.integrations[*at])) {
        continue;
      } else if (!completed_.insert(*at).second) {
        leave(row, fmt::format("another row of {} belongs to {} as well; see which one is right",
                               task_.source, file_.integrations[*at].name));
      } else {
        complete(row, *at);
      }
    }
    REKEY_CHECK(add_fresh());
    replace_dates();
    auto& changes = result_.changes;
    std::stable_sort(changes.begin(), changes.end(), [](const LineChange& a, const LineChange& b) {
      return std::pair(a.at, a.removed) < std::pair(b.at, b.removed);
    });
    result_.text = apply_changes(lines_, changes);
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
    result_.left.push_back(fmt::format("{}: {}", subject_of(row), what));
  }

  static std::string subject_of(const ImportRow& row) {
    return shown(row.package.empty() ? row.client_id : row.package);
  }

  // A client id that can be none tells nothing.
  void take_rows() {
    rows_.assign(task_.rows.begin(), task_.rows.end());
    for (ImportRow& row : rows_) {
      if (row.client_id.empty() || credential::parse_client_id(row.client_id)) continue;
      result_.notes.push_back(fmt::format(
          "{}: \"{}\" is no client id, which is 24 characters of a-z and 0-9; it is not "
          "taken",
          subject_of(row), shown(row.client_id)));
      row.client_id.clear();
    }
    std::erase_if(
        rows_, [](const ImportRow& row) { return row.package.empty() && row.client_id.empty(); });
  }

  void find_repeated() {
    std::set<Identity> seen;
    for (const ImportRow& row : rows_) {
      if (!seen.insert(identity_of(row)).second) repeated_.insert(identity_of(row));
      if (!row.client_id.empty()) names_of_[{row.client_id, row.slot}].insert(subject_of(row));
    }
  }

  bool has_several_names(const ImportRow& row) const {
    const auto found = names_of_.find({row.client_id, row.slot});
    return found != names_of_.end() && found->second.size() > 1;
  }

  bool is_usable(const ImportRow& row) {
    if (base::find_hidden_character(row.package)) {
      leave(row, "its name holds a character that is not seen; add it by hand");
    } else if (repeated_.contains(identity_of(row))) {
      leave(row, fmt::format("stands in {} more than once; add it by hand", task_.source));
    } else if (has_several_names(row)) {
      leave(row, fmt::format("client id {} stands in {} under several names ({}); add the right "
                             "one by hand",
                             row.client_id, task_.source,
                             shown(fmt::format(
                                 "{}", fmt::join(names_of_[{row.client_id, row.slot}], ", ")))));
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
      if (!row.package.empty() && one.name == row.package) by_name = i;
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
    if (!row.client_id.empty()) facts.emplace_back("client_id", row.client_id);
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
    const std::optional<RotatedDates> rotated =
        at < task_.rotated.size() ? task_.rotated[at] : std::nullopt;
    std::vector<DateChange> dates{{"generated_at", one.generated_at, row.generated_at,
                                   rotated ? std::optional(rotated->staged_at) : std::nullopt},
                                  {"expires_at", one.expires_at, row.expires_at,
                                   rotated ? std::optional(rotated->expires_at) : std::nullopt}};
    std::erase_if(dates, [&](const DateChange& date) { return !differs(row, date, place); });
    auto generated = place.has("generated_at") ? one.generated_at : row.generated_at;
    auto ends = place.has("expires_at") ? one.expires_at : row.expires_at;
    for (const DateChange& date : dates)
      (date.key == "expires_at" ? ends : generated) = date.source;
    if (generated && ends && *ends <= *generated) {
      leave(row, fmt::format("would end {}, before it was generated {}; nothing is added",
                             date_text(*ends), date_text(*generated)));
      return;
    }
    for (const DateChange& date : dates) replace(one.name, date, place.keys.at(date.key));
    add_facts(row, one, place);
  }

  void add_facts(const ImportRow& row, const Inventory& one, const Place& place) {
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
    result_.changes.push_back({place.after_line + 1, 0, std::move(lines)});
  }

  // A date that the file has, and what the source and the last rotation here say instead.
  struct DateChange {
    std::string key;
    std::optional<Instant> file;
    std::optional<Instant> source;
    std::optional<Instant> rotated;
  };

  // True where the source's date is to stand in the file instead. Tells it where it is not.
  bool differs(const ImportRow& row, const DateChange& date, const Place& place) {
    if (!place.has(date.key) || !date.source) return false;
    if (date.file && is_same_end(*date.file, *date.source)) return false;
    if (date.rotated && is_same_day(*date.rotated, *date.source)) return false;
    const std::string source = date_text(*date.source);
    if (!date.file) {
      leave(row, fmt::format("{} stands empty in the file; put {} there", date.key, source));
    } else if (date.rotated && *date.rotated > *date.source) {
      leave(row, fmt::format("{} is {} since the last rotation here, {} says {}, which is earlier; "
                             "is it of a time before?",
                             date.key, date_text(*date.rotated), task_.source, source));
    } else if (!task_.updates_dates) {
      leave(row, fmt::format("the file says {} {}, {} {}; --update-dates writes the latter",
                             date.key, date_text(*date.file), task_.source, source));
    } else if (place.keys.at(date.key).size == 0) {
      leave(row, fmt::format("{} is written over several lines; put {} there by hand", date.key,
                             source));
    } else {
      return true;
    }
    return false;
  }

  void replace(const std::string& name, const DateChange& date, const Spot& spot) {
    edits_[spot.line].emplace(spot.column, Edit{spot.size, date_text(*date.source)});
    result_.done.push_back(fmt::format("{}: {} {} becomes {}", name, date.key,
                                       date_text(*date.file), date_text(*date.source)));
  }

  void replace_dates() {
    for (const auto& [at, edits] : edits_) {
      std::string line = lines_[at];
      line.erase(line.find_last_not_of("\r\n") + 1);
      // From the end, so that the columns before stay what they are.
      for (auto edit = edits.rbegin(); edit != edits.rend(); ++edit) {
        line.replace(edit->first, edit->second.size, edit->second.text);
      }
      result_.changes.push_back({at, 1, {std::move(line)}});
    }
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
    LineChange added{layout_.end_of_list, 0, {}};
    for (const ImportRow* row : fresh_) {
      if (!names.emplace(row->package, row->slot).second) {
        leave(*row, fmt::format("client id {} has the name of another one; add it by hand under "
                                "another name",
                                shown(row->client_id)));
        continue;
      }
      note_alike(*row);
      const auto item = item_of(*row, issuer);
      added.lines.insert(added.lines.end(), item.begin(), item.end());
      result_.done.push_back(fmt::format("{}: added", row->package));
    }
    result_.changes.push_back(std::move(added));
    return {};
  }

  // Names that differ in blanks or in upper and lower case alone may be one.
  void note_alike(const ImportRow& row) {
    const auto ask = [&](const std::string& other, std::string_view where) {
      if (other == row.package || folded(other) != folded(row.package)) return;
      result_.notes.push_back(
          fmt::format("\"{}\" is added beside \"{}\" of {}: are they the same? "
                      "Then keep one, with the name that Setup shows",
                      shown(row.package), shown(other), where));
    };
    for (const Inventory& one : file_.integrations) ask(one.name, task_.path);
    for (const ImportRow* other : fresh_) {
      if (other == &row) break;
      ask(other->package, task_.source);
    }
  }

  static std::string folded(std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (c != ' ' && c != '\t') out += base::to_lower(c);
    }
    return out;
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

  const ImportTask& task_;
  InventoryFile file_;
  Layout layout_;
  std::vector<std::string> lines_;
  std::vector<ImportRow> rows_;
  std::set<Identity> repeated_;
  std::map<std::pair<std::string, std::string>, std::set<std::string>>
      names_of_;  // by client, slot
  std::vector<const ImportRow*> fresh_;
  std::set<std::size_t> completed_;  // integrations to which a row belonged
  struct Edit {
    std::size_t size;
    std::string text;
  };
  std::map<std::size_t, std::map<std::size_t, Edit>> edits_;  // by line and column
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
    if (state.find("staged") != std::string::npos) continue;
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
  REKEY_TRY(Layout layout, layout_of(task.text, task.path, lines));
  const InventoryFile before = file;
  Importer importer(task, std::move(file), std::move(layout), std::move(lines));
  REKEY_TRY(InventoryImport result, importer.run());
  const auto after = parse_inventory_file(result.text, task.path, registry);
  if (!after || !holds_all(*after, before)) {
    return base::fail(
        Code::kInvalidArgument,
        fmt::format("{}: what {} says cannot be brought in line by line; nothing is changed{}{}",
                    task.path, task.source,
                    after ? "" : ". With them: ", after ? "" : after.error().detail));
  }
  return result;
}

std::string diff_of(const ImportTask& task, const InventoryImport& import) {
  return unified_diff(task.path, lines_of(task.text), import.changes);
}

}  // namespace rekey::rotation
