#include "rotation/inventory_gaps.h"

namespace rekey::rotation {

std::vector<std::string> find_gaps(const Inventory& inventory) {
  std::vector<std::string> gaps;
  if (inventory.client_id.empty()) gaps.emplace_back("client id");
  if (inventory.owner.empty()) gaps.emplace_back("owner");
  if (inventory.consumers.empty()) gaps.emplace_back("consumers");
  if (!inventory.expires_at) gaps.emplace_back("end date");
  return gaps;
}

}  // namespace rekey::rotation
