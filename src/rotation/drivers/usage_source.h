// What else than the issuer tells who asks for tokens, such as the access log of a proxy. One file
// pair in sources/ a driver; docs/evidence.md says what each can prove.
//
// One thread at a time. Changes nothing. Errors name the place; kUnavailable, kTimeout and kIo
// where it may be there at the next look.
#pragma once

#include <string>

#include "base/result.h"
#include "rotation/machine/usage.h"

namespace rekey::rotation {

class UsageReader {
 public:
  virtual ~UsageReader() = default;
  // The rows of the client that it was made for, and one source in UsageReport::sources.
  [[nodiscard]] virtual base::Result<UsageReport> read() = 0;
};

}  // namespace rekey::rotation
