// Campaigns and what belongs to them, and their tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engagement/list_asked.h"
#include "storage/select.h"

namespace rekey::engagement::analytics {

struct Campaign {
  std::int64_t id = 0;
  std::int64_t business_unit = 0;
  std::string name;
  std::string description;
  std::string code;
  std::string color = "0000ff";
  bool is_favorite = false;
  base::Instant created_at{};
  base::Instant changed_at{};
};

// An asset, a send definition or anything else that a client counts to a campaign.
struct CampaignAsset {
  std::int64_t id = 0;
  std::int64_t campaign_id = 0;
  std::string item;
  std::string type;
  base::Instant created_at{};
};

[[nodiscard]] base::Status prepare_schema(storage::Connection& connection);

[[nodiscard]] base::Result<std::optional<Campaign>> find_campaign(storage::Connection& tables,
                                                                  std::int64_t business_unit,
                                                                  std::int64_t id);
using CampaignPage = storage::Page<Campaign>;
[[nodiscard]] base::Result<CampaignPage> list_campaigns(storage::Connection& tables,
                                                        const ListAsked& asked);
[[nodiscard]] const ListShape& campaign_list();
// Gives its id. kAlreadyExists where the business unit has one with that name.
[[nodiscard]] base::Result<std::int64_t> insert_campaign(storage::Connection& tables,
                                                         const Campaign& campaign);
[[nodiscard]] base::Status save_campaign(storage::Connection& tables, const Campaign& campaign);
[[nodiscard]] base::Status delete_campaign(storage::Connection& tables, const Campaign& campaign);

[[nodiscard]] base::Result<std::vector<CampaignAsset>> assets_of(storage::Connection& tables,
                                                                 std::int64_t campaign_id);
// As it is kept, with its id: one that is there already stays.
[[nodiscard]] base::Result<CampaignAsset> insert_asset(storage::Connection& tables,
                                                       const CampaignAsset& asset);
// False where the campaign has no such one.
[[nodiscard]] base::Result<bool> delete_asset(storage::Connection& tables, std::int64_t campaign_id,
                                              std::int64_t id);

}  // namespace rekey::engagement::analytics
