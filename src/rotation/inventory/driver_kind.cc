#include "rotation/inventory/driver_kind.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace rekey::rotation {

base::Status finish_spec(const DriverKind& kind, DriverSpec& spec) {
  if (kind.complete) REKEY_CHECK(kind.complete(spec));
  const auto place_of = [&](const DriverSpec::Setting& setting) {
    return std::find_if(kind.keys.begin(), kind.keys.end(),
                        [&](const KeySpec& key) { return key.name == setting.first; });
  };
  std::stable_sort(spec.settings.begin(), spec.settings.end(),
                   [&](const auto& a, const auto& b) { return place_of(a) < place_of(b); });
  spec.location = kind.location(spec);
  return {};
}

DriverSpec make_spec(const DriverKind& kind, std::vector<DriverSpec::Setting> settings) {
  DriverSpec spec{std::string(kind.name), std::move(settings), {}};
  REKEY_ASSERT(finish_spec(kind, spec).has_value());
  return spec;
}

}  // namespace rekey::rotation
