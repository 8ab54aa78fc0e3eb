#include "rotation/probes/token_cause.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace rekey::rotation {
namespace {

struct KnownText {
  std::string_view error;
  std::string_view beginning;  // of the description, in any case; empty: any description
  ToldCause cause;
};

// The first two texts are Marketing Cloud's. That of a wrong secret is left out on purpose: an
// expired, dormant or deactivated one, a disabled package, an inactive service user and a business
// unit that is not enabled all get the same, so it tells nothing.
constexpr std::array<KnownText, 3> kKnownTexts{{
    // Salesforce, "Access token for server-to-server integrations": its sample of an error.
    {"invalid_client", "invalid client id", ToldCause::kUnknownClient},
    // A user's report (singer-io/tap-exacttarget, issue 46); in no document.
    {"invalid_client", "this integration is not eligible to use the /v2/token endpoint",
     ToldCause::kLegacyPackage},
    // RFC 6749 section 5.2; Salesforce names the code for a grant that a client may not use.
    {"unauthorized_client", "", ToldCause::kGrantNotAllowed},
}};

bool begins_with(std::string_view text, std::string_view beginning) noexcept {
  return text.size() >= beginning.size() &&
         base::equal_ignoring_case(text.substr(0, beginning.size()), beginning);
}

}  // namespace

ToldCause cause_told_by(std::string_view error, std::string_view description) noexcept {
  const auto* const found =
      std::find_if(kKnownTexts.begin(), kKnownTexts.end(), [&](const KnownText& known) {
        return known.error == error && begins_with(description, known.beginning);
      });
  return found == kKnownTexts.end() ? ToldCause::kNone : found->cause;
}

std::string_view name_of(ToldCause cause) noexcept {
  switch (cause) {
    case ToldCause::kNone:
      return "";
    case ToldCause::kUnknownClient:
      return "no such client id";
    case ToldCause::kLegacyPackage:
      return "a legacy package";
    case ToldCause::kGrantNotAllowed:
      return "no server-to-server integration";
  }
  return "";
}

}  // namespace rekey::rotation
