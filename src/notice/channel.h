// A way by which a notice leaves: the interface of what lives in channels/.
//
// A channel sends one delivery and says how it went. It keeps nothing, retries nothing and knows no
// queue; adding one is a file pair in channels/ and a line in its registry.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "notice/message.h"

namespace rekey::notice {

struct Outgoing {
  std::string id;  // the same for each attempt: the receiver can drop a repeat
  int attempt = 1;
  base::Instant queued_at{};
  base::Instant now{};
  std::string address;  // of a mail; else empty
  Message message;
};

class Channel {
 public:
  virtual ~Channel() = default;
  // Blocks, no longer than its timeout. Ok: the other side has taken it. kUnavailable and kTimeout
  // may pass by themselves; after kTimeout it may have arrived. Everything else needs somebody to
  // mend something. The detail never holds a password, a URL or a signing secret.
  [[nodiscard]] virtual base::Status deliver(const Outgoing& outgoing) = 0;
};

// By the channel's name: "email", "webhook/<name>", "command/<name>".
using Channels = std::map<std::string, std::unique_ptr<Channel>, std::less<>>;

}  // namespace rekey::notice
