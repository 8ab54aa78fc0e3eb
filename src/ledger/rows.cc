#include "ledger/rows.h"

#include <algorithm>

#include "base/assert.h"
#include "ledger/event_chain.h"

namespace rekey::ledger {

base::Result<std::int64_t> last_position(storage::Connection& connection) {
  REKEY_TRY(auto newest, connection.prepare("SELECT max(position) FROM event"));
  REKEY_TRY(const bool has_row, newest.step());
  REKEY_ASSERT(has_row);
  return newest.optional_integer(0).value_or(0);
}

std::optional<Checkpoint> checkpoint_from(const storage::Statement& row) {
  Checkpoint checkpoint;
  checkpoint.number = row.integer(0);
  checkpoint.position = row.integer(1);
  checkpoint.at = base::from_millis(row.integer(2));
  const auto digest = digest_from(row.blob(3));
  const auto signature = row.blob(4);
  if (!digest || signature.size() != checkpoint.signature.size()) return std::nullopt;
  checkpoint.digest = *digest;
  std::copy(signature.begin(), signature.end(), checkpoint.signature.begin());
  return checkpoint;
}

}  // namespace rekey::ledger
