// What the calls of the admin API share: what they work with, what they are given, what they
// answer.
//
// A call that reads answers at once, on the admin thread. A call that changes plans its work there
// and lets the change pipeline carry it out on the writer's thread.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authority/admin_json.h"
#include "authority/change.h"
#include "authority/clock_watch.h"
#include "authority/data_folder.h"
#include "authority/front_settings.h"
#include "authority/new_secret.h"
#include "authority/refusal_counter.h"
#include "authority/signing_key_store.h"
#include "authority/usage_meter.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "net/json.h"
#include "platform/files.h"
#include "storage/sqlite.h"

namespace rekey::authority {

struct AdminContext {
  // The admin thread's own.
  storage::Connection& reads;
  ValueKeys& keys;
  // Any thread.
  const UsageMeter& usage;
  RefusalCounter& refusals;
  const FrontSettings& settings;
  platform::Files& files;
  const DataFolder& folder;
  const ClockWatch& clock_watch;
  const SigningKeyStore& signing;
};

struct AdminCall {
  base::Instant now{};
  std::string actor;
  std::vector<std::string> ids;  // what stands in the path where the route has "{}"
  std::string query;
  net::JsonValue body;  // an object; empty where the call sent none
};

struct AdminReply {
  int status = 200;
  base::Secret text;  // JSON; may show a value
  std::string kept;   // the same without the value, for a replay
};
[[nodiscard]] AdminReply reply_with(int status, std::string text);

// `work` runs in the writer's transaction; `after_commit`, where there is one, before the answer. A
// replay runs neither. `is_alone`: it waits until all that was submitted before is answered, so
// that it never shares a commit with another of its kind.
struct PlannedChange {
  std::function<base::Result<AdminReply>(ChangeScope&)> work;
  std::function<base::Status()> after_commit;
  bool is_alone = false;
};

using AdminRead = base::Result<AdminReply> (*)(const AdminContext&, const AdminCall&);
using AdminPlan = base::Result<PlannedChange> (*)(const AdminContext&, const AdminCall&);

// kInvalidArgument with the nearest known name for a member that is none of `known`, and for one
// that is null: no member of a request may be. A name too long to be a misspelling is not repeated:
// it may be a value in the wrong place.
[[nodiscard]] base::Status check_members(const net::JsonValue& json,
                                         std::initializer_list<std::string_view> known);
// The same for the parameters of a query.
[[nodiscard]] base::Status check_parameters(std::string_view query,
                                            std::span<const std::string_view> known);
// The value of a query parameter; absent is nullopt.
[[nodiscard]] base::Result<std::optional<std::string>> query_parameter(const std::string& query,
                                                                       std::string_view name);

// The same as a number from 0 to `greatest`; absent is `fallback`.
[[nodiscard]] base::Result<std::int64_t> number_parameter(const std::string& query,
                                                          std::string_view name,
                                                          std::int64_t fallback,
                                                          std::int64_t greatest);

// By "pkg_1" or a client id.
[[nodiscard]] base::Result<credential::IntegrationId> find_integration(
    storage::Connection& connection, std::string_view id);
// Loads it; a deleted one is kNotFound.
[[nodiscard]] base::Result<credential::Integration> load_undeleted(storage::Connection& connection,
                                                                   std::string_view id);
// kConflict, naming the other client id, where another integration has a live secret with this
// fingerprint: one platform never gives two integrations the same secret.
[[nodiscard]] base::Status check_is_held_nowhere_else(storage::Connection& connection,
                                                      const base::Fingerprint& fingerprint,
                                                      credential::IntegrationId integration);

[[nodiscard]] credential::Evidence evidence_of(const UsageMeter& usage,
                                               const credential::Integration& integration);
[[nodiscard]] SecretView view_of(const UsageMeter& usage, const credential::ClientSecret& secret,
                                 base::Instant now);

// {"package":…,"integration":…} with what `more` adds.
[[nodiscard]] std::string package_text(const AdminContext& context,
                                       const credential::Integration& integration,
                                       const std::function<void(net::JsonWriter&)>& more = {});

}  // namespace rekey::authority
