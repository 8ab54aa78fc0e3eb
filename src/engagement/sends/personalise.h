// Personalisation strings: %%First Name%% and the two forms of AMPscript that only name an
// attribute. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rekey::engagement::sends {

// The value of an attribute, whose name is compared without regard to letter case; nullopt where
// there is none.
using AttributeLookup = std::function<std::optional<std::string>(std::string_view name)>;

inline constexpr std::size_t kLongestPersonalised = 768 * 1024;  // bytes

// `text` with %%Name%%, %%=v(@Name)=%% and %%=AttributeValue("Name")=%% replaced by what `find`
// gives, as it is; by nothing where it gives nothing. Values are not looked into again. "%%" that
// begins no name stays. kUnsupported for other AMPscript (%%[ … ]%%, other functions), which is not
// run here; kLimitReached above kLongestPersonalised.
[[nodiscard]] base::Result<std::string> personalise(std::string_view text,
                                                    const AttributeLookup& find);

}  // namespace rekey::engagement::sends
