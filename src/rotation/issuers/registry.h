// The issuers that exist, by the kind that the inventory names.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "platform/clock.h"
#include "platform/files.h"
#include "rotation/issuer.h"

namespace rekey::rotation {

struct Inventory;

[[nodiscard]] std::span<const std::string_view> issuer_kinds() noexcept;

// kUnsupported for a kind that does not exist. Clock and files outlive the issuer.
[[nodiscard]] base::Result<std::unique_ptr<Issuer>> make_issuer(const Inventory& inventory,
                                                                platform::Clock& clock,
                                                                platform::Files& files);

}  // namespace rekey::rotation
