// A place that only a person can write, such as a vendor's form: nothing is read back from it, and
// a write is a task with a card, not an effect. A sink that is one is told from others by
// dynamic_cast<ByHandSink*>.
//
// The card holds no value: the value is handed over beside it. What proves the write is the
// person's attestation, and then the usage that the issuer sees.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "rotation/sink.h"

namespace rekey::rotation {

struct HandOver {
  std::string consumer;   // its name in the inventory
  std::string client_id;  // of the integration
  std::string shown;      // what may be shown of the value: its first characters; may be empty
};

class ByHandSink : public Sink {
 public:
  // What the person has to do, in Markdown: where, which field, what to check, what to say then.
  [[nodiscard]] virtual std::string card(const HandOver& task) const = 0;
  // The most characters that the field takes; nullopt where that is not known.
  [[nodiscard]] virtual std::optional<std::int64_t> max_length() const = 0;
};

}  // namespace rekey::rotation
