#include "authority/backup_key.h"

#include "authority/backup_file.h"
#include "base/text.h"

namespace rekey::authority {

namespace {

using base::Code;

constexpr std::string_view kLabel = "rekey-backup-key-1 ";

std::string_view without_line_end(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

base::Secret format_backup_key(const crypto::IntakeKey& key) {
  const base::Secret bytes = key.private_bytes();
  std::string line(kLabel);
  // Grown once, so that no shorter copy of the key stays behind in freed memory.
  line.resize(kLabel.size() + base::base64url_size(bytes.size_bytes()) + 1);
  *base::base64url_encode_to(base::bytes_of(bytes.reveal()), line.data() + kLabel.size()) = '\n';
  return base::Secret::take(std::move(line));
}

std::string format_backup_address(const crypto::IntakeKey& key) {
  return crypto::to_text(key.address(std::string(kBackupContext))) + "\n";
}

base::Result<crypto::IntakeKey> parse_backup_key(std::string_view text) {
  text = without_line_end(text);
  if (!text.starts_with(kLabel)) {
    return base::fail(Code::kInvalidArgument,
                      "this is no backup key: the file is wanted that `rekey backup key` wrote, "
                      "without .pub");
  }
  auto bytes = base::base64url_decode(text.substr(kLabel.size()));
  if (!bytes) return base::fail(Code::kCorrupt, "the backup key is damaged");
  const base::Secret secret(base::text_of(*bytes));
  base::wipe(bytes->data(), bytes->size());
  return crypto::IntakeKey::from_private_bytes(secret);
}

base::Result<crypto::IntakeAddress> parse_backup_address(std::string_view text) {
  if (text.starts_with(kLabel)) {
    return base::fail(Code::kInvalidArgument,
                      "this is the private half, which opens backups: name the file beside it that "
                      "ends in .pub, and keep this one away from the server");
  }
  auto address = crypto::intake_address_from_text(text);
  if (address && address->context == kBackupContext) return address;
  return base::fail(Code::kInvalidArgument,
                    "this is no address that backups are sealed to: the .pub file is wanted that "
                    "`rekey backup key` wrote");
}

}  // namespace rekey::authority
