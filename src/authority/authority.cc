#include "authority/authority.h"

#include <fmt/format.h>
#include <unistd.h>

#include <optional>

#include "authority/admin_api.h"
#include "authority/background.h"
#include "authority/change.h"
#include "authority/clock_watch.h"
#include "authority/first_start.h"
#include "authority/live_state.h"
#include "authority/open_folder.h"
#include "authority/sealer.h"
#include "authority/signing_key_store.h"
#include "authority/sweeper.h"
#include "authority/tables/integrations.h"
#include "authority/tables/tenants.h"
#include "authority/token_key_store.h"
#include "authority/token_revoker.h"
#include "authority/usage_store.h"
#include "ledger/ledger.h"
#include "net/json.h"
#include "telemetry/names.h"

namespace rekey::authority {

namespace {

using base::Result;
namespace names = telemetry::names;

constexpr base::Duration kClockCheckInterval = std::chrono::seconds{1};
constexpr base::Duration kSweepTick = std::chrono::seconds{1};
constexpr base::Duration kKeyCheckInterval = std::chrono::seconds{10};

// The connections that a service has open beside the writer's.
struct Readers {
  storage::Connection for_admin;
  storage::Connection for_sweeper;
};

Result<Readers> open_readers(const DataFolder& folder) {
  using storage::OpenMode;
  REKEY_TRY(storage::Connection admin,
            storage::Connection::open(folder.database(), OpenMode::kReadOnly));
  REKEY_TRY(storage::Connection sweeper,
            storage::Connection::open(folder.database(), OpenMode::kReadOnly));
  return Readers{std::move(admin), std::move(sweeper)};
}

}  // namespace

struct Authority::State {
  State(const AuthorityOptions& given, OpenFolder opened, Readers readers,
        std::optional<base::Instant> latest, platform::Clock& clock_in,
        telemetry::Logger& logger_in, telemetry::Metrics& metrics_in);

  base::Status load();
  base::Status ensure_admin();
  base::Status start();
  void stop();

  void check_clock();
  void check_against_ledger();
  void check_quiet(std::optional<base::Instant> latest);
  void warn_of_clock(base::Instant now, const std::string& detail);
  void flush();
  void renew_token_key();
  void keep_signing_keys();
  void sweep();
  void seal();
  void report(std::string_view event, std::string_view condition, const base::Status& status);
  [[nodiscard]] bool has_trusted_clock() const {
    return changes.clock_lag() <= Changes::kClockSlack;
  }

