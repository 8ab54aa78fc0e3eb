// rekey inventory coverage: does the inventory name every place in which its secrets stand?
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/inventory_choice.h"
#include "cli/output.h"
#include "cli/root_search.h"
#include "crypto/fingerprint_key.h"
#include "discovery/report/json_report.h"
#include "rotation/engine/engine.h"
#include "rotation/plan/covered.h"
#include "rotation/plan/held_places.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;
using discovery::Finding;
using rotation::FoundPlace;
using rotation::Holding;
using rotation::Inventory;

// Of one integration. FoundPlace::value is the place's number among the findings.
struct Covered {
  Inventory inventory;
  rotation::HeldPlaces held;
  std::string open_run;
  rotation::SortedPlaces places;  // that hold one of its values
  rotation::SortedPlaces others;  // that hold another one, beside its client id
};

struct Compared {
  std::vector<Covered> integrations;
  ScannedRoots by_value;
  ScannedRoots by_shape;
};

Result<std::vector<Inventory>> chosen(rotation::InventoryFile file, const std::string& wanted) {
  if (wanted.empty()) return std::move(file.integrations);
  std::vector<Inventory> one;
  REKEY_TRY(one.emplace_back(), rotation::choose_integration(std::move(file), wanted));
  return one;
}

Result<std::vector<std::string>> roots_of(const Arguments& arguments,
                                          const rotation::InventoryFile& file) {
  auto paths = arguments.arguments("PATH");
  if (paths.empty()) paths = file.discovery.roots;
  if (!paths.empty()) return paths;
  return fail(Code::kInvalidArgument,
              fmt::format("where to look is not known: name files or folders, or declare them in "
                          "{}, as discovery: {{roots: [..]}}",
                          file.path));
}

Result<std::vector<Covered>> read_all(Context& context, Desk& desk,
                                      std::vector<Inventory> inventories) {
  std::vector<Covered> all;
  for (Inventory& one : inventories) {
    Covered covered;
    covered.held = rotation::read_places(one, desk.drivers);
    if (!one.client_id.empty()) {
      REKEY_TRY(const auto open,
                rotation::peek_open_run(context.files, one.state_folder, one.client_id, one.slot));
      if (open) covered.open_run = open->run_id;
    }
    covered.inventory = std::move(one);
    all.push_back(std::move(covered));
  }
  return all;
}

// By fingerprint, the numbers of the integrations whose consumers hold that value.
using Holders = std::map<base::Fingerprint, std::set<std::size_t>>;

Holders holders_of(const std::vector<Covered>& integrations, const crypto::RootKey& key) {
  crypto::Fingerprinter fingerprint(key);
  Holders holders;
  for (std::size_t i = 0; i < integrations.size(); ++i) {
    for (const base::Secret& value : integrations[i].held.values) {
      holders[fingerprint(value.reveal())].insert(i);
    }
  }
  return holders;
}

void sort_by_value(Compared& compared, const Holders& holders) {
  std::vector<std::vector<FoundPlace>> places(compared.integrations.size());
  const auto& findings = compared.by_value.findings;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const auto found = holders.find(findings[i].fingerprint);
    if (found == holders.end()) continue;
    for (const std::size_t whose : found->second) {
      places[whose].push_back(found_place(findings[i], i));
    }
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    Covered& one = compared.integrations[i];
    one.places =
        sort_places(std::move(places[i]), one.inventory.discovery.not_consumers, one.held.sinks);
  }
}

// What stands beside a client id and is none of the values that are known: an old secret, or one
// that differs.
void sort_by_shape(Compared& compared, const Holders& holders) {
  for (Covered& one : compared.integrations) {
    std::vector<FoundPlace> places;
    const auto& findings = compared.by_shape.findings;
    for (std::size_t i = 0; i < findings.size(); ++i) {
      const Finding& finding = findings[i];
      const bool is_its = finding.detector->role == discovery::Role::kSecret &&
                          !finding.client_id.empty() &&
                          finding.client_id == one.inventory.client_id;
      if (!is_its || finding.allowed || holders.contains(finding.fingerprint)) continue;
      places.push_back(found_place(finding, i));
    }
    one.others =
        sort_places(std::move(places), one.inventory.discovery.not_consumers, one.held.sinks);
  }
}

Result<Compared> compare(std::vector<Covered> integrations, const std::vector<std::string>& roots) {
  Compared compared;
  compared.integrations = std::move(integrations);
  const auto key = crypto::RootKey::generate();
  const Holders holders = holders_of(compared.integrations, key);
  std::vector<base::Secret> values;
  for (const Covered& one : compared.integrations) {
    for (const base::Secret& value : one.held.values) values.push_back(value.clone());
  }
  REKEY_TRY(compared.by_value, scan_for_values(roots, values, key));
  REKEY_TRY(compared.by_shape, scan_by_detectors(roots, key));
  sort_by_value(compared, holders);
  sort_by_shape(compared, holders);
  return compared;
}

