#include "rotation/journal/known_values.h"

#include <map>
#include <tuple>
#include <utility>

#include "crypto/known_tag_codec.h"
#include "rotation/inventory/intake_key.h"
#include "rotation/journal/run_archive.h"
#include "storage/sqlite.h"

namespace rekey::rotation {
namespace {

using storage::Connection;

constexpr int kFirstVersion = 4;  // of the journal's schema, with tags

struct Known {
  KnownState state = KnownState::kGivenUp;
  std::string secret_id{};
  std::optional<base::Instant> expires_at{};
};
// By client id, slot and the fingerprint's text.
using Facts = std::map<std::tuple<std::string, std::string, std::string>, Known>;

KnownState state_of_new(const RunState& run) {
  if (run.is_abandoned) return KnownState::kGivenUp;
  return run.is_activated ? KnownState::kActive : KnownState::kStaged;
}

void learn_from(const ArchivedRun& record, Facts& facts) {
  const RunState run = fold(record.events);
  const bool is_replaced = run.phase == Phase::kClosed && !run.is_abandoned;
  const auto known = [&](const base::Fingerprint& value) -> Known& {
    return facts[{record.client_id, record.slot, base::to_text(value)}];
  };
  for (const OldValue& old : run.old_values) {
    const bool is_over = is_replaced || old.is_refused;
    known(old.value).state = is_over ? KnownState::kEnded : KnownState::kActive;
  }
  if (run.secret_id.empty()) return;
  Known& staged = known(run.new_value);
  staged = {state_of_new(run), run.secret_id, std::nullopt};
  if (run.expires_at != base::kFarFuture) staged.expires_at = run.expires_at;
}

base::Result<Facts> facts_of(platform::Files& files, const std::string& folder) {
  REKEY_TRY(const auto runs, peek_runs(files, folder));
  Facts facts;
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    REKEY_TRY(const ArchivedRun record, read_run(files, folder, run->run_id));
    learn_from(record, facts);
  }
  return facts;
}

base::Result<std::vector<KnownValue>> rows_of(Connection& database, const Facts& facts) {
  std::vector<KnownValue> values;
  REKEY_TRY(auto query, database.prepare("SELECT client_id, slot, fingerprint, run_id, kept_at, "
                                         "tags FROM known_value ORDER BY kept_at, rowid"));
  for (;;) {
    REKEY_TRY(const bool is_there, query.step());
    if (!is_there) return values;
    KnownValue value;
    value.whose = {query.text(0), query.text(1)};
    value.run_id = query.text(3);
    value.kept_at = base::from_millis(query.integer(4));
    REKEY_TRY(value.tags, crypto::decode_tags(query.blob(5)));
    const auto known = facts.find({value.whose.client_id, value.whose.slot, query.text(2)});
    if (known != facts.end()) {
      value.state = known->second.state;
      value.secret_id = known->second.secret_id;
      value.expires_at = known->second.expires_at;
    }
    values.push_back(std::move(value));
  }
}

}  // namespace

std::string_view name_of(KnownState state) noexcept {
  switch (state) {
    case KnownState::kStaged:
      return "staged";
    case KnownState::kActive:
      return "active";
    case KnownState::kEnded:
      return "ended";
    case KnownState::kGivenUp:
      return "given_up";
  }
  return "";
}

base::Result<std::optional<KnownValues>> peek_known_values(platform::Files& files,
                                                           const std::string& folder) {
  const std::string path = folder + "/runs.db";
  const auto file = files.facts(path);
  if (!file && file.error().code == base::Code::kNotFound) return std::optional<KnownValues>();
  if (!file) return tl::unexpected(file.error());
  REKEY_TRY(Connection database, Connection::open(path, storage::OpenMode::kReadOnly));
  REKEY_TRY(const int version, storage::schema_version(database, "rotation"));
  if (version == 0) return std::optional<KnownValues>();
  REKEY_TRY(const crypto::RootKey key, read_run_key(files, folder));
  KnownValues known{crypto::KnownSearchKey::derive(key), {}};
  if (version < kFirstVersion) return std::optional(std::move(known));
  REKEY_TRY(const Facts facts, facts_of(files, folder));
  REKEY_TRY(known.values, rows_of(database, facts));
  return std::optional(std::move(known));
}

}  // namespace rekey::rotation