  const AuthorityOptions options;
  platform::Clock& clock;
  telemetry::Logger& logger;
  platform::SystemFiles files;
  const DataFolder folder;
  const platform::FileLock lock;
  const crypto::RootKey root_key;
  ClockWatch clock_watch;
  FrontSettings settings;  // the same as the door's; public_url is set in both
  telemetry::Gauge& ready_gauge;
  Readiness readiness;
  bool is_clock_behind = false;       // as of the last look
  bool is_away_from_callers = false;  // as of the last look
  LiveState live;
  RefusalCounter refusals;
  TokenKeys token_keys;
  SigningKeys signing_keys;
  RevokedTokens revoked_tokens;
  const SigningKeyStore signing{root_key, signing_keys};
  storage::Writer writer;
  Changes changes;
  DurableRevoker revoker{changes, revoked_tokens};
  AdminApi admin_api;
  FrontDoor door;
  Sealer sealer;
  Sweeper sweeper;
  Background background;
  bool is_stopped = false;
};

Authority::State::State(const AuthorityOptions& given, OpenFolder opened, Readers readers,
                        std::optional<base::Instant> latest, platform::Clock& clock_in,
                        telemetry::Logger& logger_in, telemetry::Metrics& metrics_in)
    : options(given),
      clock(clock_in),
      logger(logger_in),
      folder(std::move(opened.folder)),
      lock(std::move(opened.lock)),
      root_key(std::move(opened.root_key)),
      clock_watch(given.kind == FolderKind::kSandbox ? ClockWatch::Of::kPlayed
                                                     : ClockWatch::Of::kSystem),
      settings(given.front),
      ready_gauge(metrics_in.gauge(names::kReady, "1 where the server is ready.")),
      live(given.scope_delay),
      refusals(clock.now()),
      token_keys(given.front.token_lifetime),
      writer(std::move(opened.connection)),
      changes(writer, clock, logger, metrics_in,
              {.last_used_at = [this](auto id) { return live.usage().last_used_at(id); },
               .publish_tenant =
                   [this](const Tenant& tenant) {
                     signing_keys.publish(tenant.signing_keys);
                     live.publish(tenant);
                   },
               .publish =
                   [this](const auto& integration, const auto& policy) {
                     live.publish(integration, policy, clock.now());
                   }},
              latest),
      admin_api(std::move(readers.for_admin),
                {changes, live.usage(), refusals, settings, files, folder, clock_watch, root_key,
                 signing, clock, logger, given.partner_keys_url}),
      door{settings,     clock,      root_key,   live.epochs(),    live.directory(), live.scopes(),
           live.usage(), refusals,   token_keys, live.audiences(), signing_keys,     revoked_tokens,
           revoker,      metrics_in, readiness,  admin_api,        nullptr},
      sealer(writer, root_key, files, folder, clock, logger),
      sweeper(std::move(readers.for_sweeper), changes, live.usage(), refusals, metrics_in,
              given.sweep_interval),
      background(clock, {{kClockCheckInterval, [this] { check_clock(); }},
                         {given.usage_flush_interval, [this] { flush(); }},
                         {kKeyCheckInterval, [this] { renew_token_key(); }},
                         {kKeyCheckInterval, [this] { keep_signing_keys(); }},
                         {kSweepTick, [this] { sweep(); }},
                         {given.seal_interval, [this] { seal(); }}}) {
  readiness.block("start", "the server is starting", Readiness::Tokens::kGoOn);
}

// What a token request needs comes into memory; on the writer's thread, which owns it from now on.
base::Status Authority::State::load() {
  Tenant tenant;
  if (has_trusted_clock()) {
    REKEY_TRY(tenant, ensure_tenant(changes, options, root_key));
  }
  REKEY_CHECK(writer.run([&](storage::Connection& connection) -> base::Status {
    REKEY_TRY(std::optional<Tenant> stored, tables::load_tenant(connection));
    tenant = std::move(stored).value_or(Tenant{});
    REKEY_CHECK(restore_usage(connection, live.usage(), clock.now()));
    REKEY_CHECK(live.load(connection, tenant));
    REKEY_CHECK(load_signing_keys(connection, signing, tenant));
    REKEY_CHECK(load_revoked_tokens(connection, revoked_tokens, clock.now()));
    REKEY_TRY(const std::int64_t live_secrets, tables::count_live(connection));
    changes.set_live_secrets(live_secrets);
    return load_earlier_token_keys(connection, root_key, token_keys, settings.token_lifetime,
                                   clock.now());
  }));
  settings.tenant_name = tenant.name;
  settings.tenant_id = tenant.id;
  settings.enterprise_id = tenant.enterprise;
  door.settings = settings;
  return {};
}

base::Status Authority::State::ensure_admin() {
  ValueKeys keys(root_key);
  if (has_trusted_clock()) {
    REKEY_CHECK(ensure_admin_package(changes, files, folder, keys));
  }
  bool has_credential = false;
  REKEY_CHECK(writer.run([&](storage::Connection& connection) -> base::Status {
    REKEY_TRY(has_credential,
              settle_admin_credential(files, folder, connection, keys.fingerprinter));
    return {};
  }));
  if (has_credential) return {};
  logger.log(telemetry::Level::kWarning, clock.now(), names::kServerStarted,
             {{"detail", "admin.json holds no living secret; rekey admin recover makes one"}});
  return {};
}

Result<std::unique_ptr<Authority>> Authority::open(const AuthorityOptions& options,
                                                   platform::Clock& clock,
                                                   telemetry::Logger& logger,
                                                   telemetry::Metrics& metrics) {
  platform::SystemFiles files;
  REKEY_CHECK(settle_folder_kind(files, DataFolder{options.folder}, options.kind));
  REKEY_TRY(OpenFolder opened,
            open_folder(files, options.folder, options.key_file, IfMissing::kMake));
  REKEY_TRY(const std::optional<base::Instant> latest, ledger::latest_instant(opened.connection));
  REKEY_TRY(Readers readers, open_readers(opened.folder));
  auto state = std::make_unique<State>(options, std::move(opened), std::move(readers), latest,
                                       clock, logger, metrics);
  REKEY_CHECK(state->load());
  REKEY_CHECK(state->ensure_admin());
  state->check_clock();
  state->check_quiet(latest);
  if (state->has_trusted_clock()) {
    REKEY_CHECK(make_token_key(state->changes, state->root_key, state->token_keys,
                               state->settings.token_lifetime));
    REKEY_CHECK(keep_signing_plan(state->changes, state->signing, clock.now()));
  }
  return std::unique_ptr<Authority>(new Authority(std::move(state)));
}

Authority::Authority(std::unique_ptr<State> state) : state_(std::move(state)) {}

Authority::~Authority() {
  stop();
}

base::Status Authority::set_public_url(const std::string& url) {
  state_->settings.public_url = url;
  state_->door.settings.public_url = url;
  return set_admin_credential_server(state_->files, state_->folder, url);
}

void Authority::set_guarded_api(GuardedApi& api) noexcept {
  state_->door.guarded = &api;
}

const FrontDoor& Authority::front_door() const noexcept {
  return state_->door;
}

std::string Authority::control_socket_path() const {
  return state_->folder.control_socket();
}

base::Status Authority::start() {
  return state_->start();
}

void Authority::stop() {
  state_->stop();
}

base::Status Authority::State::start() {
  net::JsonWriter json;
  json.begin_object()
      .member("url", settings.public_url)
      .member("pid", std::int64_t{::getpid()})
      .member("local_socket", folder.control_socket())
      .end_object();
  REKEY_CHECK(files.replace(folder.server_facts(), json.text(), 0600));
  readiness.clear("start");
  check_clock();
  background.start();
  return {};
}

void Authority::State::stop() {
  if (is_stopped) return;
  is_stopped = true;
  readiness.block("stop", "the server is stopping", Readiness::Tokens::kGoOn);
  background.stop();
  admin_api.stop();
  writer.drain();
  if (has_trusted_clock()) report(names::kSweepFailed, "sweep", sweeper.sweep(clock.now()));
  const base::Status flushed = flush_usage(writer, live.usage());
  report(names::kUsageFlushFailed, "usage", flushed);
  seal();
  if (flushed) report(names::kUsageFlushFailed, "stop", mark_clean_stop(writer, live.usage()));
  if (files.facts(folder.server_facts())) {
    report(names::kRequestFailed, "stop", files.remove(folder.server_facts()));
  }
}

void Authority::State::check_clock() {
  check_against_ledger();
  ready_gauge.set(readiness.is_ready() ? 1 : 0);
  const base::Instant now = clock.now();
  const base::Duration step = clock_watch.look({now, clock.monotonic()});
  if (step > base::Duration{0}) warn_of_clock(now, describe_clock_step(step, now));
  const base::Duration ahead = clock_watch.ahead_of_callers().value_or(base::Duration{0});
  const bool is_away = std::chrono::abs(ahead) > kClockAheadTolerance;
  if (is_away && !is_away_from_callers) warn_of_clock(now, describe_ahead_of_callers(ahead));
  is_away_from_callers = is_away;
}

// Tokens go on for a lag in which next to no secret can have ended.
void Authority::State::check_against_ledger() {
  const base::Instant now = clock.now();
  const base::Duration lag = changes.clock_lag();
  const bool is_behind = lag > Changes::kClockSlack;
  if (is_behind) {
    const std::string detail = describe_clock_behind(now, changes.latest_event_at());
    readiness.block(
        "clock", detail,
        lag > kLagThatStopsTokens ? Readiness::Tokens::kStop : Readiness::Tokens::kGoOn);
    if (!is_clock_behind) {
      logger.log(telemetry::Level::kError, now, names::kClockBehind, {{"detail", detail}});
    }
  } else {
    readiness.clear("clock");
    if (is_clock_behind) logger.log(telemetry::Level::kInfo, now, names::kClockRight);
  }
  is_clock_behind = is_behind;
}

// Once, at the start.
void Authority::State::check_quiet(std::optional<base::Instant> latest) {
  const base::Instant now = clock.now();
  if (!latest || options.kind == FolderKind::kSandbox || now - *latest <= kLongestQuiet) return;
  warn_of_clock(now, describe_clock_after(now, *latest));
}

void Authority::State::warn_of_clock(base::Instant now, const std::string& detail) {
  logger.log(telemetry::Level::kWarning, now, names::kClockAhead, {{"detail", detail}});
}

void Authority::State::flush() {
  report(names::kUsageFlushFailed, "usage", flush_usage(writer, live.usage()));
}

void Authority::State::renew_token_key() {
  const base::Instant now = clock.now();
  revoked_tokens.forget_ended(now);
  if (!token_keys.needs_new_key(now)) {
    token_keys.drop_unneeded(now);
  } else if (has_trusted_clock()) {
    report(names::kRequestFailed, "token_key",
           make_token_key(changes, root_key, token_keys, settings.token_lifetime));
  }
}

void Authority::State::keep_signing_keys() {
  if (!has_trusted_clock()) return;
  report(names::kRequestFailed, "signing_key", keep_signing_plan(changes, signing, clock.now()));
}

void Authority::State::sweep() {
  if (has_trusted_clock()) report(names::kSweepFailed, "sweep", sweeper.tick(clock.now()));
}

void Authority::State::seal() {
  report(names::kSweepFailed, "seal", sealer.seal());
}

// Background work that fails makes the server not ready, until it succeeds; requests go on.
void Authority::State::report(std::string_view event, std::string_view condition,
                              const base::Status& status) {
  if (status) {
    readiness.clear(condition);
    return;
  }
  readiness.block(condition, status.error().detail, Readiness::Tokens::kGoOn);
  logger.log(telemetry::Level::kError, clock.now(), event,
             {{"condition", condition}, {"detail", status.error().detail}});
}

}  // namespace rekey::authority
