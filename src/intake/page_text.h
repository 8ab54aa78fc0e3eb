// The page as HTML, and the policy under which browsers run it.
#pragma once

#include <string>
#include <string_view>

#include "crypto/sealed_box.h"
#include "intake/card_page.h"
#include "intake/value_rules.h"

namespace rekey::intake {

[[nodiscard]] std::string intake_page(const crypto::IntakeAddress& address, const ValueRules& rules,
                                      const Card& card, std::string_view until);
[[nodiscard]] std::string gone_page(std::string_view title, std::string_view words);

// The Content-Security-Policy (CSP level 3): nothing but the page's own script and style, by their
// hashes, and requests to where it came from.
[[nodiscard]] const std::string& page_policy();

}  // namespace rekey::intake
