// The bytes under the hashes of events and checkpoints. For ledger/ alone.
//
// Published form: a change here makes every ledger written before unverifiable.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "ledger/ledger.h"

namespace rekey::ledger {

// Where a stream stands.
struct StreamHead {
  StreamName name;
  std::int64_t version = 0;
  crypto::Digest hash{};
};

[[nodiscard]] crypto::Digest hash_of_event(const StreamHead& previous, std::int64_t version,
                                           const NewEvent& event);

// What a checkpoint says, less what is computed from it.
struct CheckpointContent {
  crypto::Digest previous_digest{};
  std::int64_t number = 0;
  std::int64_t position = 0;
  base::Instant at{};
  std::vector<StreamHead> changed{};  // since the checkpoint before, in the order of stream ids
};

[[nodiscard]] crypto::Digest digest_of_checkpoint(const CheckpointContent& content);

// nullopt where the size is not a digest's.
[[nodiscard]] std::optional<crypto::Digest> digest_from(std::span<const std::uint8_t> bytes);

}  // namespace rekey::ledger
