#include "rotation/issuers/registry.h"

#include "rotation/issuers/generic_oauth2.h"
#include "rotation/issuers/marketing_cloud.h"
#include "rotation/issuers/rekey.h"

namespace rekey::rotation {

std::vector<IssuerKind> issuer_kinds() {
  return {
      rekey_issuer(),
      marketing_cloud_issuer(),
      generic_oauth2_issuer(),
  };
}

}  // namespace rekey::rotation
