#include "engagement/assets/asset.h"

#include <fmt/format.h>

#include "engagement/json_parts.h"
#include "storage/select.h"

namespace rekey::engagement::assets {

namespace {

using base::Code;
using base::fail;
using base::Result;
using net::JsonValue;
using storage::Connection;

constexpr std::string_view kFirstSchema = R"sql(
CREATE TABLE asset(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  business_unit INTEGER NOT NULL,
  guid TEXT NOT NULL UNIQUE COLLATE NOCASE,
  key TEXT NOT NULL COLLATE NOCASE,
  name TEXT NOT NULL COLLATE NOCASE,
  type TEXT NOT NULL,
  type_id INTEGER NOT NULL,
  document TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  UNIQUE(business_unit, key)
) STRICT;
)sql";

constexpr storage::Migration kMigrations[] = {{1, kFirstSchema}};

#define REKEY_ASSET_COLUMNS \
  "id, business_unit, guid, key, name, type, type_id, document, created_at, changed_at"

Asset read_asset(const storage::Statement& row) {
  Asset asset;
  asset.id = row.integer(0);
  asset.business_unit = row.integer(1);
  asset.guid = row.text(2);
  asset.key = row.text(3);
  asset.name = row.text(4);
  asset.type = row.text(5);
  asset.type_id = row.integer(6);
  asset.document = row.text(7);
  asset.created_at = base::from_millis(row.integer(8));
  asset.changed_at = base::from_millis(row.integer(9));
  return asset;
}

Result<std::optional<Asset>> first_asset(Result<storage::Statement> rows) {
  return storage::first_row(std::move(rows), read_asset);
}

Result<std::string> checked_content(const JsonValue& holder, std::string_view view) {
  auto content = text_member(holder, "content");
  if (!content) return fail(Code::kInvalidArgument, fmt::format("views.{} takes a text", view));
  std::string text = content->value_or("");
  if (text.size() > kLongestView) {
    return fail(Code::kInvalidArgument,
                fmt::format("views.{} takes at most {} bytes", view, kLongestView));
  }
  return text;
}

Result<std::string> view_content(const JsonValue& views, std::string_view view) {
  const JsonValue* holder = find_member(views, view);
  if (holder == nullptr || holder->is_null()) return std::string{};
  if (holder->kind() != JsonValue::Kind::kObject) {
    return fail(Code::kInvalidArgument, fmt::format("views.{} takes an object", view));
  }
  return checked_content(*holder, view);
}

}  // namespace

Result<MailContent> mail_content(const JsonValue& document) {
  static const JsonValue kNone;
  const JsonValue* found = find_member(document, "views");
  const JsonValue& views = found == nullptr ? kNone : *found;
  MailContent content;
  REKEY_TRY(content.subject, view_content(views, "subjectline"));
  REKEY_TRY(content.preheader, view_content(views, "preheader"));
  REKEY_TRY(content.html, view_content(views, "html"));
  REKEY_TRY(content.text, view_content(views, "text"));
  if (content.html.empty()) {
    REKEY_TRY(content.html, checked_content(document, "html"));
  }
  if (content.subject.find_first_of("\r\n") != std::string::npos) {
    return fail(Code::kInvalidArgument, "views.subjectline takes one line");
  }
  return content;
}

Result<std::optional<Asset>> find_asset(Connection& tables, std::int64_t business_unit,
                                        std::string_view key) {
  return first_asset(storage::select(
      tables, "SELECT " REKEY_ASSET_COLUMNS " FROM asset WHERE business_unit = ?1 AND key = ?2",
      {business_unit, key}));
}

Result<std::optional<Asset>> find_asset(Connection& tables, std::int64_t business_unit,
                                        std::int64_t id) {
  return first_asset(storage::select(
      tables, "SELECT " REKEY_ASSET_COLUMNS " FROM asset WHERE business_unit = ?1 AND id = ?2",
      {business_unit, id}));
}

const ListShape& asset_list() {
  static const ListShape kShape = [] {
    ListShape shape;
    shape.filters = {{"id", "id", ValueKind::kInteger},
                     {"customerKey", "key"},
                     {"objectID", "guid"},
                     {"name", "name"},
                     {"assetType.id", "type_id", ValueKind::kInteger},
                     {"assetType.name", "type"},
                     {"createdDate", "created_at", ValueKind::kInstant},
                     {"modifiedDate", "changed_at", ValueKind::kInstant}};
    shape.orders = shape.filters;
    return shape;
  }();
  return kShape;
}

Result<AssetPage> list_assets(Connection& tables, const ListAsked& asked) {
  return read_list(tables, REKEY_ASSET_COLUMNS, "FROM asset WHERE business_unit = ?1", asked,
                   read_asset);
}

Result<std::int64_t> insert_asset(Connection& tables, const Asset& asset) {
  return storage::insert(tables,
                         "INSERT INTO asset(business_unit, guid, key, name, type, type_id, "
                         "document, created_at, changed_at) "
                         "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                         {asset.business_unit, asset.guid, asset.key, asset.name, asset.type,
                          asset.type_id, asset.document, asset.created_at, asset.changed_at});
}

base::Status save_asset(Connection& tables, const Asset& asset) {
  return storage::run(tables,
                      "UPDATE asset SET key = ?2, name = ?3, type = ?4, "
                      "type_id = ?5, document = ?6, changed_at = ?7 "
                      "WHERE id = ?1",
                      {asset.id, asset.key, asset.name, asset.type, asset.type_id, asset.document,
                       asset.changed_at});
}

base::Status delete_asset(Connection& tables, const Asset& asset) {
  return storage::run(tables, "DELETE FROM asset WHERE id = ?1", {asset.id});
}

base::Status prepare_schema(Connection& connection) {
  return storage::migrate(connection, "engagement.assets", kMigrations);
}

}  // namespace rekey::engagement::assets