// What both passes could not read, told once.
discovery::Certificate certificate_of(const Compared& compared) {
  discovery::Certificate one = compared.by_value.certificate;
  const discovery::Certificate& other = compared.by_shape.certificate;
  for (const auto& [reason, count] : other.unread) {
    one.unread[reason] = std::max(one.unread[reason], count);
  }
  for (const discovery::Problem& problem : other.problems) {
    const bool is_told =
        std::find(one.problems.begin(), one.problems.end(), problem) != one.problems.end();
    if (!is_told) one.problems.push_back(problem);
  }
  return one;
}

enum class State { kCovered, kLetBe, kExposed, kByHand, kUncovered, kOtherValue, kGone, kUnread };

std::string_view name_of(State state) {
  switch (state) {
    case State::kCovered:
      return "covered";
    case State::kLetBe:
      return "let_be";
    case State::kExposed:
      return "exposed";
    case State::kByHand:
      return "by_hand";
    case State::kUncovered:
      return "uncovered";
    case State::kOtherValue:
      return "other_value";
    case State::kGone:
      return "gone";
    case State::kUnread:
      return "unread";
  }
  return "";
}

bool needs_person(State state) {
  return state == State::kUncovered || state == State::kOtherValue || state == State::kGone;
}

// One line of what is told.
struct Row {
  const Covered* whose = nullptr;
  State state = State::kCovered;
  std::string where;
  std::string consumer{};            // empty: none has it
  std::string note{};                // for people
  const Finding* finding = nullptr;  // nullptr: a consumer's place that was read
  const rotation::NotConsumer* let_be = nullptr;
};

State state_of(const Covered& whose, Holding holding) {
  switch (holding) {
    case Holding::kCurrent:
      return State::kCovered;
    case Holding::kOther:
      return whose.open_run.empty() ? State::kOtherValue : State::kCovered;
    case Holding::kNothing:
      return State::kGone;
    case Holding::kUnread:
      return State::kUnread;
    case Holding::kByHand:
      return State::kByHand;
  }
  return State::kUnread;
}

void add_consumers(std::vector<Row>& rows, const Covered& one) {
  for (const rotation::HeldPlace& held : one.held.places) {
    Row row{&one, state_of(one, held.holding), held.place, held.consumer, held.why};
    if (held.holding == Holding::kOther) {
      row.note = one.open_run.empty()
                     ? "another value than most consumers hold"
                     : fmt::format("another value than most hold, while {} is open", one.open_run);
    }
    if (held.holding == Holding::kByHand) row.note = "only a person can read it";
    rows.push_back(std::move(row));
  }
}

void add_found(std::vector<Row>& rows, const Covered& one, State state,
               const std::vector<FoundPlace>& places, const std::vector<Finding>& findings) {
  for (const FoundPlace& place : places) {
    Row row{&one, state, place.where};
    row.finding = &findings[place.value];
    if (!row.finding->owner.empty()) row.note = "owner: " + row.finding->owner;
    if (state == State::kLetBe) {
      row.let_be = find_not_consumer(one.inventory.discovery.not_consumers, place);
      row.note = fmt::format("{}: {}", row.let_be->by, row.let_be->reason);
    }
    if (state == State::kOtherValue) row.note = "an old secret, or one that differs";
    rows.push_back(std::move(row));
  }
}

std::vector<Row> rows_of(const Compared& compared) {
  std::vector<Row> rows;
  const auto& by_value = compared.by_value.findings;
  const auto& by_shape = compared.by_shape.findings;
  for (const Covered& one : compared.integrations) {
    add_consumers(rows, one);
    add_found(rows, one, State::kUncovered, one.places.uncovered, by_value);
    add_found(rows, one, State::kOtherValue, one.others.uncovered, by_shape);
    add_found(rows, one, State::kLetBe, one.places.let_be, by_value);
    add_found(rows, one, State::kLetBe, one.others.let_be, by_shape);
    add_found(rows, one, State::kExposed, one.places.exposed, by_value);
  }
  return rows;
}

std::string_view words_of(State state) {
  switch (state) {
    case State::kCovered:
      return "covered";
    case State::kLetBe:
      return "let be";
    case State::kExposed:
      return "exposed";
    case State::kByHand:
      return "by hand";
    case State::kUncovered:
      return "NOT COVERED";
    case State::kOtherValue:
      return "other value";
    case State::kGone:
      return "not there";
    case State::kUnread:
      return "not read";
  }
  return "";
}

