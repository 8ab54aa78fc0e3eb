// The authority as a service: opens a data folder, owns everything that serves it, starts and
// stops.
//
//   open -> set_public_url -> (the server of make_router_factory(front_door())) -> start -> … ->
//   (the server stops) -> stop
//
// open, set_public_url, start and stop belong to one thread; what is behind front_door() to the
// server's workers. One process at a time serves a folder.
#pragma once

#include <memory>
#include <string>

#include "authority/data_folder.h"
#include "authority/front_door.h"
#include "authority/front_settings.h"
#include "base/result.h"
#include "base/time.h"
#include "credential/ids.h"
#include "platform/clock.h"
#include "telemetry/logger.h"
#include "telemetry/metrics.h"

namespace rekey::authority {

struct AuthorityOptions {
  std::string folder;
  FolderKind kind = FolderKind::kProduction;
  std::string key_file;  // the root key; empty: root.key in the folder, made at the first start
  // The tenant's members are filled in from the folder; public_url by set_public_url.
  FrontSettings front;
  // Of the tenant, at a folder's first start only; empty and 0: random ones.
  std::string tenant_name;
  credential::BusinessUnitId enterprise;
  credential::BusinessUnitId home_business_unit;
  base::Duration usage_flush_interval = std::chrono::seconds{2};
  base::Duration sweep_interval = std::chrono::minutes{1};
  base::Duration seal_interval = std::chrono::seconds{5};
  // Where the keys are with which a partner signs its reports of leaks (docs/leaks.md): https, or
  // http to this machine; empty: none is let in.
  std::string partner_keys_url;
  // How long after a change of a package's scopes new tokens have the old ones (contract 1.5); not
  // over a restart.
  base::Duration scope_delay{};
};

class Authority {
 public:
  // Takes the folder's lock, prepares key and tables, makes tenant and admin package at the first
  // start (admin.json is durable when this returns), loads the directory, makes a token key.
  // kConflict: another server has the folder. kRefused: the key does not belong to it, or others
  // may read it, or the folder is not of that kind. kUnsupported: a newer program wrote it.
  // kCorrupt, kIo: the database's words. `clock`, `logger` and `metrics` must outlive it.
  [[nodiscard]] static base::Result<std::unique_ptr<Authority>> open(
      const AuthorityOptions& options, platform::Clock& clock, telemetry::Logger& logger,
      telemetry::Metrics& metrics);
  ~Authority();  // stops

  // Where clients reach this server, without a slash at the end. Call before the server starts: its
  // handlers read it once. Brings admin.json up to date.
  [[nodiscard]] base::Status set_public_url(const std::string& url);
  // What else the router hands requests to; outlives the server. Call before the server starts.
  void set_guarded_api(GuardedApi& api) noexcept;
  [[nodiscard]] const FrontDoor& front_door() const noexcept;
  [[nodiscard]] std::string control_socket_path() const;

  // Starts the work behind (usage, sweeps, checkpoints, token keys), writes server.json, and
  // becomes ready. Call when the server listens.
  [[nodiscard]] base::Status start();
  // Writes down usage, seals, marks the stop as clean, removes server.json. Idempotent. Call when
  // the server has stopped.
  void stop();

  struct State;

 private:
  explicit Authority(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rekey::authority
