#include "rotation/issuers/registry.h"

#include "rotation/issuers/rekey.h"

namespace rekey::rotation {

std::vector<IssuerKind> issuer_kinds() {
  return {
      rekey_issuer(),
  };
}

}  // namespace rekey::rotation
