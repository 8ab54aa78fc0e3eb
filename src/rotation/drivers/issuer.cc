#include "rotation/drivers/issuer.h"

namespace rekey::rotation {

std::string_view name_of(SecretState state) noexcept {
  switch (state) {
    case SecretState::kSettling:
      return "settling";
    case SecretState::kStaged:
      return "staged";
    case SecretState::kActive:
      return "active";
    case SecretState::kSuperseded:
      return "superseded";
    case SecretState::kEnded:
      return "ended";
  }
  return "";
}

}  // namespace rekey::rotation
