#include "discovery/finding.h"

namespace rekey::discovery {

std::string_view name_of(Layer layer) noexcept {
  switch (layer) {
    case Layer::kBase64:
      return "base64";
    case Layer::kHex:
      return "hex";
    case Layer::kPercent:
      return "percent";
    case Layer::kEscapes:
      return "escapes";
    case Layer::kEntities:
      return "entities";
    case Layer::kUtf16:
      return "utf-16";
  }
  return "";
}

bool counts(const Finding& finding) noexcept {
  return is_sensitive(finding.detector->role) && !finding.allowed && !finding.is_known;
}

}  // namespace rekey::discovery
