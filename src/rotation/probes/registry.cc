#include "rotation/probes/registry.h"

#include "rotation/probes/token.h"

namespace rekey::rotation {

std::vector<ProbeKind> probe_kinds() {
  return {
      token_probe(),
  };
}

}  // namespace rekey::rotation
