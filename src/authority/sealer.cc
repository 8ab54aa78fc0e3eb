#include "authority/sealer.h"

#include <optional>

#include "ledger/ledger.h"
#include "telemetry/names.h"

namespace rekey::authority {

crypto::SigningKey checkpoint_key(const crypto::RootKey& root) {
  return crypto::SigningKey(root.derive("checkpoint-signing"));
}

base::Status Sealer::seal() {
  std::optional<ledger::Checkpoint> sealed;
  REKEY_CHECK(writer_.run([&](storage::Connection& connection) -> base::Status {
    REKEY_TRY(sealed, ledger::seal_checkpoint(connection, key_, clock_.now()));
    return {};
  }));
  if (!sealed) return {};
  // After the commit, so that the file never names a checkpoint that the database lost.
  REKEY_CHECK(files_.replace(folder_.anchor(), ledger::format_anchor(*sealed), 0600));
  logger_.log(telemetry::Level::kDebug, sealed->at, telemetry::names::kCheckpointSealed,
              {{"number", sealed->number}, {"position", sealed->position}});
  return {};
}

}  // namespace rekey::authority
