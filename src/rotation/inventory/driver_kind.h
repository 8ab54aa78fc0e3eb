// How a kind of driver describes its own configuration: its name, the keys that it takes, what
// follows from them. The inventory's reader checks a mapping against this and needs to know no
// kind.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "rotation/inventory/driver_spec.h"

namespace rekey::rotation {

enum class KeyType {
  kText,      // any text that is not empty
  kPath,      // a file or folder; a relative one starts at the inventory's folder
  kChoice,    // one of `choices`
  kNumber,    // a whole number from 1 to `most`
  kDuration,  // a time such as 2s or 5m, at most `longest`
  kWords,     // a program and its arguments; a relative one with a slash starts at that folder too
  kTexts,     // a list of texts, one at least
};

struct KeySpec {
  std::string_view name;  // any but "kind"
  KeyType type = KeyType::kText;
  bool is_required = false;
  std::string_view help;  // what it is, in a few words: stands in the message where it is missing
  std::span<const std::string_view> choices{};
  std::int64_t most = 0;
  base::Duration longest{};
};

struct DriverKind {
  std::string_view name;  // what the inventory calls it
  std::vector<KeySpec> keys;
  // Fills in what follows from other settings and checks what one key alone cannot tell; may be
  // empty. Required settings can be missing here: that was told already. The error is told with the
  // place of the mapping.
  std::function<base::Status(DriverSpec&)> complete;
  // For plans and messages, without a value: "shop/.env, MCE_CLIENT_SECRET". Two consumers of one
  // location have the same sink.
  std::function<std::string(const DriverSpec&)> location;
  // Of a sink: only a person reads and writes there, such as a vendor's form.
  bool is_by_hand = false;
};

// Completes `spec`, puts its settings into the order of the kind's keys and gives it its location.
// Whatever `complete` finds wrong.
[[nodiscard]] base::Status finish_spec(const DriverKind& kind, DriverSpec& spec);

// A spec made by hand of settings that are known to be right.
[[nodiscard]] DriverSpec make_spec(const DriverKind& kind,
                                   std::vector<DriverSpec::Setting> settings);

}  // namespace rekey::rotation
