// Where things are in a data folder; docs/data-folder.md says what each is for.
#pragma once

#include <string>

#include "base/result.h"
#include "crypto/root_key.h"
#include "platform/files.h"

namespace rekey::authority {

struct DataFolder {
  std::string path;

  [[nodiscard]] std::string database() const { return path + "/rekey.db"; }
  // What makes the folder a sandbox's, and where the guarded API keeps its tables.
  [[nodiscard]] std::string sandbox_database() const { return path + "/sandbox.db"; }
  // A sandbox's mails, as a Maildir.
  [[nodiscard]] std::string mailbox() const { return path + "/mail"; }
  // Of a sandbox that is served by host names: its certificate authority, and how it is reached.
  [[nodiscard]] std::string sandbox_ca() const { return path + "/sandbox-ca.pem"; }
  [[nodiscard]] std::string sandbox_ca_key() const { return path + "/sandbox-ca.key"; }
  [[nodiscard]] std::string sandbox_hosts() const { return path + "/sandbox-hosts.json"; }
  [[nodiscard]] std::string root_key() const { return path + "/root.key"; }
  [[nodiscard]] std::string anchor() const { return path + "/ledger.anchor"; }
  [[nodiscard]] std::string admin_credential() const { return path + "/admin.json"; }
  [[nodiscard]] std::string new_admin_credential() const { return path + "/admin.json.new"; }
  [[nodiscard]] std::string server_facts() const { return path + "/server.json"; }
  [[nodiscard]] std::string control_socket() const { return path + "/control.sock"; }
  [[nodiscard]] std::string lock() const { return path + "/lock"; }
  // While a backup is made: the copy that it is made of, and who makes it.
  [[nodiscard]] std::string backup_copy() const { return path + "/backup.db"; }
  [[nodiscard]] std::string backup_lock() const { return path + "/backup.lock"; }
  // There from the first to the last step of a restore: such a folder is not served.
  [[nodiscard]] std::string restore_mark() const { return path + "/restore.incomplete"; }
};

// Makes the folder (0700) where it does not exist. kRefused where others than its owner may read
// it.
[[nodiscard]] base::Status prepare_folder(platform::Files& files, const DataFolder& folder);

// kRefused where a restore into the folder has not ended, or was broken off.
[[nodiscard]] base::Status check_is_whole(platform::Files& files, const DataFolder& folder);

// A folder is a sandbox's from its first start on, or never. kRefused where it was made as the
// other kind; a folder without a database becomes what is asked for. The mark of a sandbox stands
// before anything else is made, so that a crash leaves no folder of the wrong kind.
enum class FolderKind { kProduction, kSandbox };
[[nodiscard]] base::Status settle_folder_kind(platform::Files& files, const DataFolder& folder,
                                              FolderKind kind);

// Reads the root key from `key_file`, or from the folder's own where that is empty.
[[nodiscard]] base::Result<crypto::RootKey> read_root_key(platform::Files& files,
                                                          const DataFolder& folder,
                                                          const std::string& key_file);
// The same, and makes the folder's own key (0600) where neither it nor a database exists.
[[nodiscard]] base::Result<crypto::RootKey> read_or_make_root_key(platform::Files& files,
                                                                  const DataFolder& folder,
                                                                  const std::string& key_file);

// kRefused where the folder was made with another key.
[[nodiscard]] base::Status check_root_key(const crypto::RootKey& key, std::uint32_t expected_id);

}  // namespace rekey::authority
