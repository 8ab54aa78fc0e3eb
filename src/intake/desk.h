// The page's one conversation, without a socket: requests in, replies out, and when it is over.
//
// The link holds a token of 43 random base62 characters (256 bits). It shows the page until a value
// was accepted, its time is over, or too many values were refused; then it is gone. A wrong link
// costs nobody a try. Only a sealed line is ever taken, and only from the page itself
// (docs/intake.md). Knows no clock: monotonic time is an argument. One thread at a time.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "crypto/sealed_box.h"
#include "intake/card_page.h"
#include "intake/value_rules.h"
#include "net/http.h"

namespace rekey::intake {

inline constexpr std::size_t kTokenCharacters = 43;
inline constexpr std::size_t kMaxBodyBytes = 8 * 1024;
inline constexpr int kMostRefusals = 5;
inline constexpr std::string_view kSealedContentType = "application/vnd.rekey.sealed";

// Takes the sealed line; an error's detail is shown to the person, who may try again. Called with
// no two lines at once.
using AcceptSealed = std::function<base::Status(std::string_view sealed)>;

struct DeskSettings {
  std::string origin;  // "https://host:port", as browsers send it: no port 443
  crypto::IntakeAddress address;
  ValueRules rules;
  Card card;
  std::string until;         // "2026-11-25 14:05 UTC": when the link ends, for the person
  base::Duration ends_at{};  // on the monotonic clock
  AcceptSealed accept;
};

class IntakeDesk {
 public:
  explicit IntakeDesk(DeskSettings settings);

  // The whole link: a secret until it is used, to be shown to one person and not logged.
  [[nodiscard]] base::Secret link() const;
  [[nodiscard]] net::Response handle(const net::Request& request, base::Duration now);

  enum class Standing { kOpen, kAccepted, kExpired, kRefused };
  [[nodiscard]] Standing standing(base::Duration now) const noexcept;
  // The line that was accepted; empty before.
  [[nodiscard]] const std::string& sealed() const noexcept { return sealed_; }

 private:
  [[nodiscard]] bool is_link(std::string_view path) const noexcept;
  [[nodiscard]] net::Response take(const net::Request& request);

  DeskSettings settings_;
  base::Secret token_;
  std::string page_;
  std::string sealed_;
  int refusals_ = 0;
};

}  // namespace rekey::intake
