// What a journey's document tells to do, read once and checked. Pure.
//
// The first step is the one that the trigger's outcome leads to, else the first activity that no
// other leads to. An outcome that leads nowhere ends the journey.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "engagement/journeys/condition.h"
#include "net/json.h"

namespace rekey::engagement::journeys {

enum class StepKind { kWait, kSend, kUpdate, kDecision };

struct Outcome {
  std::string key;
  std::string next;                    // a step's key; empty: the journey is over
  std::optional<Condition> condition;  // of a decision; the one without is for all others
};

// For so long, or until a date that an expression gives.
struct WaitPlan {
  base::Duration duration{};
  std::string until;
};
// Into a row of a data extension, or into the contact's attributes where none is named.
struct UpdatePlan {
  struct Change {
    std::string set;    // of an attribute
    std::string field;  // a column's name or id, an attribute's name
    std::string value;  // an expression
  };
  std::string data_extension;  // its id or its key
  std::vector<Change> changes;
};

struct Step {
  std::string key;
  std::string guid;
  std::string name;
  std::string type;  // as it is spelled in the document
  StepKind kind = StepKind::kWait;
  WaitPlan wait;
  std::string send_definition;  // "key:KEY" or an id
  UpdatePlan update;
  std::vector<Outcome> outcomes;

  // Where who does not decide goes on.
  [[nodiscard]] const std::string& next() const noexcept;
};

// What a contact may meet on the way: its goal, or a reason to leave.
struct Goal {
  std::string name;
  Condition condition;
  bool is_exit = false;  // leaving without having met a goal
  bool ends = false;     // who meets it leaves
};

struct Plan {
  std::string event_key;
  std::optional<Condition> entry;      // who comes in
  std::vector<std::string> addresses;  // expressions, the first that gives one counts
  std::vector<Goal> goals;
  std::string first;
  std::vector<Step> steps;

  [[nodiscard]] const Step* find(std::string_view key) const noexcept;
};

struct PlanRead {
  Plan plan;
  std::vector<std::string> problems;  // a sentence each; empty where it can be carried out
};
[[nodiscard]] PlanRead read_plan(const net::JsonValue& document);

// The key of the event that starts it; empty where there is none.
[[nodiscard]] std::string event_key_of(const net::JsonValue& document);

}  // namespace rekey::engagement::journeys
