// A journal that lives as long as the rehearsal: nothing of it reaches a disk.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "rotation/journal/journal.h"

namespace rekey::rotation::rehearsal {

// Of one run of one integration.
class MemoryJournal final : public RunJournal {
 public:
  base::Fingerprint fingerprint(const base::Secret& value) override;
  base::Result<std::optional<std::string>> find_open_run(const std::string& client_id,
                                                         const std::string& slot) override;
  base::Result<std::vector<RunEvent>> load(const std::string& run_id) override;
  base::Status append(const std::string& run_id, std::int64_t expected_version,
                      const std::vector<RunEvent>& events,
                      const std::vector<KeptValue>& values) override;
  base::Result<base::Secret> value(const std::string& run_id,
                                   const base::Fingerprint& fingerprint) override;
  base::Status check_turn() override { return {}; }
  base::Result<bool> is_of_closed_run(const std::string& client_id, const std::string& slot,
                                      const base::Fingerprint& fingerprint) override;

  [[nodiscard]] const std::vector<RunEvent>& events() const noexcept { return events_; }

 private:
  std::string run_id_;
  std::vector<RunEvent> events_;
  std::map<base::Fingerprint, base::Secret> kept_;
};

}  // namespace rekey::rotation::rehearsal
