// What token requests read: the directory of records and the scope registry, kept in step with the
// tables.
//
// publish() and load() belong to the writer's thread (load() runs before it has work); what the
// accessors give is for front_door.h's readers.
#pragma once

#include <optional>

#include "authority/audience_table.h"
#include "authority/directory.h"
#include "authority/epoch.h"
#include "authority/record.h"
#include "authority/tenant.h"
#include "authority/usage_meter.h"
#include "base/result.h"
#include "base/time.h"
#include "storage/sqlite.h"

namespace rekey::authority {

class LiveState {
 public:
  // `scope_delay`: how long after a change of an integration's scopes new tokens have the old ones.
  explicit LiveState(base::Duration scope_delay = {});

  // Publishes every integration that the tables hold.
  [[nodiscard]] base::Status load(storage::Connection& connection, const Tenant& tenant);
  void publish(const credential::Integration& integration, const credential::Policy& effective,
               base::Instant now);

  void publish(const Tenant& tenant);  // its audiences

  [[nodiscard]] EpochDomain& epochs() noexcept { return epochs_; }
  [[nodiscard]] const Directory& directory() const noexcept { return directory_; }
  [[nodiscard]] const EpochPointer<credential::ScopeRegistry>& scopes() const noexcept {
    return scopes_;
  }
  [[nodiscard]] const EpochPointer<AudienceTable>& audiences() const noexcept { return audiences_; }
  [[nodiscard]] UsageMeter& usage() noexcept { return usage_; }
  [[nodiscard]] const UsageMeter& usage() const noexcept { return usage_; }

 private:
  const base::Duration scope_delay_;
  UsageMeter usage_;  // outlives the records, which point into it
  EpochDomain epochs_;
  EpochPointer<credential::ScopeRegistry> scopes_;
  EpochPointer<AudienceTable> audiences_;
  ScopeTexts scope_texts_;
  Directory directory_;
};

}  // namespace rekey::authority
