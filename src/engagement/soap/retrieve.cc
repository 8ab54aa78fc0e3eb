#include "engagement/soap/retrieve.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "engagement/soap/accounts_json.h"
#include "engagement/soap/definition_lookup.h"
#include "engagement/soap/envelope.h"
#include "engagement/soap/object_types.h"
#include "engagement/soap/result_writer.h"

namespace rekey::engagement::soap {

namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr int kFirstFilterParameter = 5;

bool is_true(const std::string& text) {
  return text == "true" || text == "True" || text == "1";
}

// "DataExtensionObject[key]"
void read_type(std::string_view text, RetrieveAsked& asked) {
  const std::size_t open = text.find('[');
  asked.type = without_blanks(text.substr(0, open));
  if (open == std::string_view::npos) return;
  std::string_view key = without_blanks(text.substr(open + 1));
  if (key.ends_with(']')) key.remove_suffix(1);
  asked.data_extension = without_blanks(key);
}

std::int64_t read_page_size(const XmlElement& request) {
  const XmlElement* options = request.child("Options");
  if (options == nullptr) return kLargestRetrievePage;
  const std::string text = options->child_text("BatchSize");
  std::int64_t size = 0;
  std::from_chars(text.data(), text.data() + text.size(), size);
  return size < 1 ? kLargestRetrievePage : std::min(size, kLargestRetrievePage);
}

Result<RetrieveAsked> read_asked(const XmlElement& request) {
  RetrieveAsked asked;
  read_type(request.child_text("ObjectType"), asked);
  for (const XmlElement* one : request.all("Properties")) {
    const std::string_view name = without_blanks(one->text);
    if (!name.empty()) asked.properties.emplace_back(name);
  }
  if (const XmlElement* filter = request.child("Filter"); filter != nullptr && !filter->is_nil) {
    REKEY_TRY(asked.filter, read_filter(*filter));
  }
  asked.asks_for_all_accounts = is_true(request.child_text("QueryAllAccounts"));
  asked.page_size = read_page_size(request);
  return asked;
}

// Each business unit sees its own data, whoever asks.
base::Status check_clients(const VerbCall& call, const XmlElement& request) {
  for (const XmlElement* client : request.all("ClientIDs")) {
    for (const std::string_view name : {"ID", "ClientID"}) {
      const std::string unit = client->child_text(name);
      if (unit.empty() || unit == std::to_string(call.caller.business_unit)) continue;
      return fail(Code::kForbidden,
                  "API Permission Failed. ClientIDs names another business unit than the token's");
    }
  }
  return {};
}

Result<Continuations::Place> find_place(const VerbCall& call) {
  const XmlElement* request = call.request.child("RetrieveRequest");
  if (request == nullptr) return fail(Code::kInvalidArgument, "RetrieveRequest is missing");
  const std::string continues = request->child_text("ContinueRequest");
  if (continues.empty()) {
    REKEY_CHECK(check_clients(call, *request));
    REKEY_TRY(RetrieveAsked asked, read_asked(*request));
    return Continuations::Place{std::make_shared<const RetrieveAsked>(std::move(asked)), {}};
  }
  auto place = call.tools.continuations.find(continues, call.caller, call.now);
  if (place) return *std::move(place);
  return fail(Code::kNotFound,
              "The ContinueRequest is unknown or too old; retrieve again from the beginning");
}

Result<ObjectType> resolve_type(const VerbCall& call, const RetrieveAsked& asked) {
  if (asked.type != kRowType) {
    const ObjectType* known = find_type(asked.type);
    if (known == nullptr) return fail(Code::kNotFound, unknown_type(asked.type));
    if (holds_all(call.caller, known->read_scope)) return *known;
    return fail(Code::kForbidden, missing_scope(known->read_scope));
  }
  constexpr std::string_view kScope = "data_extensions_read";
  if (!holds_all(call.caller, kScope)) return fail(Code::kForbidden, missing_scope(kScope));
  if (asked.data_extension.empty()) {
    return fail(Code::kInvalidArgument,
                "DataExtensionObject is retrieved as DataExtensionObject[CustomerKey]");
  }
  REKEY_TRY(const auto definition,
            find_definition(call.tables, call.caller.business_unit, asked.data_extension));
  return row_type(definition);
}

// What ?4 is for the type's source; nullopt where it has none.
Result<std::optional<std::string>> source_parameter(const VerbCall& call, const ObjectType& type,
                                                    bool asks_for_all) {
  if (type.source.find("?4") == std::string::npos) return std::optional<std::string>();
  std::vector<PackageFacts> packages;
  if (call.tools.ask_packages) {
    REKEY_TRY(packages, call.tools.ask_packages());
  }
  return std::optional<std::string>(type.name == "BusinessUnit"
                                        ? business_units_json(packages, call.caller, asks_for_all)
                                        : account_users_json(packages, call.caller, asks_for_all));
}

struct Query {
  ObjectType type;
  std::vector<std::size_t> asked;     // in the schema's order
  std::vector<std::size_t> selected;  // of these the query gives a value, in its columns' order
  std::optional<Condition> condition;
  std::optional<std::string> source_parameter;
};

// The part of the filter without which nothing is found and which fixes the objects' key; nullptr
// where there is none.
const Filter* find_key_part(const Filter& filter, const ObjectType& type) {
  if (type.key_property.empty()) return nullptr;
  if (filter.operands.empty()) {
    const bool fixes = filter.comparison == Operator::kEquals || filter.comparison == Operator::kIn;
    return fixes && base::equal_ignoring_case(filter.property, type.key_property) ? &filter
                                                                                  : nullptr;
  }
  if (!filter.needs_all) return nullptr;
  for (const Filter& operand : filter.operands) {
    if (const Filter* part = find_key_part(operand, type)) return part;
  }
  return nullptr;
}

// Finds what the filter names by its key, instead of by looking at every object.
void find_by_key(const Filter& filter, const ObjectType& type, Condition& condition) {
  const Filter* part = find_key_part(filter, type);
  if (part == nullptr) return;
  std::string places;
  for (const std::string& value : part->values) {
    auto cursor = type.cursor_of(value);
    if (!cursor) continue;
    condition.parameters.emplace_back(*std::move(cursor));
    places += fmt::format("{}?{}", places.empty() ? "" : ",",
                          kFirstFilterParameter + condition.parameters.size() - 1);
  }
  condition.sql += fmt::format(" AND {} IN ({})", type.cursor, places);
}

Result<Query> plan_query(const VerbCall& call, const RetrieveAsked& asked) {
  Query query;
  REKEY_TRY(query.type, resolve_type(call, asked));
  REKEY_TRY(query.asked, asked_properties(query.type, asked.properties));
  for (std::size_t i = 0; i < query.type.properties.size(); ++i) {
    const Property& one = query.type.properties[i];
    const bool is_asked = one.presence == Presence::kUnasked ||
                          one.presence == Presence::kWithGroup ||
                          std::find(query.asked.begin(), query.asked.end(), i) != query.asked.end();
    if (is_asked && !one.sql.empty()) query.selected.push_back(i);
  }
  if (asked.filter) {
    const auto find = [&](std::string_view name) { return find_column(query.type, name); };
    REKEY_TRY(query.condition, compile_filter(*asked.filter, find, kFirstFilterParameter));
    find_by_key(*asked.filter, query.type, *query.condition);
  }
  REKEY_TRY(query.source_parameter,
            source_parameter(call, query.type, asked.asks_for_all_accounts));
  return query;
}

std::string sql_of(const Query& query) {
  std::string sql = "SELECT " + query.type.cursor;
  for (const std::size_t index : query.selected) {
    sql += fmt::format(", ({})", query.type.properties[index].sql);
  }
  // Also given: only then is each part of a UNION read in that order, instead of sorted.
  if (!query.type.order.empty()) sql += ", " + query.type.order;
  sql += fmt::format(" FROM {} WHERE {} AND {} > ?2", query.type.source, query.type.condition,
                     query.type.cursor);
  if (query.condition) sql += " AND " + query.condition->sql;
  return sql + fmt::format(" ORDER BY {} LIMIT ?3",
                           query.type.order.empty() ? query.type.cursor : query.type.order);
}

void bind(storage::Statement& statement, const VerbCall& call, const Query& query,
          const std::string& after, std::int64_t limit) {
  statement.bind(1, call.caller.business_unit).bind(3, limit);
  if (query.type.has_text_cursor) {
    statement.bind(2, after);
  } else {
    std::int64_t number = 0;
    std::from_chars(after.data(), after.data() + after.size(), number);
    statement.bind(2, number);
  }
  if (query.source_parameter) statement.bind(4, *query.source_parameter);
  if (!query.condition) return;
  int place = kFirstFilterParameter;
  for (const Parameter& parameter : query.condition->parameters) {
    if (const auto* number = std::get_if<std::int64_t>(&parameter)) {
      statement.bind(place++, *number);
    } else {
      statement.bind(place++, std::get<std::string>(parameter));
    }
  }
}

struct Page {
  std::vector<ObjectValues> objects;
  bool has_more = false;
  std::string last;  // cursor
};

ObjectValues read_values(const storage::Statement& row, const Query& query, std::size_t& bytes) {
  ObjectValues values(query.type.properties.size());
  int column = 1;
  for (const std::size_t index : query.selected) {
    // Only null is no integer at all.
    if (row.optional_integer(column)) {
      values[index] = shown_value(query.type.properties[index].kind, row.text(column));
      bytes += values[index]->size();
    }
    ++column;
  }
  return values;
}

Result<Page> read_page(const VerbCall& call, const Query& query,
                       const Continuations::Place& place) {
  REKEY_TRY(auto rows, call.tables.prepare(sql_of(query)));
  bind(rows, call, query, place.after, place.asked->page_size + 1);
  Page page;
  std::size_t bytes = 0;
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return page;
    const bool is_full = page.objects.size() == static_cast<std::size_t>(place.asked->page_size) ||
                         (bytes > kLargestRetrieveBytes && !page.objects.empty());
    if (is_full) {
      page.has_more = true;
      return page;
    }
    page.last = rows.text(0);
    page.objects.push_back(read_values(rows, query, bytes));
  }
}

