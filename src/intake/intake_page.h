// The one-time intake page on a port: how a value that a person generated in a vendor's web page
// reaches a rotation that runs elsewhere. docs/intake.md says what a thief of each part would
// learn.
//
// Serves from start() until it is destroyed, also after the link has ended, so that who comes late
// is told why. At most kMostConnections at once, each with ten seconds in all. Nothing is logged.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "intake/desk.h"
#include "platform/clock.h"

namespace rekey::intake {

inline constexpr std::size_t kMostConnections = 16;

struct IntakePageSettings {
  std::string listen_address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: one that is free
  std::string host;  // of the link: the name or address under which the person's browser comes
  // PEM. Both empty: a certificate is made that nobody vouches for, and its fingerprint is shown.
  std::string certificate_pem;
  base::Secret key_pem;
  base::Duration lasts = std::chrono::minutes{15};
  crypto::IntakeAddress address;
  ValueRules rules;
  Card card;
  AcceptSealed accept;  // called on a thread of the page
};

// What to tell the person, by a way of their own: not by what the page itself says.
struct IntakeInvitation {
  base::Secret link;
  std::string certificate_fingerprint;  // SHA-256, as browsers show it
  bool is_self_signed = false;
  std::string until;  // "2026-11-25 14:05 UTC": when the link ends
};

class IntakePage {
 public:
  // `clock` outlives the page. kInvalidArgument where certificate and key do not fit or the host is
  // none, kUnavailable where the port cannot be had.
  [[nodiscard]] static base::Result<IntakePage> start(IntakePageSettings settings,
                                                      const platform::Clock& clock);
  IntakePage(IntakePage&&) noexcept;
  ~IntakePage();

  [[nodiscard]] const IntakeInvitation& invitation() const noexcept;
  // Blocks until a value was accepted: gives the sealed line. kExpired when the link's time is
  // over, kRefused after too many refused values, kTimeout at `until` on the monotonic clock, when
  // the link may still be open: call again. stop() ends it with kUnavailable.
  [[nodiscard]] base::Result<std::string> wait(base::Duration until);
  // Any thread.
  void stop() noexcept;

 private:
  struct State;
  explicit IntakePage(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace rekey::intake
