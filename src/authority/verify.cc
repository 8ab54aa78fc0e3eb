#include "authority/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "authority/data_folder.h"
#include "authority/replay.h"
#include "authority/sealer.h"
#include "authority/tables/integrations.h"
#include "authority/tables/schema.h"
#include "authority/tables/tenants.h"

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;
using ledger::Finding;
using tables::Row;
using tables::Table;

constexpr std::int64_t kAnchorLimit = 4096;
constexpr std::size_t kFindingLimit = 100;

class TableFindings {
 public:
  void add(std::string what) {
    if (found_.size() < kFindingLimit) {
      found_.push_back({std::move(what)});
    } else {
      ++left_out_;
    }
  }
  void append_to(std::vector<Finding>& findings) && {
    if (left_out_ > 0) found_.push_back({fmt::format("tables: and {} more findings", left_out_)});
    std::move(found_.begin(), found_.end(), std::back_inserter(findings));
  }

 private:
  std::vector<Finding> found_;
  std::size_t left_out_ = 0;
};

void compare_row(const Table& table, const Row& stored, const Row& told, TableFindings& findings) {
  for (std::size_t i = 0; i < stored.size(); ++i) {
    if (stored[i] == told[i]) continue;
    findings.add(fmt::format("{}, column {}: the table has {}, the ledger says {}",
                             tables::describe_key(table, stored), table.columns()[i].name,
                             tables::describe(stored[i]), tables::describe(told[i])));
  }
}

// Both in the order of the key.
void compare_rows(const Table& table, const std::vector<Row>& stored, const std::vector<Row>& told,
                  TableFindings& findings) {
  auto left = stored.begin();
  auto right = told.begin();
  while (left != stored.end() || right != told.end()) {
    if (right == told.end() ||
        (left != stored.end() && tables::key_is_less(table, *left, *right))) {
      findings.add(
          fmt::format("{}: the ledger knows of no such row", tables::describe_key(table, *left)));
      ++left;
    } else if (left == stored.end() || tables::key_is_less(table, *right, *left)) {
      findings.add(fmt::format("{}: missing, though the ledger tells of it",
                               tables::describe_key(table, *right)));
      ++right;
    } else {
      compare_row(table, *left++, *right++, findings);
    }
  }
}

// What the tables of one description should hold.
struct ToldRows {
  const Table& table;
  std::vector<Row> rows;
};

std::vector<ToldRows> told_by(const Replay& replay) {
  tables::TenantRows tenant = tables::rows_of(replay.tenant());
  tables::IntegrationRows all;
  const auto append = [](std::vector<Row>& to, std::vector<Row>& from) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
  };
  for (const auto& entry : replay.integrations()) {
    tables::IntegrationRows rows = tables::rows_of(entry.second);
    append(all.integrations, rows.integrations);
    append(all.slots, rows.slots);
    append(all.secrets, rows.secrets);
  }
  std::vector<ToldRows> told;
  told.push_back({tables::tenant_table(), std::move(tenant.tenants)});
  told.push_back({tables::policy_setting_table(), std::move(tenant.settings)});
  told.push_back({tables::scope_table(), std::move(tenant.scopes)});
  told.push_back({tables::signing_key_table(), std::move(tenant.signing_keys)});
  told.push_back({tables::audience_table(), std::move(tenant.audiences)});
  told.push_back({tables::integration_table(), std::move(all.integrations)});
  told.push_back({tables::slot_table(), std::move(all.slots)});
  told.push_back({tables::secret_table(), std::move(all.secrets)});
  for (ToldRows& one : told) {
    std::sort(one.rows.begin(), one.rows.end(),
              [&one](const Row& a, const Row& b) { return tables::key_is_less(one.table, a, b); });
  }
  return told;
}

// nullopt where there is no such file; a finding where it cannot be read as an anchor.
Result<std::optional<ledger::Checkpoint>> read_anchor(platform::Files& files,
                                                      const DataFolder& folder,
                                                      std::vector<Finding>& findings) {
  const Result<base::Secret> text = files.read(folder.anchor(), kAnchorLimit);
  if (!text) {
    if (text.error().code != Code::kNotFound) return tl::unexpected(text.error());
    findings.push_back(
        {fmt::format("{} is missing: that the end of the ledger was cut off would "
                     "not be noticed",
                     folder.anchor())});
    return std::optional<ledger::Checkpoint>{};
  }
  Result<ledger::Checkpoint> anchor = ledger::parse_anchor(text->reveal());
  if (anchor) return std::optional<ledger::Checkpoint>{*std::move(anchor)};
  findings.push_back({fmt::format("{}: {}", folder.anchor(), anchor.error().detail)});
  return std::optional<ledger::Checkpoint>{};
}

Result<FolderReport> verify_snapshot(storage::Connection& connection,
                                     const crypto::RootKey& root_key,
                                     const std::optional<ledger::Checkpoint>& anchor) {
  Replay replay;
  FolderReport report;
  REKEY_TRY(report.ledger, ledger::verify(connection, checkpoint_key(root_key).public_key(), anchor,
                                          [&replay](const ledger::StoredEvent& event) {
                                            return replay.add(event);
                                          }));
  const base::Status is_own_key = check_root_key(root_key, replay.tenant().root_key_id);
  if (!is_own_key) report.ledger.findings.push_back({is_own_key.error().detail});
  TableFindings table_findings;
  for (const ToldRows& told : told_by(replay)) {
    REKEY_TRY(const std::vector<Row> stored, told.table.read_all(connection));
    report.rows += static_cast<std::int64_t>(stored.size());
    compare_rows(told.table, stored, told.rows, table_findings);
  }
  std::move(table_findings).append_to(report.ledger.findings);
  return report;
}

}  // namespace

Result<FolderReport> verify_database(storage::Connection& connection,
                                     const crypto::RootKey& root_key,
                                     const std::optional<ledger::Checkpoint>& anchor) {
  FolderReport report;
  // One snapshot, so that a server may go on writing.
  REKEY_CHECK(connection.in_snapshot([&]() -> base::Status {
    REKEY_TRY(report, verify_snapshot(connection, root_key, anchor));
    return {};
  }));
  return report;
}

Result<FolderReport> verify_data_folder(platform::Files& files, const std::string& folder_path,
                                        const std::string& key_file) {
  const DataFolder folder{folder_path};
  REKEY_TRY(const crypto::RootKey root_key, read_root_key(files, folder, key_file));
  std::vector<Finding> of_anchor;
  // Before the snapshot: an anchor is written after the checkpoint that it names.
  REKEY_TRY(const std::optional<ledger::Checkpoint> anchor, read_anchor(files, folder, of_anchor));
  REKEY_TRY(storage::Connection connection,
            storage::Connection::open(folder.database(), storage::OpenMode::kReadOnly));
  REKEY_CHECK(tables::check_schema(connection));
  REKEY_TRY(FolderReport report, verify_database(connection, root_key, anchor));
  std::vector<Finding>& findings = report.ledger.findings;
  findings.insert(findings.begin(), of_anchor.begin(), of_anchor.end());
  return report;
}

}  // namespace rekey::authority