std::string written(const Query& query, const Page& page, const std::string& request_id) {
  XmlWriter xml;
  xml.open("RetrieveResponseMsg", fmt::format(" xmlns=\"{}\"", kPartnerSpace))
      .element("OverallStatus", page.has_more ? "MoreDataAvailable" : "OK")
      .element("RequestID", request_id);
  const bool is_row = query.type.name == kRowType;
  for (const ObjectValues& values : page.objects) {
    xml.open_typed("Results", query.type.name);
    if (is_row) {
      write_row_object(xml, query.type, query.asked, values);
    } else {
      write_object(xml, query.type, values);
    }
    xml.close();
  }
  return xml.close().release();
}

Result<std::string> answer(const VerbCall& call, const std::string& request_id) {
  REKEY_TRY(Continuations::Place place, find_place(call));
  REKEY_TRY(const Query query, plan_query(call, *place.asked));
  REKEY_TRY(const Page page, read_page(call, query, place));
  if (page.has_more) {
    call.tools.continuations.keep(request_id, call.caller, {place.asked, page.last}, call.now);
  }
  return written(query, page, request_id);
}

}  // namespace

VerbAnswer retrieve(const VerbCall& call) {
  const std::string request_id = call.tools.ids.guid();
  auto answered = answer(call, request_id);
  if (answered || !is_clients(answered.error())) return answered;
  XmlWriter xml;
  xml.open("RetrieveResponseMsg", fmt::format(" xmlns=\"{}\"", kPartnerSpace))
      .element("OverallStatus", "Error: " + answered.error().detail)
      .element("RequestID", request_id);
  return xml.close().release();
}

}  // namespace rekey::engagement::soap
