// The authority's own package and its credential file, admin.json (docs/admin-api.md).
//
// The file is written before the commit that makes its secret true, as admin.json.new, and put in
// place after it; settle_admin_credential() decides after a crash in between. So the newest secret
// that the database knows is always in a file. There is one admin.json.new: whoever issues a secret
// begins only when the one before is in place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "authority/change.h"
#include "authority/data_folder.h"
#include "authority/new_secret.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "credential/ids.h"
#include "crypto/fingerprint_key.h"
#include "platform/files.h"
#include "storage/sqlite.h"

namespace rekey::authority {

struct AdminCredential {
  std::string server;  // the URL; empty until a server knew its own
  credential::ClientId client_id;
  base::Secret client_secret;
  credential::SecretId secret_id;
  base::Instant expires_at{};
};
[[nodiscard]] base::Secret format_admin_credential(const AdminCredential& credential);
[[nodiscard]] base::Result<AdminCredential> parse_admin_credential(std::string_view text);

// What recovery tells; the value is in the file only.
struct AdminRecovery {
  std::string credential_file;
  credential::ClientId client_id;
  credential::SecretId secret_id;
  base::Instant expires_at{};
};

// Work for Changes: makes `fresh` the admin package's one live secret, active at once; makes the
// package where there is none. Policy's settle time and intervals do not hold it up. Writes
// admin.json.new, to be put in place after the commit.
[[nodiscard]] base::Result<AdminRecovery> issue_admin_secret(ChangeScope& scope,
                                                             platform::Files& files,
                                                             const DataFolder& folder,
                                                             const NewSecret& fresh);

// Puts admin.json.new in place; call after the commit of issue_admin_secret's work.
[[nodiscard]] base::Status put_admin_credential_in_place(platform::Files& files,
                                                         const DataFolder& folder);

// After a crash: puts admin.json.new in place if its secret is one that the database accepts, and
// removes it otherwise. True where admin.json is there afterwards and holds such a secret.
[[nodiscard]] base::Result<bool> settle_admin_credential(platform::Files& files,
                                                         const DataFolder& folder,
                                                         storage::Connection& connection,
                                                         crypto::Fingerprinter& fingerprinter);

// Writes the server's URL into admin.json where it says another; nothing to do where the file is
// missing or holds something else.
[[nodiscard]] base::Status set_admin_credential_server(platform::Files& files,
                                                       const DataFolder& folder,
                                                       const std::string& url);

// ---- recovery -----------------------------------------------------------------------------------

// `rekey admin recover` while no server runs on the folder (kConflict where one does: ask that one
// through its control socket): issue_admin_secret, an event that tells of it, and the file in
// place. `uid` goes into the ledger as who asked.
[[nodiscard]] base::Result<AdminRecovery> recover_admin(
    platform::Files& files, const std::string& folder, const std::string& key_file,
    std::uint32_t uid, const platform::Clock& clock, telemetry::Logger& logger);

// The part of it inside a change, for a server's own use: the file is still to be put in place.
[[nodiscard]] base::Result<AdminRecovery> recover_in(ChangeScope& scope, platform::Files& files,
                                                     const DataFolder& folder,
                                                     const NewSecret& fresh);

// "local:1000", the actor of what came through the local socket or from this machine.
[[nodiscard]] std::string local_actor(std::uint32_t uid);

}  // namespace rekey::authority
