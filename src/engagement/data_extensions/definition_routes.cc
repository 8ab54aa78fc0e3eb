// Data extensions themselves: create, list, show, alter, clear, delete (contract section 4.4).
#include <array>

#include "engagement/data_extensions/data_extension_routes.h"
#include "engagement/data_extensions/definition_change.h"
#include "engagement/data_extensions/definition_json.h"
#include "engagement/json_parts.h"

namespace rekey::engagement::data_extensions {

namespace {

using base::Code;
using base::fail;
using base::Result;
using net::JsonValue;

constexpr std::string_view kRead = "data_extensions_read";
constexpr std::string_view kWrite = "data_extensions_write";
constexpr std::string_view kAll = "/data/v1/customobjects";
constexpr std::string_view kOne = "/data/v1/customobjects/{}";
constexpr std::string_view kFields = "/data/v1/customobjects/{}/fields";
constexpr std::string_view kClear = "/data/v1/customobjects/{}/cleardata";
constexpr std::string_view kAlter = "/data/v1/customobjectsasync/{}/fields";

Result<Definition> asked_definition(Call& call) {
  return load_definition(call.tables, call.caller.business_unit, call.parts[0]);
}

Answer reply_with_definition(int status, const Definition& definition) {
  net::JsonWriter body;
  write_definition(body, definition);
  return reply_with(status, body);
}

Answer reply_with_nothing() {
  net::JsonWriter body;
  body.begin_object().end_object();
  return reply_with(200, body);
}

Answer list(Call& call) {
  REKEY_TRY(const ListAsked asked,
            list_asked(call.query, call.caller.business_unit, definition_list()));
  REKEY_TRY(const DefinitionPage page,
            list_definitions(call.tables, asked, call.query.find("$search").value_or("")));
  net::JsonWriter body;
  body.begin_object()
      .member("count", page.count)
      .member("page", asked.page)
      .member("pageSize", asked.size);
  body.key("links").begin_object().member("self", "/v1/customobjects").end_object();
  body.key("items").begin_array();
  for (const Definition& definition : page.rows) write_definition(body, definition);
  body.end_array().end_object();
  return reply_with(200, body);
}

Answer create(Call& call) {
  REKEY_TRY(Definition definition, read_new_definition(call.body, call.tools.ids));
  definition.business_unit = call.caller.business_unit;
  definition.created_at = call.now;
  definition.changed_at = call.now;
  REKEY_TRY(definition, insert_definition(call.tables, std::move(definition)));
  return reply_with_definition(201, definition);
}

Answer show(Call& call) {
  REKEY_TRY(const Definition definition, asked_definition(call));
  return reply_with_definition(200, definition);
}

Answer show_fields(Call& call) {
  REKEY_TRY(const Definition definition, asked_definition(call));
  net::JsonWriter body;
  write_fields(body, definition);
  return reply_with(200, body);
}

Answer change(Call& call) {
  REKEY_TRY(Definition definition, asked_definition(call));
  REKEY_CHECK(read_facts(call.body, definition));
  REKEY_CHECK(check_definition(definition));
  definition.changed_at = call.now;
  REKEY_CHECK(save_definition(call.tables, definition));
  return reply_with_definition(200, definition);
}

Answer remove(Call& call) {
  REKEY_TRY(const Definition definition, asked_definition(call));
  REKEY_CHECK(delete_definition(call.tables, definition));
  return reply_with_nothing();
}

Answer clear(Call& call) {
  REKEY_TRY(Definition definition, asked_definition(call));
  REKEY_CHECK(clear_rows(call.tables, definition));
  return reply_with_nothing();
}

Answer alter(Call& call) {
  REKEY_TRY(Definition definition, asked_definition(call));
  const JsonValue* fields = find_member(call.body, "fields");
  if (fields == nullptr || fields->items().empty()) {
    return fail(Code::kInvalidArgument, "\"fields\", a list of columns, is missing");
  }
  REKEY_CHECK(change_fields(*fields, call.tools.ids, definition));
  definition.changed_at = call.now;
  REKEY_CHECK(save_with_fields(call.tables, definition));
  net::JsonWriter body;
  body.begin_object().member("requestId", call.tools.ids.guid());
  body.key("resultMessages").begin_array().end_array().end_object();
  return reply_with(202, body);
}

constexpr std::array<Route, 9> kRoutes{{
    {net::Method::kGet, kAll, kRead, Access::kReads, list},
    {net::Method::kPost, kAll, kWrite, Access::kWrites, create},
    {net::Method::kGet, kOne, kRead, Access::kReads, show},
    {net::Method::kPatch, kOne, kWrite, Access::kWrites, change},
    {net::Method::kDelete, kOne, kWrite, Access::kWrites, remove},
    {net::Method::kGet, kFields, kRead, Access::kReads, show_fields},
    {net::Method::kPost, kClear, kWrite, Access::kWrites, clear},
    {net::Method::kPost, kAlter, kWrite, Access::kWrites, alter},
    {net::Method::kPatch, kAlter, kWrite, Access::kWrites, alter},
}};

}  // namespace

std::span<const Route> definition_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::data_extensions
