#include "authority/admin_known.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "authority/json_fields.h"
#include "authority/tables/integrations.h"
#include "authority/tables/known_tags.h"

namespace rekey::authority {

namespace {

using base::Result;
using credential::Integration;

constexpr std::int64_t kDefaultLimit = 500;
constexpr std::int64_t kGreatestLimit = 1000;

std::string key_id_text(std::uint32_t id) {
  return fmt::format("{:08x}", id);
}

// Loads each integration of a page once.
class Integrations {
 public:
  explicit Integrations(storage::Connection& connection) : connection_(connection) {}

  Result<const Integration*> get(credential::IntegrationId id) {
    const auto found = loaded_.find(id.value);
    if (found != loaded_.end()) return &found->second;
    REKEY_TRY(Integration integration, tables::load_integration(connection_, id));
    return &loaded_.emplace(id.value, std::move(integration)).first->second;
  }

 private:
  storage::Connection& connection_;
  std::map<std::int64_t, Integration> loaded_;
};

// Tags under another key cannot be looked for with the one that is handed out.
std::optional<std::vector<std::uint8_t>> usable_tags(tables::KnownTagsRow& row,
                                                     std::uint32_t key_id) {
  if (!row.tags || row.tags->key_id != key_id) return std::nullopt;
  return std::move(row.tags->bytes);
}

}  // namespace

Result<AdminReply> list_known_secrets(const AdminContext& context, const AdminCall& call) {
  REKEY_TRY(const std::optional<std::string> after_text, query_parameter(call.query, "after"));
  credential::SecretId after;
  if (after_text) {
    REKEY_TRY(after, credential::parse_secret_id(*after_text));
  }
  REKEY_TRY(const std::int64_t limit,
            number_parameter(call.query, "limit", kDefaultLimit, kGreatestLimit));
  if (limit == 0) {
    return base::fail(base::Code::kInvalidArgument,
                      fmt::format("limit: a number from 1 to {} was expected", kGreatestLimit));
  }
  REKEY_TRY(std::vector<tables::KnownTagsRow> rows,
            tables::load_known_tags(context.reads, after, limit));
  Integrations integrations(context.reads);
  net::JsonWriter json;
  json.begin_object();
  write_instant(json, "as_of", call.now);
  json.member("key_id", key_id_text(context.keys.search_key_id)).key("secrets").begin_array();
  for (tables::KnownTagsRow& row : rows) {
    REKEY_TRY(const Integration* integration, integrations.get(row.integration_id));
    const credential::ClientSecret* secret = credential::find_secret(*integration, row.secret_id);
    if (secret == nullptr) continue;
    write_known_secret(json, *integration, view_of(context.usage, *secret, call.now),
                       usable_tags(row, context.keys.search_key_id));
  }
  json.end_array().key("next");
  if (!rows.empty() && std::cmp_equal(rows.size(), limit)) {
    json.value(to_text(rows.back().secret_id));
  } else {
    json.null();
  }
  json.end_object();
  return reply_with(200, json.release());
}

Result<PlannedChange> give_search_key(const AdminContext& context, const AdminCall& call) {
  REKEY_CHECK(check_members(call.body, {}));
  PlannedChange change;
  change.work = [&context](ChangeScope& scope) -> Result<AdminReply> {
    const std::uint32_t id = context.keys.search_key_id;
    REKEY_CHECK(scope.execute(SearchKeyGiven{id}));
    net::JsonWriter shown;
    shown.begin_object()
        .member("key_id", key_id_text(id))
        .member_revealing("key", context.keys.search_key.format())
        .end_object();
    net::JsonWriter kept;
    kept.begin_object()
        .member("key_id", key_id_text(id))
        .member("value_already_shown", true)
        .end_object();
    return AdminReply{200, base::Secret::take(shown.release()), kept.release()};
  };
  return change;
}

}  // namespace rekey::authority
