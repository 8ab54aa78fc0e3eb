// Heads of backups as somebody might hand them to a restore, and lists of a partner's keys:
// whatever is read keeps the bounds that the reader relies on.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "authority/backup_file.h"
#include "authority/partner_door.h"
#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rekey;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(authority::parse_partner_keys(text));
  std::string file("rekey-backup-1\n");
  file.append(text).append("\n");
  const auto parsed = authority::parse_backup_head(file);
  if (!parsed) return 0;
  const auto& head = parsed->head;
  REKEY_ASSERT(parsed->size_bytes <= file.size());
  REKEY_ASSERT(head.facts.sizes.root_key_bytes > 0 && head.facts.sizes.anchor_bytes >= 0);
  REKEY_ASSERT(head.facts.sizes.total_bytes() > head.facts.sizes.database_bytes);
  REKEY_ASSERT(head.sealed_to == authority::BackupSealedTo::kRecipient ||
               (head.cost.log2_n >= crypto::kLeastLog2N && head.cost.log2_n <= crypto::kMostLog2N));
  return 0;
}
