// The secrets of one client at an issuer that tells nothing of them: what is known comes from
// presenting the values that the caller remembers, few and spaced. Shared by the drivers of such
// issuers; what an answer means, and how it is said, is theirs.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/clock.h"
#include "rotation/drivers/issuer.h"
#include "rotation/drivers/probe.h"
#include "rotation/drivers/registry.h"

namespace rekey::rotation {

struct PresentedTimes {
  base::Duration settle{};      // until a staged secret works
  base::Duration look_every{};  // least time between two looks with one value, unless asked anew
};

class PresentedSecrets {
 public:
  // Presents a value; an error where the answer does not say whether it works.
  using Present = std::function<base::Result<ProbeResult>(const base::Secret&)>;
  // Why a staged secret that is refused is believed to have ended, for people.
  using WhyEnded = std::function<base::Result<std::string>(const KnownSecret&, const ProbeResult&,
                                                           bool is_present_accepted)>;
  using Named = std::pair<std::string, const base::Secret*>;  // a secret's id, and its value

  // `clock` outlives it.
  PresentedSecrets(platform::Clock& clock, IssuerTask task, PresentedTimes times, Present present)
      : clock_(clock), task_(std::move(task)), times_(times), present_(std::move(present)) {}

  void remember(Memory memory) { memory_ = std::move(memory); }
  [[nodiscard]] const Memory& memory() const noexcept { return memory_; }

  // True where `id` is one that present values are called by: "present", "present-2".
  [[nodiscard]] static bool is_present_id(std::string_view id) noexcept;
  // Those that consumers held before the run.
  [[nodiscard]] std::vector<Named> old_values() const;
  // Those, and what a run has staged and has settled, in the order in which they are remembered.
  [[nodiscard]] std::vector<std::pair<Named, bool>> settled_values() const;
  // nullptr where no run has staged it.
  [[nodiscard]] const KnownSecret* find_staged(std::string_view id) const;
  // What a run has staged, and is not that one; nullptr without.
  [[nodiscard]] const KnownSecret* find_other(std::string_view id) const;
  // nullptr where it is not known.
  [[nodiscard]] const base::Secret* value_of(std::string_view id) const;

  // A secret is staged now: it settles by the monotonic clock too, wherever the other one is set.
  void begin_to_settle() { settled_at_ = clock_.monotonic() + times_.settle; }
  // Whatever was answered a moment ago is asked again.
  void forget_looks() { looks_.clear(); }

  // Presents it, or tells what it answered a moment ago, unless `is_fresh`.
  [[nodiscard]] base::Result<ProbeResult> look(const std::string& id, const base::Secret& value,
                                               bool is_fresh);
  // The same, asking in another way: `key` names value and way.
  [[nodiscard]] base::Result<ProbeResult> look_by(const Present& present, const std::string& key,
                                                  const base::Secret& value, bool is_fresh);
  // Every one that is known, the present ones first; one that is taken to work where none is.
  [[nodiscard]] base::Result<std::vector<IssuedSecret>> list(const WhyEnded& why_ended);

  // That it is none of those that are known. `hint` ends what is said to who brought it.
  [[nodiscard]] base::Status check_new(const base::Secret& value, std::string_view hint) const;

  // Looks until none of them is accepted; false where one still is after `longest`.
  [[nodiscard]] base::Result<bool> wait_for_end(const std::vector<Named>& values,
                                                base::Duration longest);

 private:
  struct Look {
    ProbeResult result;
    base::Duration at{};  // monotonic
  };

  [[nodiscard]] bool has_settled(const KnownSecret& staged) const;
  [[nodiscard]] IssuedSecret present_secret(const std::string& id) const;
  base::Status list_present(std::vector<IssuedSecret>& secrets);
  base::Result<IssuedSecret> look_at_staged(const KnownSecret& known, bool is_present_accepted,
                                            const WhyEnded& why_ended);

  platform::Clock& clock_;
  IssuerTask task_;
  PresentedTimes times_;
  Present present_;
  Memory memory_;
  std::map<std::string, Look> looks_;  // by the secret's id
  base::Duration settled_at_{};        // monotonic; of what this process has staged
};

[[nodiscard]] bool is_any_accepted(const std::vector<IssuedSecret>& secrets) noexcept;

}  // namespace rekey::rotation
