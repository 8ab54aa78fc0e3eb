#include "discovery/finding.h"

#include <fmt/format.h>

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
    case Layer::kQuotedPrintable:
      return "quoted-printable";
    case Layer::kCompressed:
      return "compressed";
  }
  return "";
}

std::string_view name_of(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::kAccepted:
      return "accepted";
    case Verdict::kRefused:
      return "refused";
    case Verdict::kNoAnswer:
      return "no_answer";
    case Verdict::kNotTried:
      return "not_tried";
  }
  return "";
}

std::string_view words_of(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::kNoAnswer:
      return "no answer";
    case Verdict::kNotTried:
      return "not tried";
    case Verdict::kAccepted:
    case Verdict::kRefused:
      break;
  }
  return name_of(verdict);
}

std::string auth_host(std::string_view host) {
  return fmt::format("{}.auth.marketingcloudapis.com", host.substr(0, host.find('.')));
}

bool counts(const Finding& finding) noexcept {
  return is_sensitive(finding.detector->role) && !finding.allowed && !finding.is_known;
}

}  // namespace rekey::discovery
