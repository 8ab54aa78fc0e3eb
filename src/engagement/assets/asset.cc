#include "engagement/assets/asset.h"

#include <fmt/format.h>

#include "engagement/json_parts.h"

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

Result<std::optional<Asset>> first_asset(storage::Statement rows) {
  REKEY_TRY(const bool has_row, rows.step());
  return has_row ? std::optional<Asset>(read_asset(rows)) : std::nullopt;
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
  REKEY_TRY(auto row, tables.prepare("SELECT " REKEY_ASSET_COLUMNS
                                     " FROM asset WHERE business_unit = ?1 AND key = ?2"));
  row.bind(1, business_unit).bind(2, key);
  return first_asset(std::move(row));
}

Result<std::optional<Asset>> find_asset(Connection& tables, std::int64_t business_unit,
                                        std::int64_t id) {
  REKEY_TRY(auto row, tables.prepare("SELECT " REKEY_ASSET_COLUMNS
                                     " FROM asset WHERE business_unit = ?1 AND id = ?2"));
  row.bind(1, business_unit).bind(2, id);
  return first_asset(std::move(row));
}

Result<AssetPage> list_assets(Connection& tables, const AssetsAsked& asked) {
  constexpr std::string_view kWhere =
      " FROM asset WHERE business_unit = ?1 AND (?2 = 0 OR key = ?3) AND (?4 = 0 OR name = ?5)";
  const auto bind = [&](storage::Statement& rows) {
    rows.bind(1, asked.business_unit)
        .bind(2, std::int64_t{asked.key.has_value()})
        .bind(3, asked.key.value_or(""))
        .bind(4, std::int64_t{asked.name.has_value()})
        .bind(5, asked.name.value_or(""));
  };
  AssetPage page;
  REKEY_TRY(auto counted, tables.prepare(fmt::format("SELECT count(*){}", kWhere)));
  bind(counted);
  REKEY_TRY(const bool has_count, counted.step());
  page.count = has_count ? counted.integer(0) : 0;
  REKEY_TRY(auto rows,
            tables.prepare(fmt::format(
                "SELECT " REKEY_ASSET_COLUMNS "{} ORDER BY id LIMIT ?6 OFFSET ?7", kWhere)));
  bind(rows);
  rows.bind(6, asked.size).bind(7, (asked.page - 1) * asked.size);
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return page;
    page.assets.push_back(read_asset(rows));
  }
}

base::Status insert_asset(Connection& tables, Asset& asset) {
  REKEY_TRY(auto insert,
            tables.prepare("INSERT INTO asset(business_unit, guid, key, name, type, type_id, "
                           "document, created_at, changed_at) "
                           "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
  REKEY_CHECK(insert.bind(1, asset.business_unit)
                  .bind(2, asset.guid)
                  .bind(3, asset.key)
                  .bind(4, asset.name)
                  .bind(5, asset.type)
                  .bind(6, asset.type_id)
                  .bind(7, asset.document)
                  .bind(8, base::to_millis(asset.created_at))
                  .bind(9, base::to_millis(asset.changed_at))
                  .run());
  asset.id = tables.last_insert_id();
  return {};
}

base::Status save_asset(Connection& tables, const Asset& asset) {
  REKEY_TRY(auto update, tables.prepare("UPDATE asset SET key = ?2, name = ?3, type = ?4, "
                                        "type_id = ?5, document = ?6, changed_at = ?7 "
                                        "WHERE id = ?1"));
  return update.bind(1, asset.id)
      .bind(2, asset.key)
      .bind(3, asset.name)
      .bind(4, asset.type)
      .bind(5, asset.type_id)
      .bind(6, asset.document)
      .bind(7, base::to_millis(asset.changed_at))
      .run();
}

base::Status delete_asset(Connection& tables, const Asset& asset) {
  REKEY_TRY(auto remove, tables.prepare("DELETE FROM asset WHERE id = ?1"));
  return remove.bind(1, asset.id).run();
}

base::Status prepare_schema(Connection& connection) {
  return storage::migrate(connection, "engagement.assets", kMigrations);
}

}  // namespace rekey::engagement::assets
