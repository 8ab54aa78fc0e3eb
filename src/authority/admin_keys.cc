#include "authority/admin_keys.h"

#include <fmt/format.h>

#include "authority/json_fields.h"
#include "authority/tables/tenants.h"

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;

std::optional<base::Instant> known(base::Instant at) {
  return at == base::kFarFuture ? std::optional<base::Instant>{} : at;
}

void write_key(net::JsonWriter& json, const SigningKeyList& all, const SigningKey& key,
               base::Instant now) {
  const SigningTimes times = times_of(all, key);
  json.begin_object()
      .member("kid", key.kid)
      .member("algorithm", name_of(key.algorithm))
      .member("state", key.withdrawn_at ? "withdrawn" : name_of(state_at(times, now)));
  write_instant(json, "published_at", key.published_at);
  write_instant(json, "signs_from", times.signs_from);
  write_instant(json, "signs_until", known(times.signs_until));
  write_instant(json, "gone_at", known(times.gone_at));
  json.end_object();
}

// Another one on top of a key that waits would only put off what the first was for.
base::Status check_none_waits(const SigningKeyList& keys, crypto::JwsAlgorithm algorithm,
                              base::Instant now) {
  for (const SigningKey& key : keys) {
    if (key.algorithm != algorithm) continue;
    if (state_at(times_of(keys, key), now) != SigningKeyState::kPublished) continue;
    return base::fail(Code::kTooEarly,
                      fmt::format("the next key, {}, is published and signs from {}; rotate again "
                                  "after that, or at once where a key may be known to others",
                                  key.kid, base::format_instant(key.signs_from)));
  }
  return {};
}

struct Rotation {
  crypto::JwsKey key;
  bool is_immediate = false;
  std::string reason;
};

Result<AdminReply> carry_out(const AdminContext& context, ChangeScope& scope,
                             const Rotation& rotation) {
  const crypto::JwsAlgorithm algorithm = rotation.key.algorithm();
  std::vector<std::string> withdrawn;
  if (rotation.is_immediate) {
    REKEY_TRY(withdrawn, withdraw_signing_keys(scope, algorithm, rotation.reason));
  }
  REKEY_TRY(const Tenant before, scope.tenant());
  REKEY_CHECK(check_none_waits(before.signing_keys, algorithm, scope.now()));
  REKEY_CHECK(add_signing_key(scope, context.signing, rotation.key,
                              next_signs_from(before.signing_keys, algorithm, scope.now())));
  REKEY_TRY(const Tenant after, scope.tenant());
  net::JsonWriter json;
  json.begin_object().key("key");
  write_key(json, after.signing_keys, after.signing_keys.back(), scope.now());
  write_texts(json, "withdrawn", withdrawn);
  json.end_object();
  return reply_with(201, json.release());
}

}  // namespace

Result<AdminReply> list_keys(const AdminContext& context, const AdminCall& call) {
  REKEY_TRY(std::optional<Tenant> stored, tables::load_tenant(context.reads));
  const Tenant tenant = std::move(stored).value_or(Tenant{});
  net::JsonWriter json;
  json.begin_object();
  write_instant(json, "as_of", call.now);
  json.key("keys").begin_array();
  for (const SigningKey& key : tenant.signing_keys) {
    write_key(json, tenant.signing_keys, key, call.now);
  }
  json.end_array().end_object();
  return reply_with(200, json.release());
}

Result<PlannedChange> rotate_key(const AdminContext& context, const AdminCall& call) {
  REKEY_CHECK(check_members(call.body, {"algorithm", "at_once", "reason"}));
  REKEY_TRY(const std::string name, call.body.string_member_or("algorithm", "ES256"));
  REKEY_TRY(const crypto::JwsAlgorithm algorithm, crypto::parse_jws_algorithm(name));
  REKEY_TRY(const bool is_immediate, call.body.boolean_member_or("at_once", false));
  REKEY_TRY(std::string reason, call.body.string_member_or("reason", ""));
  if (is_immediate && reason.empty()) {
    return base::fail(Code::kInvalidArgument,
                      "a rotation at once withdraws the keys before it, and tokens that they "
                      "signed are refused; say why: reason");
  }
  // Here, because making a key of RS256 takes its time.
  const Rotation rotation{crypto::JwsKey::generate(algorithm), is_immediate, std::move(reason)};
  PlannedChange change;
  change.work = [&context, rotation](ChangeScope& scope) {
    return carry_out(context, scope, rotation);
  };
  return change;
}

}  // namespace rekey::authority
