#include "authority/tables/known_tags.h"

#include <utility>

namespace rekey::authority::tables {

using base::Result;

base::Status keep_known_tags(storage::Connection& connection, credential::SecretId id,
                             const KnownTags& tags) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("INSERT OR REPLACE INTO known_tag(secret_id, key_id, tags)"
                               " VALUES(?1, ?2, ?3)"));
  statement.bind(1, id.value).bind(2, std::int64_t{tags.key_id}).bind_blob(3, tags.bytes);
  return statement.run();
}

base::Status drop_known_tags(storage::Connection& connection, credential::IntegrationId id) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("DELETE FROM known_tag WHERE secret_id IN"
                               " (SELECT id FROM secret WHERE integration_id = ?1)"));
  statement.bind(1, id.value);
  return statement.run();
}

Result<std::vector<KnownTagsRow>> load_known_tags(storage::Connection& connection,
                                                  credential::SecretId after, std::int64_t limit) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("SELECT s.id, s.integration_id, t.key_id, t.tags FROM secret s"
                               " JOIN integration i ON i.id = s.integration_id"
                               " LEFT JOIN known_tag t ON t.secret_id = s.id"
                               " WHERE s.id > ?1 AND i.is_deleted = 0 ORDER BY s.id LIMIT ?2"));
  statement.bind(1, after.value).bind(2, limit);
  std::vector<KnownTagsRow> rows;
  while (true) {
    REKEY_TRY(const bool has_row, statement.step());
    if (!has_row) return rows;
    KnownTagsRow row{credential::SecretId{statement.integer(0)},
                     credential::IntegrationId{statement.integer(1)}, std::nullopt};
    if (const auto key_id = statement.optional_integer(2)) {
      row.tags = KnownTags{static_cast<std::uint32_t>(*key_id), statement.blob(3)};
    }
    rows.push_back(std::move(row));
  }
}

}  // namespace rekey::authority::tables
