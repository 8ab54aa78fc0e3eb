// Rows, read page by page (contract section 4.4).
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "engagement/data_extensions/data_extension_routes.h"
#include "engagement/data_extensions/rows.h"
#include "engagement/json_parts.h"

namespace rekey::engagement::data_extensions {

namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view kRead = "data_extensions_read";
constexpr std::int64_t kLargestPage = 2500;
constexpr base::Duration kTokenLife = std::chrono::minutes{30};

// What a request token says: "GUID.SIZE.EXPIRY.RANDOM". It grants nothing: the data extension is
// looked for among the caller's own.
struct ReadToken {
  std::string guid;
  std::int64_t size = kLargestPage;
  base::Instant expires_at{};
};

std::string make_token(const Call& call, const Definition& definition, std::int64_t size) {
  return fmt::format("{}.{}.{}.{}", definition.guid, size, base::to_millis(call.now + kTokenLife),
                     call.tools.ids.guid().substr(0, 8));
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<ReadToken> parse_token(std::string_view text) {
  std::array<std::string_view, 4> parts;
  for (std::string_view& part : parts) {
    const std::size_t end = std::min(text.find('.'), text.size());
    part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const auto size = parse_number(parts[1]);
  const auto expires_at = parse_number(parts[2]);
  if (!text.empty() || !is_guid(parts[0]) || !size || !expires_at || parts[3].empty()) {
    return std::nullopt;
  }
  if (*size < 1 || *size > kLargestPage || *expires_at < 0 ||
      *expires_at > base::to_millis(base::kFarFuture)) {
    return std::nullopt;
  }
  return ReadToken{std::string(parts[0]), *size, base::from_millis(*expires_at)};
}

struct Reading {
  Definition definition;
  std::int64_t page = 1;
  std::int64_t size = kLargestPage;
  std::string token;
  std::string reader;  // whose page marks count
  base::Instant token_ends_at{};
  std::vector<std::int64_t> only;  // fields
};

base::Status check_parameters(const Call& call) {
  for (const std::string_view name : {"$filter", "$orderBy"}) {
    if (call.query.find(name)) {
      return fail(Code::kUnsupported, fmt::format("{} is not supported here; rows come in the "
                                                  "order of their primary key",
                                                  name));
    }
  }
  return {};
}

// $fields=Name,Email
Result<std::vector<std::int64_t>> fields_asked(const Call& call, const Definition& definition) {
  std::vector<std::int64_t> numbers;
  const std::string names = call.query.find("$fields").value_or("");
  std::string_view rest = names;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    const Field* field = definition.find_field(rest.substr(0, end));
    if (field == nullptr) {
      return fail(Code::kInvalidArgument, "$fields names a column that the data extension lacks");
    }
    numbers.push_back(field->number);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return numbers;
}

struct Page {
  std::vector<Row> rows;
  bool has_next = false;
};

// The key after which the page begins; nullopt where there are not so many rows.
Result<std::optional<std::string>> beginning_of(Call& call, const Reading& reading) {
  if (reading.page == 1) return std::optional<std::string>(std::string());
  auto known = call.tools.page_marks.find(reading.reader, reading.page, call.now);
  if (known) return known;
  return skip_rows(call.tables, reading.definition, {}, (reading.page - 1) * reading.size);
}

Result<Page> read_page(Call& call, const Reading& reading) {
  REKEY_TRY(const auto after, beginning_of(call, reading));
  Page page;
  if (!after) return page;
  REKEY_TRY(page.rows, read_rows(call.tables, reading.definition, *after, reading.size + 1));
  page.has_next = page.rows.size() > static_cast<std::size_t>(reading.size);
  if (page.has_next) page.rows.pop_back();
  PageMarks& marks = call.tools.page_marks;
  marks.keep(reading.reader, reading.page, *after, call.now);
  if (page.has_next) {
    marks.keep(reading.reader, reading.page + 1, page.rows.back().key, call.now);
  }
  return page;
}

std::string link_to(const Reading& reading, std::int64_t page) {
  return fmt::format("/v1/customobjectdata/token/{}/rowset?$page={}", reading.token, page);
}

Answer answer_page(Call& call, const Reading& reading) {
  REKEY_TRY(const Page page, read_page(call, reading));
  net::JsonWriter body;
  body.begin_object().key("links").begin_object().member("self", link_to(reading, reading.page));
  if (page.has_next) body.member("next", link_to(reading, reading.page + 1));
  body.end_object()
      .member("requestToken", reading.token)
      .member("tokenExpireDateUtc", stamp(reading.token_ends_at))
      .member("customObjectId", reading.definition.guid)
      .member("customObjectKey", reading.definition.key)
      .member("pageSize", reading.size)
      .member("page", reading.page)
      .member("count", reading.definition.row_count)
      .member("top", static_cast<std::int64_t>(page.rows.size()));
  if (!page.rows.empty()) {
    body.key("items").begin_array();
    for (const Row& row : page.rows) write_row(body, reading.definition, row, reading.only);
    body.end_array();
  }
  body.end_object();
  return reply_with(200, body);
}

Answer read_from_start(Call& call, const std::string& reference) {
  REKEY_CHECK(check_parameters(call));
  REKEY_TRY(const PageAsked asked, page_asked(call.query, kLargestPage, kLargestPage));
  Reading reading;
  REKEY_TRY(reading.definition, load_definition(call.tables, call.caller.business_unit, reference));
  REKEY_TRY(reading.only, fields_asked(call, reading.definition));
  reading.page = asked.page;
  reading.size = asked.size;
  reading.token = make_token(call, reading.definition, reading.size);
  reading.token_ends_at = call.now + kTokenLife;
  reading.reader =
      fmt::format("{}:{}:{}", call.caller.integration, reading.definition.store, reading.size);
  Answer answer = answer_page(call, reading);
  // Whoever goes on by the token goes on from here.
  PageMarks& marks = call.tools.page_marks;
  const auto next = marks.find(reading.reader, reading.page + 1, call.now);
  if (next) marks.keep(reading.token, reading.page + 1, *next, call.now);
  return answer;
}

Answer read_by_key(Call& call) {
  return read_from_start(call, "key:" + call.parts[0]);
}

Answer read_by_reference(Call& call) {
  return read_from_start(call, call.parts[0]);
}

Answer read_by_token(Call& call) {
  REKEY_CHECK(check_parameters(call));
  const auto token = parse_token(call.parts[0]);
  if (!token || call.now >= token->expires_at) {
    return tl::unexpected<Refusal>(
        Refusal({Code::kNotFound, "the request token is unknown or has expired"}));
  }
  Reading reading;
  REKEY_TRY(reading.definition,
            load_definition(call.tables, call.caller.business_unit, token->guid));
  REKEY_TRY(reading.only, fields_asked(call, reading.definition));
  REKEY_TRY(const PageAsked asked, page_asked(call.query, token->size, token->size));
  reading.page = asked.page;
  reading.size = token->size;
  reading.token = call.parts[0];
  reading.reader = reading.token;
  reading.token_ends_at = token->expires_at;
  return answer_page(call, reading);
}

constexpr std::array<Route, 3> kRoutes{{
    {net::Method::kGet, "/data/v1/customobjectdata/key/{}/rowset", kRead, Access::kReads,
     read_by_key},
    {net::Method::kGet, "/data/v1/customobjectdata/token/{}/rowset", kRead, Access::kReads,
     read_by_token},
    {net::Method::kGet, "/data/v1/customobjectdata/{}/rowset", kRead, Access::kReads,
     read_by_reference},
}};

}  // namespace

std::span<const Route> read_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::data_extensions
