// The guarded API as a service: a sandbox's tables, the calls on them, and the work that is due
// later.
//
//   open -> start -> (requests) -> stop
//
// open, start and stop belong to one thread; the rest to any.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engagement/accounts.h"
#include "engagement/audit.h"
#include "engagement/call.h"
#include "engagement/caller.h"
#include "engagement/sends/transport.h"
#include "net/server.h"
#include "platform/clock.h"
#include "telemetry/logger.h"
#include "telemetry/metrics.h"

namespace rekey::engagement {

// Bodies up to this size are taken (contract sections 4.0 and 4.2).
inline constexpr std::size_t kLargestBody = 5 * 1024 * 1024;

struct ApiOptions {
  std::string database;  // made where it does not exist or is empty
  Settings settings;
  std::size_t readers = 2;  // threads, and connections
  FillRandom fill_random;
  Identify identify;                         // empty: no SOAP request is let in
  AskPackages ask_packages;                  // empty: there are none
  AskAudit ask_audit;                        // empty: nothing has happened
  AdvanceClock advance_clock;                // empty: it cannot be moved
  std::function<void(base::Duration)> wait;  // empty: no call is ever slow
  sends::MailSettings mail;
  std::unique_ptr<sends::Transport> transport;  // needed
};

// A request without its connection.
struct Request {
  net::Method method = net::Method::kGet;
  std::string path;
  std::string query;
  std::string body;
  std::string base_url;  // by which it was asked, without a slash; empty: the public one
};
using Respond = std::function<void(net::Response)>;

class Api {
 public:
  // kUnsupported where a newer program wrote the database; kCorrupt, kIo: the database's words.
  // `clock`, `logger` and `metrics` outlive it.
  [[nodiscard]] static base::Result<std::unique_ptr<Api>> open(ApiOptions options,
                                                               const platform::Clock& clock,
                                                               telemetry::Logger& logger,
                                                               telemetry::Metrics& metrics);
  ~Api();  // stops

  // Whether some route begins as the path does. `lower_path` is in lower case.
  [[nodiscard]] bool owns(std::string_view lower_path) const noexcept;
  // `path`: without a tenant's prefix and doubled slashes; `caller`: nullopt where the request has
  // no living token; `base_url`: as in Request. Does not block.
  void handle(net::Exchange& exchange, std::string_view path, const std::optional<Caller>& caller,
              std::string_view base_url = {});
  // The same without a connection; `respond` is called once, here or on another thread.
  void submit(Request request, const std::optional<Caller>& caller, Respond respond);

  // Where the links of mails lead; before start.
  void set_public_url(std::string url);

  // Does what is due by now; gives the instant at which more will be, as far as it is known.
  [[nodiscard]] base::Result<std::optional<base::Instant>> tick();

  // Begins to do what is due by itself.
  void start();
  // Answers what has arrived; later requests get 503. Idempotent.
  void stop();

  struct State;

 private:
  explicit Api(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rekey::engagement
