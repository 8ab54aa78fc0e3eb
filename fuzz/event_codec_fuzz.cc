// Events as a ledger might hold them: whatever decodes comes back the same when it is encoded
// again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "authority/event_codec.h"
#include "base/assert.h"

namespace {

using namespace rekey;

constexpr std::string_view kTypes[] = {
    "package_created",       "package_edited",     "package_enabled",  "package_disabled",
    "package_deleted",       "slot_opened",        "secret_issued",    "secret_activated",
    "secret_ended",          "tenant_created",     "policy_changed",   "scopes_registered",
    "token_key_made",        "admin_recovered",    "refusal_episode",  "activation_undone",
    "search_key_given",      "authority_restored", "leak_reported",    "signing_key_made",
    "signing_key_withdrawn", "audience_declared",  "audience_removed", "tokens_revoked",
};

template <typename Event>
void check_round_trip(const base::Result<Event>& first,
                      base::Result<Event> (*decode)(const ledger::NewEvent&)) {
  if (!first) return;
  const ledger::NewEvent stored = authority::encode(*first, "system");
  const base::Result<Event> second = decode(stored);
  REKEY_ASSERT(second.has_value());
  REKEY_ASSERT(authority::encode(*second, "system").body == stored.body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  ledger::NewEvent event;
  event.type = kTypes[data[0] % std::size(kTypes)];
  event.body.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  check_round_trip(authority::decode_integration_event(event), authority::decode_integration_event);
  check_round_trip(authority::decode_tenant_event(event), authority::decode_tenant_event);
  return 0;
}
