// What the makers of a plan share.
#pragma once

#include <optional>
#include <string_view>

#include "rotation/plan/plan.h"

namespace rekey::rotation {

// Every run's name begins so, and so does the label of the secret that it stages.
inline constexpr std::string_view kRunPrefix = "run-";
// Behind the words about a value that the issuer refused.
inline constexpr std::string_view kAdviceOnRefused =
    "; see that the place is of this tenant and environment, and put the secret there that is in "
    "use now";

// Puts the steps of a new run into the plan, and their worst case.
void list_steps(Plan& plan, const Inventory& inventory,
                const std::optional<base::Duration>& overlap, base::Instant now);

}  // namespace rekey::rotation
