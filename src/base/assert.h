// Assertions that stay on in every build.
//
// A broken invariant ends the process: the ledger and the rotation journal are crash-safe, so
// stopping is always better than going on with a state that cannot be.
#pragma once

namespace rekey::base {

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace rekey::base

#define REKEY_ASSERT(expression) \
  (static_cast<bool>(expression) \
       ? static_cast<void>(0)    \
       : ::rekey::base::assertion_failed(#expression, __FILE__, __LINE__))
