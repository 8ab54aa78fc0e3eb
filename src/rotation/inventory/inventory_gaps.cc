#include "rotation/inventory/inventory_gaps.h"

#include <utility>

namespace rekey::rotation {

std::vector<std::string> find_gaps(const Inventory& inventory) {
  std::vector<std::string> gaps;
  if (inventory.client_id.empty()) gaps.emplace_back("client id");
  if (inventory.owner.empty()) gaps.emplace_back("owner");
  if (inventory.consumers.empty()) gaps.emplace_back("consumers");
  if (!inventory.expires_at) gaps.emplace_back("end date");
  for (std::string& gap : find_issuer_gaps(inventory.issuer)) gaps.push_back(std::move(gap));
  return gaps;
}

std::vector<std::string> find_issuer_gaps(const DriverSpec& issuer) {
  const std::string url = issuer.text("auth_url");
  if (url.find(kExampleTenant) == std::string::npos) return {};
  return {"auth_url (still the example's)"};
}

}  // namespace rekey::rotation
