#include "engagement/analytics/campaign.h"

#include <fmt/format.h>

#include "storage/select.h"

namespace rekey::engagement::analytics {

namespace {

using base::Code;
using base::Result;
using storage::Connection;

constexpr std::string_view kFirstSchema = R"sql(
CREATE TABLE campaign(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  business_unit INTEGER NOT NULL,
  name TEXT NOT NULL COLLATE NOCASE,
  description TEXT NOT NULL,
  code TEXT NOT NULL,
  color TEXT NOT NULL,
  is_favorite INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  UNIQUE(business_unit, name)
) STRICT;
CREATE TABLE campaign_asset(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  campaign_id INTEGER NOT NULL REFERENCES campaign(id) ON DELETE CASCADE,
  item TEXT NOT NULL,
  type TEXT NOT NULL COLLATE NOCASE,
  created_at INTEGER NOT NULL,
  UNIQUE(campaign_id, type, item)
) STRICT;
)sql";

constexpr storage::Migration kMigrations[] = {{1, kFirstSchema}};

#define REKEY_CAMPAIGN_COLUMNS \
  "id, business_unit, name, description, code, color, is_favorite, created_at, changed_at"

Campaign read_campaign(const storage::Statement& row) {
  Campaign campaign;
  campaign.id = row.integer(0);
  campaign.business_unit = row.integer(1);
  campaign.name = row.text(2);
  campaign.description = row.text(3);
  campaign.code = row.text(4);
  campaign.color = row.text(5);
  campaign.is_favorite = row.integer(6) != 0;
  campaign.created_at = base::from_millis(row.integer(7));
  campaign.changed_at = base::from_millis(row.integer(8));
  return campaign;
}

#define REKEY_CAMPAIGN_ASSET_COLUMNS "id, campaign_id, item, type, created_at"

CampaignAsset read_campaign_asset(const storage::Statement& row) {
  return {row.integer(0), row.integer(1), row.text(2), row.text(3),
          base::from_millis(row.integer(4))};
}

constexpr std::string_view kTaken = "a campaign with that name exists";

}  // namespace

base::Status prepare_schema(Connection& connection) {
  return storage::migrate(connection, "engagement.analytics", kMigrations);
}

Result<std::optional<Campaign>> find_campaign(Connection& tables, std::int64_t business_unit,
                                              std::int64_t id) {
  return storage::first_row(storage::select(tables,
                                            "SELECT " REKEY_CAMPAIGN_COLUMNS
                                            " FROM campaign WHERE business_unit = ?1 AND id = ?2",
                                            {business_unit, id}),
                            read_campaign);
}

const ListShape& campaign_list() {
  static const ListShape kShape = [] {
    ListShape shape;
    shape.filters = {{"id", "id", ValueKind::kInteger},
                     {"name", "name"},
                     {"campaignCode", "code"},
                     {"createdDate", "created_at", ValueKind::kInstant},
                     {"modifiedDate", "changed_at", ValueKind::kInstant},
                     {"favorite", "is_favorite", ValueKind::kBoolean}};
    shape.orders = shape.filters;
    return shape;
  }();
  return kShape;
}

Result<CampaignPage> list_campaigns(Connection& tables, const ListAsked& asked) {
  return read_list(tables, REKEY_CAMPAIGN_COLUMNS, "FROM campaign WHERE business_unit = ?1", asked,
                   read_campaign);
}

Result<std::int64_t> insert_campaign(Connection& tables, const Campaign& campaign) {
  return storage::say_taken(
      storage::insert(
          tables,
          "INSERT INTO campaign(business_unit, name, description, code, color, "
          "is_favorite, created_at, changed_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
          {campaign.business_unit, campaign.name, campaign.description, campaign.code,
           campaign.color, campaign.is_favorite, campaign.created_at, campaign.changed_at}),
      kTaken);
}

base::Status save_campaign(Connection& tables, const Campaign& campaign) {
  return storage::say_taken(
      storage::run(tables,
                   "UPDATE campaign SET name = ?2, description = ?3, code = ?4, color = ?5, "
                   "is_favorite = ?6, changed_at = ?7 WHERE id = ?1",
                   {campaign.id, campaign.name, campaign.description, campaign.code, campaign.color,
                    campaign.is_favorite, campaign.changed_at}),
      kTaken);
}

base::Status delete_campaign(Connection& tables, const Campaign& campaign) {
  return storage::run(tables, "DELETE FROM campaign WHERE id = ?1", {campaign.id});
}

Result<std::vector<CampaignAsset>> assets_of(Connection& tables, std::int64_t campaign_id) {
  return storage::all_rows(
      storage::select(tables,
                      "SELECT " REKEY_CAMPAIGN_ASSET_COLUMNS
                      " FROM campaign_asset WHERE campaign_id = ?1 ORDER BY id",
                      {campaign_id}),
      read_campaign_asset);
}

Result<CampaignAsset> insert_asset(Connection& tables, const CampaignAsset& asset) {
  // All, because a statement that is not stepped to its end may not have written.
  REKEY_TRY(auto kept,
            storage::all_rows(
                storage::select(tables,
                                "INSERT INTO campaign_asset(campaign_id, item, type, created_at) "
                                "VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET type = type "
                                "RETURNING " REKEY_CAMPAIGN_ASSET_COLUMNS,
                                {asset.campaign_id, asset.item, asset.type, asset.created_at}),
                read_campaign_asset));
  if (kept.empty()) return base::fail(Code::kInternal, "a campaign's asset was not written");
  return std::move(kept.front());
}

Result<bool> delete_asset(Connection& tables, std::int64_t campaign_id, std::int64_t id) {
  REKEY_CHECK(storage::run(tables, "DELETE FROM campaign_asset WHERE campaign_id = ?1 AND id = ?2",
                           {campaign_id, id}));
  return tables.changes() > 0;
}

}  // namespace rekey::engagement::analytics
