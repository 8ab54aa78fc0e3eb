#include "engagement/analytics/campaign.h"

#include <fmt/format.h>

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

base::Status named_once(base::Status status) {
  if (status || status.error().code != Code::kAlreadyExists) return status;
  return base::fail(Code::kAlreadyExists, "a campaign with that name exists");
}

}  // namespace

base::Status prepare_schema(Connection& connection) {
  return storage::migrate(connection, "engagement.analytics", kMigrations);
}

Result<std::optional<Campaign>> find_campaign(Connection& tables, std::int64_t business_unit,
                                              std::int64_t id) {
  REKEY_TRY(auto row, tables.prepare("SELECT " REKEY_CAMPAIGN_COLUMNS
                                     " FROM campaign WHERE business_unit = ?1 AND id = ?2"));
  row.bind(1, business_unit).bind(2, id);
  REKEY_TRY(const bool has_row, row.step());
  return has_row ? std::optional<Campaign>(read_campaign(row)) : std::nullopt;
}

Result<CampaignPage> list_campaigns(Connection& tables, const CampaignsAsked& asked) {
  CampaignPage page;
  REKEY_TRY(auto count, tables.prepare("SELECT count(*) FROM campaign WHERE business_unit = ?1"));
  count.bind(1, asked.business_unit);
  REKEY_TRY(const bool has_count, count.step());
  if (has_count) page.count = count.integer(0);
  REKEY_TRY(auto rows,
            tables.prepare(fmt::format(
                "SELECT " REKEY_CAMPAIGN_COLUMNS " FROM campaign WHERE business_unit = ?1 "
                "ORDER BY {} {} LIMIT ?2 OFFSET ?3",
                asked.by_name ? "name" : "id", asked.is_descending ? "DESC" : "ASC")));
  rows.bind(1, asked.business_unit).bind(2, asked.size).bind(3, (asked.page - 1) * asked.size);
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return page;
    page.campaigns.push_back(read_campaign(rows));
  }
}

base::Status insert_campaign(Connection& tables, Campaign& campaign) {
  REKEY_TRY(auto insert,
            tables.prepare("INSERT INTO campaign(business_unit, name, description, code, color, "
                           "is_favorite, created_at, changed_at) "
                           "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
  REKEY_CHECK(named_once(insert.bind(1, campaign.business_unit)
                             .bind(2, campaign.name)
                             .bind(3, campaign.description)
                             .bind(4, campaign.code)
                             .bind(5, campaign.color)
                             .bind(6, std::int64_t{campaign.is_favorite})
                             .bind(7, base::to_millis(campaign.created_at))
                             .bind(8, base::to_millis(campaign.changed_at))
                             .run()));
  campaign.id = tables.last_insert_id();
  return {};
}

base::Status save_campaign(Connection& tables, const Campaign& campaign) {
  REKEY_TRY(auto update,
            tables.prepare("UPDATE campaign SET name = ?2, description = ?3, code = ?4, "
                           "color = ?5, is_favorite = ?6, changed_at = ?7 WHERE id = ?1"));
  return named_once(update.bind(1, campaign.id)
                        .bind(2, campaign.name)
                        .bind(3, campaign.description)
                        .bind(4, campaign.code)
                        .bind(5, campaign.color)
                        .bind(6, std::int64_t{campaign.is_favorite})
                        .bind(7, base::to_millis(campaign.changed_at))
                        .run());
}

base::Status delete_campaign(Connection& tables, const Campaign& campaign) {
  REKEY_TRY(auto remove, tables.prepare("DELETE FROM campaign WHERE id = ?1"));
  return remove.bind(1, campaign.id).run();
}

Result<std::vector<CampaignAsset>> assets_of(Connection& tables, std::int64_t campaign_id) {
  REKEY_TRY(auto rows, tables.prepare("SELECT id, campaign_id, item, type, created_at FROM "
                                      "campaign_asset WHERE campaign_id = ?1 ORDER BY id"));
  rows.bind(1, campaign_id);
  std::vector<CampaignAsset> assets;
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return assets;
    assets.push_back({rows.integer(0), rows.integer(1), rows.text(2), rows.text(3),
                      base::from_millis(rows.integer(4))});
  }
}

base::Status insert_asset(Connection& tables, CampaignAsset& asset) {
  REKEY_TRY(auto insert,
            tables.prepare("INSERT INTO campaign_asset(campaign_id, item, type, created_at) "
                           "VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET type = type "
                           "RETURNING id, created_at"));
  insert.bind(1, asset.campaign_id)
      .bind(2, asset.item)
      .bind(3, asset.type)
      .bind(4, base::to_millis(asset.created_at));
  REKEY_TRY(bool has_row, insert.step());
  if (has_row) {
    asset.id = insert.integer(0);
    asset.created_at = base::from_millis(insert.integer(1));
    REKEY_TRY(has_row, insert.step());
  }
  return {};
}

Result<bool> delete_asset(Connection& tables, std::int64_t campaign_id, std::int64_t id) {
  REKEY_TRY(auto remove,
            tables.prepare("DELETE FROM campaign_asset WHERE campaign_id = ?1 AND id = ?2"));
  REKEY_CHECK(remove.bind(1, campaign_id).bind(2, id).run());
  return tables.changes() > 0;
}

}  // namespace rekey::engagement::analytics
