// A place from which a consumer reads its secret. One file pair in sinks/ a driver;
// sinks/conformance.h has what each must do.
//
// The reading part and the writing part are two types, as in issuer.h. One thread at a time. Errors
// name the place and never the value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "rotation/drivers/administrator.h"

namespace rekey::rotation {

struct SinkContent {
  base::Secret value;
  std::string version;  // changes with every change of what holds the value
};

// A value that a person has to carry to its place, and never the value itself.
struct HandOver {
  std::string consumer;      // its name in the inventory
  std::string client_id;     // of the integration
  std::string owner{};       // who answers for the consumer; may be empty
  int max_length = 0;        // characters that the field holds; 0: not known
  bool is_way_back = false;  // the value that the place held before
  bool is_outage = false;    // what the place holds is not accepted any more
};

struct FoundPlace;  // secret_search.h

class SinkReader {
 public:
  virtual ~SinkReader() = default;
  // For people, as the kind's location: "shop/.env, MCE_CLIENT_SECRET".
  [[nodiscard]] virtual std::string describe() const = 0;
  // Two sinks with one address are one place.
  [[nodiscard]] virtual std::string address() const = 0;
  [[nodiscard]] virtual base::Result<SinkContent> read() = 0;
  // Whether a place in which a search has found a value is this one: what write would replace
  // there. False where the kind cannot tell.
  [[nodiscard]] virtual bool is_at(const FoundPlace& place) {
    static_cast<void>(place);
    return false;
  }
  // Ok where write could put such a value there; changes nothing. What write would refuse to carry
  // is refused here.
  [[nodiscard]] virtual base::Status check_writable(std::string_view sample) = 0;
  // What a person would be asked to do there. nullopt where the engine itself reads and writes; a
  // kind that is by hand (DriverKind) always has one, and its read and write are refused.
  [[nodiscard]] virtual std::optional<Card> card(const HandOver& task) const {
    static_cast<void>(task);
    return std::nullopt;
  }
};

class Sink : public SinkReader {
 public:
  // Puts `value` where `expected` stands, durably and in one step for every reader; nothing else
  // changes. Ok, and nothing is written, where `value` stands there already; kConflict, and nothing
  // is written, where anything else does.
  [[nodiscard]] virtual base::Status write(const base::Secret& expected,
                                           const base::Secret& value) = 0;
};

}  // namespace rekey::rotation
