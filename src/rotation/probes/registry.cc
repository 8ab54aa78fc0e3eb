#include "rotation/probes/registry.h"

#include "rotation/probes/token.h"
#include "rotation/probes/userinfo.h"

namespace rekey::rotation {

std::vector<ProbeKind> probe_kinds() {
  return {
      token_probe(),
      userinfo_probe(),
  };
}

}  // namespace rekey::rotation
