// Signs checkpoints over the ledger and keeps the newest one in a file outside the database.
//
// One thread at a time.
#pragma once

#include "authority/data_folder.h"
#include "base/result.h"
#include "crypto/root_key.h"
#include "crypto/signing.h"
#include "platform/clock.h"
#include "platform/files.h"
#include "storage/writer.h"
#include "telemetry/logger.h"

namespace rekey::authority {

// The key that signs checkpoints; verify.h needs its public half.
[[nodiscard]] crypto::SigningKey checkpoint_key(const crypto::RootKey& root);

class Sealer {
 public:
  Sealer(storage::Writer& writer, const crypto::RootKey& root, platform::Files& files,
         const DataFolder& folder, const platform::Clock& clock, telemetry::Logger& logger)
      : writer_(writer),
        key_(checkpoint_key(root)),
        files_(files),
        folder_(folder),
        clock_(clock),
        logger_(logger) {}

  // Nothing to do where no event came since the last checkpoint.
  [[nodiscard]] base::Status seal();

 private:
  storage::Writer& writer_;
  const crypto::SigningKey key_;
  platform::Files& files_;
  const DataFolder& folder_;
  const platform::Clock& clock_;
  telemetry::Logger& logger_;
};

}  // namespace rekey::authority
