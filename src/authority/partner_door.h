// Reports of leaks from a partner that signs them, as GitHub's secret scanning does: no token, but
// an ECDSA signature over the body, with a key of those that a URL lists (docs/leaks.md).
//
// A report waits on a thread of its own, since its key may have to be fetched first; the keys are
// fetched at most once a minute, whatever strangers send. What is signed goes on as a call of the
// admin API, by the actor "partner".
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "authority/admin_api.h"
#include "net/http.h"
#include "platform/clock.h"
#include "telemetry/logger.h"

namespace rekey::authority {

struct SignedReport {
  std::string key_id;
  std::string signature;  // base64 of DER
  base::Secret body;
};
// nullopt where the request is no signed report.
[[nodiscard]] std::optional<SignedReport> signed_report_in(const net::Request& request,
                                                           std::string_view path);

class PartnerDoor {
 public:
  static constexpr std::size_t kQueueLimit = 64;
  static constexpr base::Duration kLeastBetweenFetches = std::chrono::minutes{1};

  using PassOn = std::function<void(AdminRequest, AdminRespond)>;

  // `keys_url`: https, or http to this machine. The references must outlive it.
  PartnerDoor(std::string keys_url, const platform::Clock& clock, telemetry::Logger& logger,
              PassOn pass_on);
  ~PartnerDoor();  // stops

  // False where too many wait. Any thread.
  [[nodiscard]] bool offer(SignedReport report, AdminRespond respond);
  // Answers what waits, then ends the thread. Idempotent.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The keys in the list that a partner publishes, by their ids; keys of another kind are left out.
// kInvalidArgument where it is no such list.
struct PartnerKey {
  std::string id;
  std::string pem;
};
[[nodiscard]] base::Result<std::vector<PartnerKey>> parse_partner_keys(std::string_view json);

}  // namespace rekey::authority
