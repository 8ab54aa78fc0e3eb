// Rows, read page by page (contract section 4.4).
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/text.h"
#include "engagement/data_extensions/data_extension_routes.h"
#include "engagement/data_extensions/row_list.h"
#include "engagement/json_parts.h"

namespace rekey::engagement::data_extensions {

namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view kRead = "data_extensions_read";
constexpr std::int64_t kLargestPage = 2500;
constexpr base::Duration kTokenLife = std::chrono::minutes{30};

// $filter and $orderBy as they were given; empty where they were not.
struct Asked {
  std::string filter;
  std::string order;
};

// What a request token says: "GUID.SIZE.EXPIRY.RANDOM", and ".FILTER.ORDER" in hexadecimal where
// there is one of them, because clients follow a link to the next page as it is, some in lower case
// (contract section 5.3). It grants nothing: the data extension is looked for among the caller's
// own.
struct ReadToken {
  std::string guid;
  std::int64_t size = kLargestPage;
  base::Instant expires_at{};
  Asked asked;
};

std::string in_hex(std::string_view text) {
  return base::hex_encode({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::string make_token(const Call& call, const Definition& definition, std::int64_t size,
                       const Asked& asked) {
  std::string token =
      fmt::format("{}.{}.{}.{}", definition.guid, size, base::to_millis(call.now + kTokenLife),
                  call.tools.ids.guid().substr(0, 8));
  if (!asked.filter.empty() || !asked.order.empty()) {
    token += fmt::format(".{}.{}", in_hex(asked.filter), in_hex(asked.order));
  }
  return token;
}

std::optional<std::string> from_hex(std::string_view text) {
  const auto bytes = base::hex_decode(text);
  if (!bytes) return std::nullopt;
  std::string decoded(bytes->begin(), bytes->end());
  if (decoded.find('\0') != std::string::npos || !base::is_valid_utf8(decoded)) return std::nullopt;
  return decoded;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<ReadToken> parse_token(std::string_view text) {
  std::array<std::string_view, 6> parts;
  for (std::string_view& part : parts) {
    const std::size_t end = std::min(text.find('.'), text.size());
    part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const auto size = parse_number(parts[1]);
  const auto expires_at = parse_number(parts[2]);
  auto filter = from_hex(parts[4]);
  auto order = from_hex(parts[5]);
  if (!filter || !order) return std::nullopt;
  if (!text.empty() || !is_guid(parts[0]) || !size || !expires_at || parts[3].empty()) {
    return std::nullopt;
  }
  if (*size < 1 || *size > kLargestPage || *expires_at < 0 ||
      *expires_at > base::to_millis(base::kFarFuture)) {
    return std::nullopt;
  }
  return ReadToken{std::string(parts[0]),
                   *size,
                   base::from_millis(*expires_at),
                   {*std::move(filter), *std::move(order)}};
}

struct Reading {
  Definition definition;
  std::int64_t page = 1;
  std::int64_t size = kLargestPage;
  std::string token;
  std::string reader;  // whose page marks count
  base::Instant token_ends_at{};
  std::vector<std::int64_t> only;  // fields
  RowsAsked picked;                // what $filter and $orderBy ask for

  [[nodiscard]] bool is_in_key_order() const noexcept {
    return !picked.filter && picked.orders.empty();
  }
};

Asked asked_in(const Query& query) {
  return {query.find("$filter").value_or(""), query.find("$orderBy").value_or("")};
}

Result<RowsAsked> read_asked(const Asked& asked, const Definition& definition) {
  const ListColumns columns = row_columns(definition);
  RowsAsked picked;
  if (!asked.filter.empty()) {
    REKEY_TRY(picked.filter, parse_filter(asked.filter, columns));
  }
  if (!asked.order.empty()) {
    REKEY_TRY(picked.orders, parse_order(asked.order, columns));
  }
  return picked;
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
  std::int64_t count = 0;  // over all pages
  std::vector<Row> rows;
  bool has_next = false;
};

// The key after which the page begins; nullopt where there are not so many rows.
Result<std::optional<std::string>> beginning_of(Call& call, const Reading& reading) {
  if (reading.page == 1) return std::optional<std::string>(std::string());
  auto known = call.tools.page_marks.find(reading.reader, reading.page, call.now);
  if (known) return known;
  return key_of_row(call.tables, reading.definition.store, (reading.page - 1) * reading.size);
}

Result<Page> read_picked(Call& call, const Reading& reading) {
  RowsAsked asked = reading.picked;
  asked.page = reading.page;
  asked.size = reading.size;
  asked.most_bytes = call.tools.settings.most_page_bytes;
  REKEY_TRY(auto found, list_rows(call.tables, reading.definition, asked));
  const bool has_next = reading.page * reading.size < found.count;
  return Page{found.count, std::move(found.rows), has_next};
}

Result<Page> read_page(Call& call, const Reading& reading) {
  if (!reading.is_in_key_order()) return read_picked(call, reading);
  REKEY_TRY(const auto after, beginning_of(call, reading));
  Page page;
  page.count = reading.definition.row_count;
  if (!after) return page;
  REKEY_TRY(page.rows, read_rows(call.tables, reading.definition,
                                 {*after, reading.size + 1, call.tools.settings.most_page_bytes}));
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
      .member("count", page.count)
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
  REKEY_TRY(const PageAsked asked, page_asked(call.query, kLargestPage, kLargestPage));
  const Asked picked = asked_in(call.query);
  Reading reading;
  REKEY_TRY(reading.definition, load_definition(call.tables, call.caller.business_unit, reference));
  REKEY_TRY(reading.only, fields_asked(call, reading.definition));
  reading.page = asked.page;
  reading.size = asked.size;
  REKEY_TRY(reading.picked, read_asked(picked, reading.definition));
  reading.token = make_token(call, reading.definition, reading.size, picked);
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
  const auto token = parse_token(call.parts[0]);
  if (!token || call.now >= token->expires_at) {
    return tl::unexpected<Refusal>(
        Refusal({Code::kNotFound, "the request token is unknown or has expired"}));
  }
  Reading reading;
  REKEY_TRY(reading.definition,
            load_definition(call.tables, call.caller.business_unit, token->guid));
  REKEY_TRY(reading.only, fields_asked(call, reading.definition));
  REKEY_TRY(reading.picked, read_asked(token->asked, reading.definition));
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
