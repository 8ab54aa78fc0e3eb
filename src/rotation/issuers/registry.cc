#include "rotation/issuers/registry.h"

#include <fmt/format.h>

#include <array>

#include "rotation/inventory.h"
#include "rotation/issuers/rekey.h"

namespace rekey::rotation {
namespace {

using Make = std::unique_ptr<Issuer> (*)(const Inventory&, platform::Clock&, platform::Files&);

constexpr std::array<std::string_view, 1> kKinds{"rekey"};
constexpr std::array<Make, kKinds.size()> kMakers{make_rekey_issuer};

}  // namespace

std::span<const std::string_view> issuer_kinds() noexcept {
  return kKinds;
}

base::Result<std::unique_ptr<Issuer>> make_issuer(const Inventory& inventory,
                                                  platform::Clock& clock, platform::Files& files) {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (inventory.issuer.kind == kKinds[i]) return kMakers[i](inventory, clock, files);
  }
  return base::fail(base::Code::kUnsupported,
                    fmt::format("there is no issuer of kind {}", inventory.issuer.kind));
}

}  // namespace rekey::rotation
