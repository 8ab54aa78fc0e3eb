// What would happen if an inventory were rotated: its own consumers with their reloads and rhythms,
// an issuer of its own kind, and people who take their time, on a clock that runs ahead. The plan,
// the machine and the steps are those of a real run. Nothing outside is touched.
#pragma once

#include <string>
#include <vector>

#include "rotation/drivers/drivers.h"
#include "rotation/engine/engine.h"
#include "rotation/plan/facts.h"

namespace rekey::rotation {

struct RehearsalRequest {
  const Inventory& inventory;
  const DriverRegistry& registry;
  KnownFacts facts;
  base::Instant begin_at{};
  base::Duration person_takes = std::chrono::minutes{30};
};

struct RehearsedMoment {
  base::Instant at{};
  std::string phase;     // of the run after it; empty for what people do
  std::string consumer;  // empty where it concerns the whole run
  std::string what;      // a sentence
};

// What would go wrong, or depends on somebody.
struct Finding {
  std::string consumer;  // empty where it concerns the whole run
  std::string what;
  std::string mend;      // what to do before the real run
  bool is_harm = false;  // somebody would be refused, or the run would not end
};

struct Rehearsal {
  bool is_closed = false;
  std::string message;  // how it ended
  base::Instant begun_at{};
  base::Instant ended_at{};
  bool has_read_secrets = false;     // the issuer told them
  std::vector<std::string> read;     // of the issuer
  std::vector<std::string> assumed;  // where it told nothing
  std::vector<RehearsedMoment> moments;
  base::Duration longest_wait{};  // in which nothing happened
  std::string longest_wait_for;   // for what, most of it
  int people_needed = 0;          // times that somebody had to act
  std::vector<Finding> findings;
  [[nodiscard]] bool is_good() const noexcept;
};

[[nodiscard]] Rehearsal rehearse(const RehearsalRequest& request);

[[nodiscard]] std::string render_text(const Rehearsal& rehearsal);
// {"closed","message","begun_at","ended_at","read":[…],"assumed":[…],"longest_wait_seconds",
//  "longest_wait_for","people_needed","moments":[{"at","phase","consumer","what"}],
//  "findings":[{"consumer","what","mend","harm"}]}
[[nodiscard]] std::string render_json(const Rehearsal& rehearsal);

}  // namespace rekey::rotation
