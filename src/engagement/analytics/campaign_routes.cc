// Campaigns.
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "engagement/analytics/analytics_routes.h"
#include "engagement/analytics/campaign.h"
#include "engagement/json_parts.h"
#include "engagement/text_rules.h"

namespace rekey::engagement::analytics {

namespace {

using base::Code;
using base::fail;
using base::Result;
using net::JsonValue;

constexpr std::string_view kRead = "campaign_read";
constexpr std::string_view kWrite = "campaign_write";
constexpr std::size_t kLongestName = 128;
constexpr std::size_t kLongestNote = 512;
constexpr std::size_t kMostAssets = 500;

Result<std::int64_t> number_in_path(const Call& call, std::size_t part) {
  const std::string& text = call.parts[part];
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem == std::errc{} && end == text.data() + text.size()) return number;
  return fail(Code::kNotFound, "campaigns and their assets are named by numbers");
}

Result<Campaign> campaign_meant(Call& call) {
  REKEY_TRY(const std::int64_t id, number_in_path(call, 0));
  REKEY_TRY(auto campaign, find_campaign(call.tables, call.caller.business_unit, id));
  if (campaign) return *std::move(campaign);
  return fail(Code::kNotFound, "this business unit has no such campaign");
}

void write_campaign(net::JsonWriter& body, const Campaign& campaign) {
  body.begin_object()
      .member("id", std::to_string(campaign.id))
      .member("createdDate", stamp(campaign.created_at))
      .member("modifiedDate", stamp(campaign.changed_at))
      .member("name", campaign.name)
      .member("description", campaign.description)
      .member("campaignCode", campaign.code)
      .member("color", campaign.color)
      .member("favorite", campaign.is_favorite)
      .end_object();
}

Reply reply_with_campaign(const Campaign& campaign) {
  net::JsonWriter body;
  write_campaign(body, campaign);
  return reply_with(200, body);
}

base::Status read_note(const JsonValue& body, std::string_view name, std::string& text) {
  REKEY_TRY(auto given, text_member(body, name));
  if (given) text = *std::move(given);
  if (text.empty()) return {};
  return check_name(name, text, kLongestNote);
}

// What is given, over what there is.
base::Status read_campaign(Call& call, Campaign& campaign) {
  if (call.body.kind() != JsonValue::Kind::kObject) {
    return fail(Code::kInvalidArgument, "the body has to be an object");
  }
  REKEY_TRY(auto name, text_member(call.body, "name"));
  if (name) campaign.name = *std::move(name);
  REKEY_CHECK(check_name("name", campaign.name, kLongestName));
  REKEY_CHECK(read_note(call.body, "description", campaign.description));
  REKEY_CHECK(read_note(call.body, "campaignCode", campaign.code));
  REKEY_CHECK(read_note(call.body, "color", campaign.color));
  REKEY_TRY(const auto favorite, truth_member(call.body, "favorite"));
  campaign.is_favorite = favorite.value_or(campaign.is_favorite);
  campaign.changed_at = call.now;
  return {};
}

Answer create(Call& call) {
  Campaign campaign;
  campaign.business_unit = call.caller.business_unit;
  campaign.created_at = call.now;
  REKEY_CHECK(read_campaign(call, campaign));
  REKEY_TRY(campaign.id, insert_campaign(call.tables, campaign));
  return reply_with_campaign(campaign);
}

Answer update(Call& call) {
  REKEY_TRY(Campaign campaign, campaign_meant(call));
  REKEY_CHECK(read_campaign(call, campaign));
  REKEY_CHECK(save_campaign(call.tables, campaign));
  return reply_with_campaign(campaign);
}

Answer show(Call& call) {
  REKEY_TRY(const Campaign campaign, campaign_meant(call));
  return reply_with_campaign(campaign);
}

Reply reply_with_nothing() {
  net::JsonWriter body;
  body.begin_object().end_object();
  return reply_with(200, body);
}

Answer remove(Call& call) {
  REKEY_TRY(const Campaign campaign, campaign_meant(call));
  REKEY_CHECK(delete_campaign(call.tables, campaign));
  return reply_with_nothing();
}

void write_link(net::JsonWriter& body, std::string_view name, std::int64_t page,
                std::int64_t size) {
  body.key(name)
      .begin_object()
      .member("href", fmt::format("/v1/campaigns?$page={}&$pagesize={}", page, size))
      .end_object();
}

Answer list(Call& call) {
  REKEY_TRY(const ListAsked asked,
            list_asked(call.query, call.caller.business_unit, campaign_list()));
  REKEY_TRY(const CampaignPage found, list_campaigns(call.tables, asked));
  net::JsonWriter body;
  body.begin_object()
      .member("page", asked.page)
      .member("pageSize", asked.size)
      .member("count", found.count);
  body.key("links").begin_object();
  write_link(body, "self", asked.page, asked.size);
  if (asked.page * asked.size < found.count) write_link(body, "next", asked.page + 1, asked.size);
  body.end_object().key("items").begin_array();
  for (const Campaign& campaign : found.rows) write_campaign(body, campaign);
  body.end_array().end_object();
  return reply_with(200, body);
}

void write_asset(net::JsonWriter& body, const CampaignAsset& asset) {
  body.begin_object()
      .member("id", std::to_string(asset.id))
      .member("type", asset.type)
      .member("campaignId", std::to_string(asset.campaign_id))
      .member("itemID", asset.item)
      .member("createdDate", stamp(asset.created_at))
      .end_object();
}

Answer list_assets(Call& call) {
  REKEY_TRY(const Campaign campaign, campaign_meant(call));
  REKEY_TRY(const auto assets, assets_of(call.tables, campaign.id));
  net::JsonWriter body;
  body.begin_object()
      .member("totalCount", static_cast<std::int64_t>(assets.size()))
      .member("page", 1)
      .member("pageSize", static_cast<std::int64_t>(assets.size()))
      .member("count", static_cast<std::int64_t>(assets.size()));
  body.key("items").begin_array();
  for (const CampaignAsset& asset : assets) write_asset(body, asset);
  body.end_array().end_object();
  return reply_with(200, body);
}

// {"ids":["1","2"],"type":"EMAIL"}; one may stand without a list.
Answer add_assets(Call& call) {
  REKEY_TRY(const Campaign campaign, campaign_meant(call));
  REKEY_TRY(const auto type, text_member(call.body, "type"));
  if (!type) return fail(Code::kInvalidArgument, "type is missing");
  REKEY_CHECK(check_name("type", *type, kLongestName));
  const JsonValue* ids = find_member(call.body, "ids");
  if (ids == nullptr) return fail(Code::kInvalidArgument, "ids, a list, is missing");
  std::vector<JsonValue> items = ids->items();
  if (ids->kind() != JsonValue::Kind::kArray) items = {*ids};
  if (items.size() > kMostAssets) {
    return fail(Code::kInvalidArgument, "a call takes at most 500 ids");
  }
  net::JsonWriter body;
  body.begin_array();
  for (const JsonValue& item : items) {
    REKEY_TRY(const auto id, scalar_text(item));
    REKEY_CHECK(check_name("an id", id.value_or(""), kLongestName));
    CampaignAsset asset{0, campaign.id, id.value_or(""), *type, call.now};
    REKEY_TRY(asset, insert_asset(call.tables, asset));
    write_asset(body, asset);
  }
  body.end_array();
  return reply_with(200, body);
}

Answer remove_asset(Call& call) {
  REKEY_TRY(const Campaign campaign, campaign_meant(call));
  REKEY_TRY(const std::int64_t id, number_in_path(call, 1));
  REKEY_TRY(const bool was_there, delete_asset(call.tables, campaign.id, id));
  if (!was_there) return fail(Code::kNotFound, "the campaign has no such asset");
  return reply_with_nothing();
}

constexpr std::string_view kAll = "/hub/v1/campaigns";
constexpr std::string_view kOne = "/hub/v1/campaigns/{}";
constexpr std::string_view kAssets = "/hub/v1/campaigns/{}/assets";

constexpr std::array<Route, 8> kRoutes{{
    {net::Method::kGet, kAll, kRead, Access::kReads, list},
    {net::Method::kPost, kAll, kWrite, Access::kWrites, create},
    {net::Method::kGet, kOne, kRead, Access::kReads, show},
    {net::Method::kPatch, kOne, kWrite, Access::kWrites, update},
    {net::Method::kDelete, kOne, kWrite, Access::kWrites, remove},
    {net::Method::kGet, kAssets, kRead, Access::kReads, list_assets},
    {net::Method::kPost, kAssets, kWrite, Access::kWrites, add_assets},
    {net::Method::kDelete, "/hub/v1/campaigns/{}/assets/{}", kWrite, Access::kWrites, remove_asset},
}};

}  // namespace

std::span<const Route> campaign_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::analytics
