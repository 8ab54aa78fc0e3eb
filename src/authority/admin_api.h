// The admin API (docs/admin-api.md): from a worker's request to the call, and back.
//
// Workers hand requests over and go on; one thread of its own reads, with its own read connection,
// and plans changes; changes are carried out and answered on the writer's thread.
#pragma once

#include <memory>

#include "authority/admin_call.h"
#include "authority/change.h"
#include "authority/front_door.h"
#include "base/result.h"
#include "crypto/root_key.h"
#include "platform/clock.h"
#include "storage/sqlite.h"
#include "telemetry/logger.h"

namespace rekey::authority {

// What the admin API works with; all references outlive it and every change that it submitted.
struct AdminApiParts {
  Changes& changes;
  const UsageMeter& usage;
  RefusalCounter& refusals;
  const FrontSettings& settings;
  platform::Files& files;
  const DataFolder& folder;
  ClockWatch& clock_watch;
  const crypto::RootKey& root_key;
  const SigningKeyStore& signing;
  const platform::Clock& clock;
  telemetry::Logger& logger;
  // Where the keys are with which a partner signs its reports of leaks; empty: none is let in.
  std::string partner_keys_url;
};

class AdminApi final : public AdminHandler {
 public:
  static constexpr std::size_t kQueueLimit = 1024;  // requests that wait; above it: 503

  AdminApi(storage::Connection reads, const AdminApiParts& parts);
  ~AdminApi() override;  // stops

  void handle(net::Exchange& exchange, std::string_view path, const TokenClaims* caller) override;
  // Answers what waits, then ends the thread; later requests get 503. Idempotent. Changes that were
  // submitted are answered by the writer.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What came over the wire, without the connection: what handle() makes, and what tests begin with.
struct AdminRequest {
  net::Method method = net::Method::kGet;
  std::string path;  // in lower case
  std::string query;
  base::Secret body;  // may hold a value
  std::string idempotency_key;
  std::string actor;
};
using AdminRespond = std::function<void(net::Response)>;

// Answers the request: at once, or from the writer's thread. On the thread that owns
// `context.reads`.
void answer_admin_request(const AdminContext& context, Changes& changes, telemetry::Logger& logger,
                          base::Instant now, const AdminRequest& request,
                          const AdminRespond& respond);

}  // namespace rekey::authority
