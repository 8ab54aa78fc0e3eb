#include "discovery/sources/input.h"

#include <limits>

namespace rekey::discovery {

base::Status InputSource::run(unsigned, Visitor& visitor, Coverage& coverage) {
  const ArchiveLimits limits;
  Contents contents(visitor, coverage, limits);
  Place place{path_, {}};
  place.is_editable = false;
  DescriptorStream stream(descriptor_, std::numeric_limits<std::uint64_t>::max());
  contents.read(place, stream, 0);
  return {};
}

}  // namespace rekey::discovery