void print_rows(const Context& context, const std::vector<Row>& rows) {
  Table table({"INTEGRATION", "PLACE", "IS", "CONSUMER", ""});
  for (const Row& row : rows) {
    const Tone tone = needs_person(row.state)        ? Tone::kBad
                      : row.state == State::kCovered ? Tone::kGood
                      : row.state == State::kUnread  ? Tone::kWarning
                                                     : Tone::kFaint;
    table.add({{row.whose->inventory.name},
               {row.where},
               {std::string(words_of(row.state)), tone},
               {row.consumer.empty() ? "-" : row.consumer},
               {row.note}});
  }
  if (!rows.empty()) table.print(context);
}

void print_json_rows(Context& context, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    net::JsonWriter json;
    json.begin_object().member("type", "place");
    json.member("integration", row.whose->inventory.name);
    json.member("client_id", row.whose->inventory.client_id);
    json.member("state", name_of(row.state)).member("where", row.where);
    json.key("consumer");
    row.consumer.empty() ? json.null() : json.value(row.consumer);
    json.key("why");
    row.note.empty() ? json.null() : json.value(row.note);
    json.key("let_be");
    if (row.let_be == nullptr) {
      json.null();
    } else {
      json.begin_object().member("path", row.let_be->path).member("by", row.let_be->by);
      json.member("reason", row.let_be->reason).end_object();
    }
    json.key("finding");
    row.finding == nullptr ? json.null() : json.raw(json_of(*row.finding));
    json.end_object();
    print_json(context, json.release());
  }
}

// Where no value is known, nothing was looked for, and nothing found is no proof.
std::vector<std::string> without_values(const Compared& compared) {
  std::vector<std::string> names;
  for (const Covered& one : compared.integrations) {
    if (one.held.values.empty()) names.push_back(one.inventory.name);
  }
  return names;
}

constexpr std::size_t kProblemsShown = 20;

std::vector<std::string> lines_of(const discovery::Certificate& certificate) {
  std::vector<std::string> lines{
      fmt::format("read: {} of {} files", certificate.files_read, certificate.files_expected)};
  for (const discovery::Problem& problem : certificate.problems) {
    if (lines.size() > kProblemsShown) break;
    lines.push_back(fmt::format("not read: {}: {}", problem.where, problem.detail));
  }
  std::uint64_t all = 0;
  for (const auto& [reason, count] : certificate.unread) all += count;
  if (all >= lines.size())
    lines.push_back(fmt::format("not read: {} more", all - lines.size() + 1));
  return lines;
}

void print_summary(const Context& context, const std::vector<Row>& rows, const Compared& compared,
                   const discovery::Certificate& certificate) {
  const auto count = [&](State state) {
    return std::count_if(rows.begin(), rows.end(),
                         [&](const Row& row) { return row.state == state; });
  };
  print_line(context, fmt::format("{} covered, {} not covered, {} with another value, {} not there",
                                  count(State::kCovered), count(State::kUncovered),
                                  count(State::kOtherValue), count(State::kGone)));
  for (const std::string& name : without_values(compared)) {
    print_line(context, fmt::format("{}: no value could be read from a consumer's place, so copies "
                                    "of it were not looked for",
                                    name));
  }
  for (const std::string& line : lines_of(certificate)) print_line(context, line);
  if (certificate.is_complete()) return;
  print_line(context, in_tone(context, "not everything was read: this is no proof of absence",
                              Tone::kWarning));
}

}  // namespace

Result<int> run_inventory_coverage(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  Desk desk(context, arguments);
  REKEY_TRY(auto file, rotation::load_inventories(path, desk.parts));
  REKEY_TRY(const auto roots, roots_of(arguments, file));
  REKEY_TRY(auto inventories, chosen(std::move(file), desk.parts.integration));
  REKEY_TRY(auto integrations, read_all(context, desk, std::move(inventories)));
  REKEY_TRY(const Compared compared, compare(std::move(integrations), roots));
  const std::vector<Row> rows = rows_of(compared);
  const discovery::Certificate certificate = certificate_of(compared);
  if (arguments.wants_json()) {
    print_json_rows(context, rows);
    print_json(context, json_of(certificate));
  } else {
    print_rows(context, rows);
    print_summary(context, rows, compared, certificate);
  }
  const bool is_any_unread = std::any_of(
      rows.begin(), rows.end(), [](const Row& row) { return row.state == State::kUnread; });
  if (!certificate.is_complete() || is_any_unread || !without_values(compared).empty()) {
    return kExitFailed;
  }
  const bool is_any =
      std::any_of(rows.begin(), rows.end(), [](const Row& row) { return needs_person(row.state); });
  return is_any ? kExitNeedsPerson : kExitOk;
}

}  // namespace rekey::cli
