// PHP files that return an array, as FuelSDK-PHP's config.php (contract 7.2).
#pragma once

#include "documents/document.h"

namespace rekey::documents {

[[nodiscard]] const Format& php_format() noexcept;

}  // namespace rekey::documents
