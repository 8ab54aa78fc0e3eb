// One search for many rotations: what the plans of a fleet look for is looked for in one go,
// instead of going through the same roots once an integration.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/fingerprint.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/fingerprint_key.h"
#include "crypto/root_key.h"
#include "rotation/drivers/secret_search.h"
#include "rotation/engine/engine.h"
#include "rotation/engine/fleet.h"

namespace rekey::rotation {

// Any thread; who comes while it searches waits for that answer.
class FleetSearch final : public SecretSearch {
 public:
  // An answer counts for so long, and once for each value: what was put somewhere since is not in
  // it, and who asks again has mended something.
  static constexpr base::Duration kAnswerKept = std::chrono::minutes{10};

  // Asks the search of `parts`, whose clock and drivers outlive it too.
  explicit FleetSearch(const EngineParts& parts);

  // The same with this as who searches; without one where nobody does.
  [[nodiscard]] EngineParts in_place_of_search(EngineParts parts);

  // Whose plans are made soon, in place of those of before. Of an open run none is made.
  void expect(const std::vector<DueOne>& due);

  // Where no such answer is there, the roots are searched, for these values and for what the
  // consumers of those that are expected hold.
  [[nodiscard]] base::Result<SearchReport> search(const std::vector<std::string>& roots,
                                                  std::span<const base::Secret> values) override;

 private:
  // Keeps no value: a place is of the one with that fingerprint.
  struct Answer {
    base::Duration at{};                 // of the clock that never goes back
    std::set<base::Fingerprint> values;  // that it was not given for yet
    std::vector<base::Fingerprint> value_of_place;
    SearchReport report;
  };

  [[nodiscard]] std::vector<base::Fingerprint> fingerprints_of(
      std::span<const base::Secret> values);
  [[nodiscard]] base::Result<Answer> search_for_all(const std::vector<std::string>& roots,
                                                    std::span<const base::Secret> values);
  [[nodiscard]] bool is_answer(const Answer& answer,
                               const std::vector<base::Fingerprint>& wanted) const;
  // `values`, and what the consumers of the others hold.
  [[nodiscard]] std::vector<base::Secret> with_expected(const std::vector<std::string>& roots,
                                                        std::span<const base::Secret> values);

  SecretSearch* inner_;  // nullptr: nobody searches
  platform::Clock& clock_;
  ReaderDrivers& drivers_;
  std::mutex expected_mutex_;
  std::vector<Inventory> expected_;  // guarded by expected_mutex_
  std::mutex turn_;
  crypto::Fingerprinter fingerprint_;                   // guarded by turn_, as what follows
  std::map<std::vector<std::string>, Answer> answers_;  // by roots
};

}  // namespace rekey::rotation
