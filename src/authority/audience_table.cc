#include "authority/audience_table.h"

#include <algorithm>

#include "base/assert.h"
#include "net/json.h"

namespace rekey::authority {

bool AudienceTable::Entry::is_open_to(const ClientKey& client) const noexcept {
  return clients.empty() || std::binary_search(clients.begin(), clients.end(), client);
}

AudienceTable::AudienceTable(const std::vector<Audience>& audiences) {
  for (const Audience& audience : audiences) {
    Entry entry;
    entry.uri = audience.uri;
    net::append_json_string(entry.json, audience.uri);
    entry.algorithm = audience.algorithm;
    for (const std::string& client : audience.clients) {
      const auto key = pack_client_id(client);
      REKEY_ASSERT(key.has_value());
      entry.clients.push_back(*key);
    }
    std::sort(entry.clients.begin(), entry.clients.end());
    entry.resource_server = pack_client_id(audience.resource_server);
    entries_.push_back(std::move(entry));
  }
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return a.uri < b.uri; });
}

const AudienceTable::Entry* AudienceTable::find(std::string_view uri) const noexcept {
  const auto found = std::lower_bound(
      entries_.begin(), entries_.end(), uri,
      [](const Entry& entry, std::string_view wanted) { return entry.uri < wanted; });
  return found != entries_.end() && found->uri == uri ? &*found : nullptr;
}

}  // namespace rekey::authority
