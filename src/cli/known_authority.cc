#include "cli/known_authority.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "crypto/known_tag_codec.h"

namespace rekey::cli {
namespace {

using base::Result;
using discovery::KnownSecret;
using net::JsonValue;

// A page of those is a megabyte and a half.
constexpr int kPageSecrets = 1000;

Result<std::optional<base::Instant>> instant_in(const JsonValue& row, std::string_view name) {
  REKEY_TRY(const std::string text, row.string_member_or(name, ""));
  if (text.empty()) return std::optional<base::Instant>{};
  REKEY_TRY(const base::Instant at, base::parse_instant(text));
  return std::optional<base::Instant>{at};
}

bool is_live(std::string_view state) {
  return state == "settling" || state == "staged" || state == "active" || state == "superseded";
}

// "active, accepted, 12 days left"; "revoked 3 days ago".
std::string told_of(const KnownSecret& secret, bool is_enabled, base::Instant now) {
  if (secret.is_over) {
    return secret.ends_at
               ? fmt::format("{} {}", secret.state, base::describe_relative(*secret.ends_at, now))
               : secret.state;
  }
  const std::int64_t days = secret.days_left.value_or(0);
  return fmt::format("{}, {}, {} day{} left", secret.state,
                     *secret.is_accepted ? "accepted"
                     : is_enabled        ? "not accepted yet"
                                         : "not accepted while its package is disabled",
                     days, days == 1 ? "" : "s");
}

Result<std::optional<crypto::TaggedSecret>> tags_in(const JsonValue& row) {
  REKEY_TRY(const std::string text, row.string_member_or("tags", ""));
  if (text.empty()) return std::optional<crypto::TaggedSecret>{};
  REKEY_TRY(const std::vector<std::uint8_t> bytes, base::base64_decode(text));
  REKEY_TRY(crypto::TaggedSecret tagged, crypto::decode_tags(bytes));
  return std::optional<crypto::TaggedSecret>{std::move(tagged)};
}

Result<crypto::KnownSearchKey> ask_for_key(Api& api) {
  REKEY_TRY(const ApiReply reply,
            api.send(net::Method::kPost, "/known-secrets/key", base::Secret("{}")));
  REKEY_TRY(std::string text, reply.json.string_member("key"));
  const base::Secret line = base::Secret::take(std::move(text));
  return crypto::KnownSearchKey::parse(line.reveal());
}

}  // namespace

Result<KnownSecret> known_secret_of(const JsonValue& row, base::Instant now) {
  KnownSecret secret;
  secret.source = discovery::kAuthoritySource;
  REKEY_TRY(secret.package, row.string_member("package"));
  REKEY_TRY(secret.client_id, row.string_member("client_id"));
  REKEY_TRY(secret.slot, row.string_member("slot"));
  REKEY_TRY(secret.secret_id, row.string_member("secret_id"));
  REKEY_TRY(secret.prefix, row.string_member_or("prefix", ""));
  REKEY_TRY(secret.state, row.string_member("state"));
  REKEY_TRY(secret.is_accepted, row.boolean_member_or("accepted", false));
  secret.is_over = !is_live(secret.state);
  REKEY_TRY(secret.generated_at, instant_in(row, "generated_at"));
  REKEY_TRY(secret.ends_at, instant_in(row, "ends_at"));
  if (secret.is_over) {
    REKEY_TRY(const auto ended_at, instant_in(row, "ended_at"));
    if (ended_at) secret.ends_at = ended_at;
  } else {
    REKEY_TRY(secret.days_left, row.integer_member_or("days_left", 0));
  }
  REKEY_TRY(const bool is_enabled, row.boolean_member_or("enabled", true));
  secret.told = told_of(secret, is_enabled, now);
  auto tags = tags_in(row);
  if (!tags) return tl::unexpected(base::with_context(describe(secret), std::move(tags).error()));
  secret.tags = *std::move(tags);
  return secret;
}

Result<discovery::KnownSet> known_to_authority(Api& api, base::Instant now) {
  REKEY_TRY(crypto::KnownSearchKey key, ask_for_key(api));
  discovery::KnownSet set{std::move(key), {}};
  const std::string key_id = fmt::format("{:08x}", set.key.id());
  std::string after;
  do {
    REKEY_TRY(const ApiReply page, api.get(fmt::format("/known-secrets?limit={}{}", kPageSecrets,
                                                       after.empty() ? "" : "&after=" + after)));
    REKEY_TRY(const std::string made_under, page.json.string_member("key_id"));
    if (made_under != key_id) {
      return base::fail(base::Code::kConflict,
                        "the authority's search key changed while it was read; scan again");
    }
    if (const JsonValue* rows = page.json.find("secrets")) {
      for (const JsonValue& row : rows->items()) {
        REKEY_TRY(KnownSecret secret, known_secret_of(row, now));
        set.secrets.push_back(std::move(secret));
      }
    }
    REKEY_TRY(after, page.json.string_member_or("next", ""));
  } while (!after.empty());
  return set;
}

}  // namespace rekey::cli
