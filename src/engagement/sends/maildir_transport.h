// Mails go into a Maildir on this machine: the default, so that nobody outside gets any.
//
// Addresses at bounce.example (and hosts below it) are refused for good, those at defer.example for
// now, so that what becomes of such mails can be rehearsed.
#pragma once

#include <memory>
#include <string>

#include "engagement/sends/transport.h"

namespace rekey::engagement::sends {

// kIo, kForbidden: the folder cannot be made.
[[nodiscard]] base::Result<std::unique_ptr<Transport>> open_maildir_transport(std::string folder);

}  // namespace rekey::engagement::sends
