// A key that opens backups, in files: the private half, which stays away from the server, and the
// address, which is all that the server needs to seal to it.
//
//   rekey-backup-key-1 <base64url of IntakeKey::private_bytes()>
//   rkp1.…                                                          crypto/sealed_box.h
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/sealed_box.h"

namespace rekey::authority {

// One line, with its line end.
[[nodiscard]] base::Secret format_backup_key(const crypto::IntakeKey& key);
[[nodiscard]] std::string format_backup_address(const crypto::IntakeKey& key);

// kInvalidArgument, saying which of the two files is wanted, where the text is another; kCorrupt
// where the key is damaged. Neither error repeats the text.
[[nodiscard]] base::Result<crypto::IntakeKey> parse_backup_key(std::string_view text);
[[nodiscard]] base::Result<crypto::IntakeAddress> parse_backup_address(std::string_view text);

}  // namespace rekey::authority
