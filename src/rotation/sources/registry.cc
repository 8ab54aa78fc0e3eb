#include "rotation/sources/registry.h"

#include "rotation/sources/access_log.h"

namespace rekey::rotation {

std::vector<UsageSourceKind> usage_source_kinds() {
  return {
      access_log_source(),
  };
}

}  // namespace rekey::rotation
