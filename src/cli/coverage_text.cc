#include "cli/coverage_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "cli/output.h"
#include "cli/scan_text.h"
#include "discovery/report/json_report.h"
#include "net/json.h"

namespace rekey::cli {
namespace {

using State = CoverageState;
using Row = CoverageRow;

// Names of files, and words out of them, forge no lines.
std::string shown(std::string_view text) {
  return base::escape_hidden(text, base::EscapeForm::kBraces);
}

Tone tone_of(State state) {
  if (needs_person(state)) return Tone::kBad;
  if (state == State::kCovered) return Tone::kGood;
  return state == State::kUnread ? Tone::kWarning : Tone::kFaint;
}

void print_rows(const Context& context, const std::vector<Row>& rows) {
  Table table({"INTEGRATION", "PLACE", "IS", "CONSUMER", ""});
  std::set<std::string> told;  // versions of one file in a repository's past are one line
  for (const Row& row : rows) {
    const bool is_version = row.finding != nullptr && row.finding->place.revision;
    const std::string words =
        fmt::format("{}\n{}\n{}", row.whose->inventory.name, row.where, row.note);
    if (is_version && !told.insert(words).second) continue;
    table.add({{shown(row.whose->inventory.name)},
               {shown(row.where)},
               {std::string(words_of(row.state)), tone_of(row.state)},
               {row.consumer.empty() ? "-" : shown(row.consumer)},
               {shown(row.note)}});
  }
  if (!rows.empty()) table.print(context);
}

std::string json_of_row(const Row& row) {
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
  return json.release();
}

}  // namespace

void print_coverage(const Context& context, const CoverageReport& report) {
  print_rows(context, report.rows());
  const auto count = [&](State state) {
    return std::count_if(report.rows().begin(), report.rows().end(),
                         [&](const Row& row) { return row.state == state; });
  };
  print_line(context, fmt::format("{} covered, {} not covered, {} with another value, {} not there",
                                  count(State::kCovered), count(State::kUncovered),
                                  count(State::kOtherValue), count(State::kGone)));
  for (const std::string& name : report.without_values()) {
    print_line(context, fmt::format("{}: no value could be read from a consumer's place, so copies "
                                    "of it were not looked for",
                                    shown(name)));
  }
  const discovery::Certificate& certificate = report.certificate();
  for (const std::string& line : coverage_lines(certificate)) print_line(context, line);
  if (certificate.is_complete()) return;
  print_line(context, in_tone(context, kNotComplete, Tone::kWarning));
}

void print_coverage_json(Context& context, const CoverageReport& report) {
  for (const Row& row : report.rows()) print_json(context, json_of_row(row));
  print_json(context, discovery::json_of(report.certificate()));
}

}  // namespace rekey::cli
