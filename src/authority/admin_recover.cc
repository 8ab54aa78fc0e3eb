#include "authority/admin_secret.h"

#include <fmt/format.h>

#include "authority/open_folder.h"
#include "ledger/ledger.h"
#include "storage/writer.h"
#include "telemetry/metrics.h"

namespace rekey::authority {

using base::Code;
using base::Result;

Result<AdminRecovery> recover_admin(platform::Files& files, const std::string& folder_path,
                                    const std::string& key_file, std::uint32_t uid,
                                    const platform::Clock& clock, telemetry::Logger& logger) {
  REKEY_TRY(OpenFolder opened, open_folder(files, folder_path, key_file, IfMissing::kFail));
  if (!opened.tenant) {
    return base::fail(Code::kNotFound,
                      fmt::format("{} was never served; rekey serve --data makes its first admin "
                                  "credential",
                                  folder_path));
  }
  REKEY_TRY(const std::optional<base::Instant> latest, ledger::latest_instant(opened.connection));
  ValueKeys keys(opened.root_key);
  REKEY_TRY(const NewSecret fresh, make_new_secret(keys, credential::default_slot()));

  telemetry::Metrics metrics;
  storage::Writer writer(std::move(opened.connection));
  const ChangeHooks hooks{
      .last_used_at = [](credential::SecretId) { return std::optional<base::Instant>{}; },
      .publish_tenant = [](const Tenant&) {},
      .publish = [](const credential::Integration&, const credential::Policy&) {}};
  Changes changes(writer, clock, logger, metrics, hooks, latest);
  AdminRecovery recovery;
  REKEY_CHECK(changes.run(local_actor(uid), [&](ChangeScope& scope) -> base::Status {
    REKEY_TRY(recovery, recover_in(scope, files, opened.folder, fresh));
    return {};
  }));
  REKEY_CHECK(put_admin_credential_in_place(files, opened.folder));
  return recovery;
}

Result<AdminRecovery> recover_in(ChangeScope& scope, platform::Files& files,
                                 const DataFolder& folder, const NewSecret& fresh) {
  REKEY_TRY(AdminRecovery recovery, issue_admin_secret(scope, files, folder, fresh));
  REKEY_CHECK(scope.execute(AdminRecovered{recovery.client_id, recovery.secret_id}));
  return recovery;
}

std::string local_actor(std::uint32_t uid) {
  return fmt::format("local:{}", uid);
}

}  // namespace rekey::authority
