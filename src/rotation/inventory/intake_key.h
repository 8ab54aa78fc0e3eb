// The key to which a person seals a new value on another machine (crypto/sealed_box.h): one for
// each state folder, sealed under run.key in intake.key (0600).
#pragma once

#include <string>

#include "base/result.h"
#include "crypto/root_key.h"
#include "crypto/sealed_box.h"
#include "platform/files.h"

namespace rekey::rotation {

// For what a value is sealed: it opens in that run alone.
[[nodiscard]] std::string intake_context(const std::string& client_id, const std::string& run_id);

// Of the state folder: run.key, under which the values of open runs are sealed. kUnavailable where
// it is away.
[[nodiscard]] base::Result<crypto::RootKey> read_run_key(platform::Files& files,
                                                         const std::string& folder);

// Makes it where it is missing. kUnavailable where the folder has no run.key: it is away, or no run
// was ever begun there.
[[nodiscard]] base::Result<crypto::IntakeKey> load_intake_key(platform::Files& files,
                                                              const std::string& folder);

}  // namespace rekey::rotation
