#include "engagement/assets/asset_routes.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/text.h"
#include "engagement/assets/asset.h"
#include "engagement/json_parts.h"
#include "engagement/text_rules.h"
#include "storage/select.h"

namespace rekey::engagement::assets {

namespace {

using base::Code;
using base::fail;
using base::Result;
using net::JsonValue;

// The scopes that contract section 2.6 names for this family.
constexpr std::string_view kRead = "documents_and_images_read";
constexpr std::string_view kWrite = "saved_content_write";
constexpr std::size_t kLongestKey = 100;
constexpr std::size_t kLongestName = 200;

struct AssetType {
  std::string_view name;
  std::int64_t id;
};
constexpr std::array<AssetType, 5> kTypes{{{"templatebasedemail", 207},
                                           {"htmlemail", 208},
                                           {"textonlyemail", 209},
                                           {"freeformblock", 195},
                                           {"htmlblock", 197}}};

// What the answer says itself, in place of the document's own.
constexpr std::array<std::string_view, 7> kOwnMembers{
    "id", "customerKey", "objectID", "name", "assetType", "createdDate", "modifiedDate"};

bool is_own_member(std::string_view name) {
  for (const std::string_view own : kOwnMembers) {
    if (base::equal_ignoring_case(own, name)) return true;
  }
  return false;
}

Result<JsonValue> document_of(const Asset& asset) {
  return net::parse_json(asset.document);
}

base::Status write_asset(net::JsonWriter& body, const Asset& asset) {
  REKEY_TRY(const JsonValue document, document_of(asset));
  body.begin_object()
      .member("id", asset.id)
      .member("customerKey", asset.key)
      .member("objectID", asset.guid)
      .member("name", asset.name);
  body.key("assetType")
      .begin_object()
      .member("id", asset.type_id)
      .member("name", asset.type)
      .end_object();
  body.member("createdDate", stamp(asset.created_at))
      .member("modifiedDate", stamp(asset.changed_at));
  for (const auto& [name, value] : document.members()) {
    if (is_own_member(name)) continue;
    body.key(name);
    write_value(body, value);
  }
  body.end_object();
  return {};
}

Answer reply_with_asset(int status, const Asset& asset) {
  net::JsonWriter body;
  REKEY_CHECK(write_asset(body, asset));
  return reply_with(status, body);
}

// By name or by number, as it is given; a type that is not known here is kept.
base::Status read_type(const JsonValue& given, Asset& asset) {
  const JsonValue* type = find_member(given, "assetType");
  if (type == nullptr || type->is_null()) return {};
  REKEY_TRY(const auto name, text_member(*type, "name"));
  REKEY_TRY(const auto id, number_member(*type, "id"));
  if (!name && !id) {
    return fail(Code::kInvalidArgument, "assetType takes an object with name or id");
  }
  asset.type = name.value_or("");
  asset.type_id = id.value_or(0);
  for (const AssetType& known : kTypes) {
    if (!name && known.id == *id) asset.type = known.name;
    if (!id && base::equal_ignoring_case(known.name, *name)) asset.type_id = known.id;
  }
  return {};
}

// The members of `given` over those of the document that there is.
Result<std::string> merged(const Asset& asset, const JsonValue& given) {
  REKEY_TRY(const JsonValue old, net::parse_json(asset.document));
  net::JsonWriter out;
  out.begin_object();
  for (const auto& [name, value] : old.members()) {
    if (find_member(given, name) != nullptr) continue;
    out.key(name);
    write_value(out, value);
  }
  for (const auto& [name, value] : given.members()) {
    out.key(name);
    write_value(out, value);
  }
  out.end_object();
  return out.release();
}

base::Status change(Asset& asset, const JsonValue& given, base::Instant now) {
  if (given.kind() != JsonValue::Kind::kObject) {
    return fail(Code::kInvalidArgument, "the body has to be an object");
  }
  REKEY_TRY(const auto key, text_member(given, "customerKey"));
  REKEY_TRY(const auto name, text_member(given, "name"));
  if (key) asset.key = *key;
  if (name) asset.name = *name;
  REKEY_CHECK(check_name("customerKey", asset.key, kLongestKey));
  REKEY_CHECK(check_name("name", asset.name, kLongestName));
  REKEY_CHECK(read_type(given, asset));
  REKEY_TRY(asset.document, merged(asset, given));
  REKEY_TRY(const JsonValue document, net::parse_json(asset.document));
  REKEY_TRY(const MailContent content, mail_content(document));
  static_cast<void>(content);
  asset.changed_at = now;
  return {};
}

Result<Asset> named_asset(Call& call) {
  const std::string& text = call.parts[0];
  std::int64_t id = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (problem == std::errc{} && end == text.data() + text.size()) {
    REKEY_TRY(auto found, find_asset(call.tables, call.caller.business_unit, id));
    if (found) return *std::move(found);
  }
  return fail(Code::kNotFound, "this business unit has no asset with that id");
}

constexpr std::string_view kTaken = "this business unit has an asset with that customerKey";

Answer create(Call& call) {
  Asset asset;
  asset.business_unit = call.caller.business_unit;
  asset.guid = call.tools.ids.guid();
  asset.key = call.tools.ids.guid();  // where none is given
  asset.type = "htmlemail";
  asset.type_id = 208;
  asset.document = "{}";
  asset.created_at = call.now;
  REKEY_CHECK(change(asset, call.body, call.now));
  REKEY_TRY(asset.id, storage::say_taken(insert_asset(call.tables, asset), kTaken));
  return reply_with_asset(201, asset);
}

Answer update(Call& call) {
  REKEY_TRY(Asset asset, named_asset(call));
  REKEY_CHECK(change(asset, call.body, call.now));
  REKEY_CHECK(storage::say_taken(save_asset(call.tables, asset), kTaken));
  return reply_with_asset(200, asset);
}

Answer show(Call& call) {
  REKEY_TRY(const Asset asset, named_asset(call));
  return reply_with_asset(200, asset);
}

Answer remove(Call& call) {
  REKEY_TRY(const Asset asset, named_asset(call));
  REKEY_CHECK(delete_asset(call.tables, asset));
  return Reply{200, "\"OK\""};
}

Answer list(Call& call) {
  REKEY_TRY(const ListAsked asked, list_asked(call.query, call.caller.business_unit, asset_list()));
  REKEY_TRY(const AssetPage found, list_assets(call.tables, asked));
  net::JsonWriter body;
  body.begin_object()
      .member("count", found.count)
      .member("page", asked.page)
      .member("pageSize", asked.size);
  body.key("links").begin_object().end_object().key("items").begin_array();
  for (const Asset& asset : found.rows) REKEY_CHECK(write_asset(body, asset));
  body.end_array().end_object();
  return reply_with(200, body);
}

constexpr std::string_view kAll = "/asset/v1/content/assets";
constexpr std::string_view kOne = "/asset/v1/content/assets/{}";

constexpr std::array<Route, 6> kRoutes{{
    {net::Method::kGet, kAll, kRead, Access::kReads, list},
    {net::Method::kPost, kAll, kWrite, Access::kWrites, create},
    {net::Method::kGet, kOne, kRead, Access::kReads, show},
    {net::Method::kPatch, kOne, kWrite, Access::kWrites, update},
    {net::Method::kPut, kOne, kWrite, Access::kWrites, update},
    {net::Method::kDelete, kOne, kWrite, Access::kWrites, remove},
}};

}  // namespace

std::span<const Route> routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::assets
