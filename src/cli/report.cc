// rekey report: a run, open or over, for somebody who was not there.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/inventory_choice.h"
#include "cli/output.h"
#include "rotation/report/audit_report.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;
using rotation::ArchivedRun;
using rotation::AuditReport;
using rotation::Inventory;

constexpr mode_t kReportMode = 0644;  // no value is in it

enum class Format { kMarkdown, kHtml, kJson };

// As asked for, else by the file's ending, else Markdown.
Result<Format> format_of(const Arguments& arguments) {
  const std::string file = arguments.get_or("--output", "");
  const std::string by_ending = file.ends_with(".html") || file.ends_with(".htm") ? "html"
                                : file.ends_with(".json")                         ? "json"
                                                                                  : "md";
  const std::string name =
      arguments.wants_json() ? "json" : arguments.get_or("--format", by_ending);
  if (name == "md") return Format::kMarkdown;
  if (name == "html") return Format::kHtml;
  if (name == "json") return Format::kJson;
  return fail(Code::kInvalidArgument, fmt::format("--format {}: it is md, html or json", name));
}

std::string rendered(const AuditReport& report, Format format) {
  switch (format) {
    case Format::kHtml:
      return rotation::render_html(report);
    case Format::kJson:
      return rotation::render_json(report) + "\n";
    case Format::kMarkdown:
      break;
  }
  return rotation::render_markdown(report);
}

// The run of that name in a state folder of the inventory, which all its integrations share.
Result<ArchivedRun> named_run(Context& context, Desk& desk, const std::string& path,
                              const std::string& run_id) {
  REKEY_TRY(const auto file, rotation::load_inventories(path, desk.parts));
  if (file.integrations.empty()) {
    return fail(Code::kInvalidArgument, path + " has no integration, and so no runs");
  }
  return rotation::read_run(context.files, file.integrations.front().state_folder, run_id);
}

Result<ArchivedRun> newest_run(Context& context, Desk& desk, const std::string& path) {
  REKEY_TRY(const auto inventory, rotation::load_inventory(path, desk.parts));
  REKEY_TRY(auto record, rotation::read_newest_run(context.files, inventory.state_folder,
                                                   inventory.client_id, inventory.slot));
  if (record) return *std::move(record);
  return fail(Code::kNotFound, fmt::format("no run of {} was ever begun in {}; `rekey rotate` "
                                           "begins one",
                                           inventory.name, inventory.state_folder));
}

// How the inventory calls things now; it may not name the integration any more.
Result<rotation::AuditNames> names_of_run(Desk& desk, const std::string& path,
                                          const ArchivedRun& record) {
  REKEY_TRY(const auto file, rotation::load_inventories(path, desk.parts));
  rotation::AuditNames names{{}, {}, {}, file.path, REKEY_VERSION};
  const auto found =
      std::find_if(file.integrations.begin(), file.integrations.end(), [&](const Inventory& one) {
        return one.client_id == record.client_id && one.slot == record.slot;
      });
  if (found == file.integrations.end()) return names;
  names.package = found->name == found->client_id ? std::string() : found->name;
  names.owner = found->owner;
  names.issuer = found->issuer.location.empty()
                     ? found->issuer.kind
                     : fmt::format("{}, {}", found->issuer.kind, found->issuer.location);
  return names;
}

}  // namespace

Result<int> run_report(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto format, format_of(arguments));
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  Desk desk(context, arguments);
  const std::string run_id = arguments.argument("RUN");
  REKEY_TRY(const auto record, run_id.empty() ? newest_run(context, desk, path)
                                              : named_run(context, desk, path, run_id));
  REKEY_TRY(auto names, names_of_run(desk, path, record));
  REKEY_TRY(const auto report, rotation::report_on(record, std::move(names), context.clock.now()));
  const std::string text = rendered(report, format);
  const std::string file = arguments.get_or("--output", "-");
  if (file == "-") {
    // What is hidden is escaped there already.
    std::fputs(text.c_str(), context.out);
  } else {
    const auto written = context.files.replace(file, text, kReportMode);
    if (!written) return tl::unexpected(as_file_away(written.error()));
  }
  if (report.chain.problem.empty()) return kExitOk;
  std::fprintf(context.err, "rekey: the journal of %s does not fit its hash chain: %s\n",
               printable(record.run_id).c_str(), printable(report.chain.problem).c_str());
  return kExitFailed;
}

}  // namespace rekey::cli
