// The table known_tag: by what a secret is found again wherever it was written
// (docs/known-secret-search.md). Not part of the chain: a scan's convenience, and of no weight for
// what a secret may do. Used on the thread that owns the connection.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "credential/ids.h"
#include "storage/sqlite.h"

namespace rekey::authority::tables {

struct KnownTags {
  std::uint32_t key_id = 0;         // crypto::KnownSearchKey::id()
  std::vector<std::uint8_t> bytes;  // crypto/known_tag_codec.h
};

// Replaces what the secret had.
[[nodiscard]] base::Status keep_known_tags(storage::Connection& connection, credential::SecretId id,
                                           const KnownTags& tags);
// Of every secret of that integration.
[[nodiscard]] base::Status drop_known_tags(storage::Connection& connection,
                                           credential::IntegrationId id);

struct KnownTagsRow {
  credential::SecretId secret_id;
  credential::IntegrationId integration_id;
  std::optional<KnownTags> tags;  // nullopt: the secret is older than its program's tags
};
// The secrets after that one in the order of issue, ended ones too, at most `limit`; those of
// deleted packages are left out.
[[nodiscard]] base::Result<std::vector<KnownTagsRow>> load_known_tags(
    storage::Connection& connection, credential::SecretId after, std::int64_t limit);

}  // namespace rekey::authority::tables
