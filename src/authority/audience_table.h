// The audiences of a tenant as token requests read them: immutable, looked up without an
// allocation.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authority/audience.h"
#include "authority/record.h"

namespace rekey::authority {

class AudienceTable {
 public:
  struct Entry {
    std::string uri;
    std::string json;  // the URI as a JSON string
    crypto::JwsAlgorithm algorithm = crypto::JwsAlgorithm::kEs256;
    std::vector<ClientKey> clients;  // sorted; empty: all
    std::optional<ClientKey> resource_server;

    [[nodiscard]] bool is_open_to(const ClientKey& client) const noexcept;
  };
  AudienceTable() = default;
  // The audiences must have passed check().
  explicit AudienceTable(const std::vector<Audience>& audiences);
  // nullptr where it is not declared.
  [[nodiscard]] const Entry* find(std::string_view uri) const noexcept;

 private:
  std::vector<Entry> entries_;  // sorted by URI
};

}  // namespace rekey::authority
