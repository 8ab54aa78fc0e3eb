// The state that the ledger's events tell, rebuilt from the first.
//
// Trusts nothing: an event that cannot follow on the state before it is kCorrupt, and what follows
// it in its stream is left out. Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "authority/tenant.h"
#include "base/result.h"
#include "credential/lifecycle.h"
#include "ledger/ledger.h"

namespace rekey::authority {

class Replay {
 public:
  // kCorrupt or kUnsupported, saying why; streams of other rooms are passed over.
  [[nodiscard]] base::Status add(const ledger::StoredEvent& event);

  [[nodiscard]] const Tenant& tenant() const noexcept { return tenant_; }
  // By id; an integration with a broken stream stands as it was before the break.
  [[nodiscard]] const std::map<std::int64_t, credential::Integration>& integrations()
      const noexcept {
    return integrations_;
  }

 private:
  [[nodiscard]] base::Status add_to_tenant(const ledger::StoredEvent& event);
  [[nodiscard]] base::Status add_to_integration(credential::IntegrationId id,
                                                const ledger::StoredEvent& event);

  Tenant tenant_;
  std::map<std::int64_t, credential::Integration> integrations_;
  std::set<std::string> broken_;
};

// Ok where credential::apply accepts the event on that state.
[[nodiscard]] base::Status check_can_follow(const credential::Integration& state,
                                            const credential::Event& event);

}  // namespace rekey::authority
