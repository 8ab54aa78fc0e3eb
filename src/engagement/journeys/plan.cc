#include "engagement/journeys/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>

#include "base/text.h"
#include "engagement/json_parts.h"
#include "engagement/soap/xml_reader.h"

namespace rekey::engagement::journeys {

namespace {

using base::equal_ignoring_case;
using net::JsonValue;

constexpr std::size_t kMostSteps = 500;

const JsonValue& part(const JsonValue& object, std::string_view name) {
  static const JsonValue kNothing;
  const JsonValue* found = find_member(object, name);
  return found == nullptr ? kNothing : *found;
}

// The text of a text, a number or a truth; empty for everything else.
std::string text_at(const JsonValue& object, std::string_view name) {
  auto text = scalar_text(part(object, name));
  return text ? text->value_or("") : std::string();
}

bool is_one_of(std::string_view type, std::initializer_list<std::string_view> types) {
  return std::any_of(types.begin(), types.end(),
                     [&](std::string_view one) { return equal_ignoring_case(one, type); });
}

std::optional<StepKind> kind_of(std::string_view type) {
  if (is_one_of(type, {"WAIT", "WAITBYDURATION", "WAITBYATTRIBUTE", "WAITUNTILDATE"})) {
    return StepKind::kWait;
  }
  if (is_one_of(type, {"EMAILV2", "EMAIL"})) return StepKind::kSend;
  if (is_one_of(type, {"UPDATECONTACTDATA", "UPDATECONTACTDATAV2", "UPDATECONTACT"})) {
    return StepKind::kUpdate;
  }
  if (is_one_of(type, {"MULTICRITERIADECISION", "MULTICRITERIADECISIONV2", "CONTACTDECISION"})) {
    return StepKind::kDecision;
  }
  return std::nullopt;
}

std::optional<base::Duration> unit_of(std::string_view unit) {
  using namespace std::chrono;
  const std::array<std::pair<std::string_view, base::Duration>, 6> units{{{"SECOND", seconds{1}},
                                                                          {"MINUTE", minutes{1}},
                                                                          {"HOUR", hours{1}},
                                                                          {"DAY", days{1}},
                                                                          {"WEEK", weeks{1}},
                                                                          {"MONTH", days{30}}}};
  if (unit.ends_with('S') || unit.ends_with('s')) unit.remove_suffix(1);
  for (const auto& [name, length] : units) {
    if (equal_ignoring_case(name, unit)) return length;
  }
  return std::nullopt;
}

// Reads a document and gathers what is wrong with it.
class PlanReader {
 public:
  explicit PlanReader(const JsonValue& document) : document_(document) {}

  PlanRead read() {
    read_trigger();
    for (const JsonValue& one : part(part(document_, "defaults"), "email").items()) {
      if (const auto text = one.as_string()) plan_.addresses.emplace_back(*text);
    }
    read_goals("goals", false);
    read_goals("exits", true);
    const auto& activities = part(document_, "activities").items();
    if (activities.empty()) wrong("it has no activities");
    if (activities.size() > kMostSteps) {
      wrong(fmt::format("a journey takes at most {} activities", kMostSteps));
    } else {
      for (const JsonValue& activity : activities) read_step(activity);
      check_ways();
    }
    return {std::move(plan_), std::move(problems_)};
  }

 private:
  void wrong(std::string problem) { problems_.push_back(std::move(problem)); }

  std::optional<Condition> condition_of(const std::string& xml, std::string_view whose) {
    const std::string text(soap::without_blanks(xml));
    if (text.empty()) return std::nullopt;
    auto condition = read_condition(text);
    if (condition) return *std::move(condition);
    wrong(fmt::format("{}: {}", whose, condition.error().detail));
    return std::nullopt;
  }

  void read_trigger() {
    plan_.event_key = event_key_of(document_);
    if (plan_.event_key.empty()) {
      return wrong("it has no trigger with an eventDefinitionKey, so nothing would start it");
    }
    const JsonValue& trigger = part(document_, "triggers").items().front();
    for (const std::string_view where : {"configurationArguments", "arguments"}) {
      if (auto found = condition_of(text_at(part(trigger, where), "criteria"), "the trigger")) {
        plan_.entry = std::move(found);
      }
    }
    for (const JsonValue& outcome : part(trigger, "outcomes").items()) {
      plan_.first = text_at(outcome, "next");
      if (!plan_.first.empty()) return;
    }
  }

  void read_goals(std::string_view list, bool is_exit) {
    for (const JsonValue& one : part(document_, list).items()) {
      const std::string name = text_at(one, "key");
      std::string xml = text_at(part(one, "configurationArguments"), "criteria");
      if (xml.empty()) xml = text_at(part(one, "arguments"), "criteria");
      auto condition = condition_of(xml, fmt::format("{} \"{}\"", list, name));
      if (!condition) continue;
      const bool ends = is_exit || base::equal_ignoring_case(
                                       text_at(part(one, "metaData"), "isExitCriteria"), "true");
      plan_.goals.push_back({name, *std::move(condition), is_exit, ends});
    }
  }

  void read_step(const JsonValue& activity) {
    Step step;
    step.key = text_at(activity, "key");
    step.guid = text_at(activity, "id");
    step.name = text_at(activity, "name");
    step.type = text_at(activity, "type");
    const auto kind = kind_of(step.type);
    if (step.key.empty()) return wrong("an activity has no key");
    if (plan_.find(step.key) != nullptr) {
      return wrong(fmt::format("two activities have the key \"{}\"", step.key));
    }
    if (!kind) {
      wrong(
          fmt::format("the activity \"{}\" has the type \"{}\", which is not carried out here: "
                      "there are WAIT, EMAILV2, UPDATECONTACTDATA, MULTICRITERIADECISION",
                      step.key, step.type));
    }
    step.kind = kind.value_or(StepKind::kDecision);
    read_outcomes(activity, step);
    if (kind == StepKind::kWait) read_wait(activity, step);
    if (kind == StepKind::kSend) read_send(activity, step);
    if (kind == StepKind::kUpdate) read_update(activity, step);
    plan_.steps.push_back(std::move(step));
  }

  void read_outcomes(const JsonValue& activity, Step& step) {
    const JsonValue& criteria = part(part(activity, "configurationArguments"), "criteria");
    for (const JsonValue& one : part(activity, "outcomes").items()) {
      Outcome outcome;
      outcome.key = text_at(one, "key");
      outcome.next = text_at(one, "next");
      if (step.kind == StepKind::kDecision) {
        outcome.condition =
            condition_of(text_at(criteria, outcome.key), fmt::format("\"{}\"", step.key));
      }
      step.outcomes.push_back(std::move(outcome));
    }
    if (step.kind == StepKind::kDecision && step.outcomes.empty()) {
      wrong(fmt::format("the decision \"{}\" has no outcomes", step.key));
    }
  }

  void read_wait(const JsonValue& activity, Step& step) {
    const JsonValue& given = part(activity, "configurationArguments");
    for (const std::string_view name :
         {"waitEndDateAttributeExpression", "waitEndDateAttributeDataBound", "specificDate"}) {
      if (step.wait.until.empty()) step.wait.until = text_at(given, name);
    }
    if (!step.wait.until.empty()) return;
    const std::string text = text_at(given, "waitDuration");
    std::int64_t count = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
    const bool is_count = problem == std::errc{} && end == text.data() + text.size();
    const auto unit = unit_of(text_at(given, "waitUnit"));
    constexpr std::int64_t kLongest = 1'000'000;
    if (!is_count || count < 0 || count > kLongest || !unit) {
      return wrong(
          fmt::format("the wait \"{}\" takes a waitDuration and a waitUnit (MINUTES, "
                      "HOURS, DAYS, WEEKS, MONTHS), or a date to wait for",
                      step.key));
    }
    step.wait.duration = count * *unit;
  }

  void read_send(const JsonValue& activity, Step& step) {
    const JsonValue& given = part(part(activity, "configurationArguments"), "triggeredSend");
    const std::string key = text_at(given, "key");
    step.send_definition = key.empty() ? text_at(given, "id") : "key:" + key;
    if (step.send_definition.empty()) {
      wrong(
          fmt::format("the e-mail \"{}\" takes a send definition: "
                      "configurationArguments.triggeredSend.key or .id",
                      step.key));
    }
  }

  void read_update(const JsonValue& activity, Step& step) {
    for (const std::string_view where : {"arguments", "configurationArguments"}) {
      const JsonValue& given = part(part(activity, where), "activityData");
      if (!step.update.changes.empty()) return;
      step.update.data_extension = text_at(given, "updateContactKey");
      for (const JsonValue& change : part(given, "updateContactFields").items()) {
        step.update.changes.push_back(
            {text_at(change, "attributeSet"), text_at(change, "field"), text_at(change, "value")});
      }
    }
    const auto& changes = step.update.changes;
    const bool lacks_name =
        std::any_of(changes.begin(), changes.end(), [&](const UpdatePlan::Change& change) {
          const bool needs_set = step.update.data_extension.empty();
          return change.field.empty() || (needs_set && change.set.empty());
        });
    if (changes.empty() || lacks_name) {
      wrong(
          fmt::format("the update \"{}\" takes arguments.activityData: updateContactKey (a data "
                      "extension) and updateContactFields with field and value; for the contact "
                      "itself fields with attributeSet",
                      step.key));
    }
  }

  // Each outcome leads to a step, there is one to begin with, and no way leads back.
  void check_ways() {
    std::set<std::string, std::less<>> led_to;
    for (const Step& step : plan_.steps) {
      for (const Outcome& outcome : step.outcomes) {
        if (outcome.next.empty()) continue;
        led_to.insert(outcome.next);
        if (plan_.find(outcome.next) != nullptr) continue;
        wrong(fmt::format("an outcome of \"{}\" leads to \"{}\", which is no activity", step.key,
                          outcome.next));
      }
    }
    for (const Step& step : plan_.steps) {
      if (plan_.first.empty() && !led_to.contains(step.key)) plan_.first = step.key;
    }
    if (plan_.find(plan_.first) == nullptr) return wrong("no activity is the first one");
    if (problems_.empty() && leads_back()) {
      wrong("a way leads back to an activity that was before; a journey goes on only");
    }
  }

  // Takes away steps that nothing leads to, until none is left or all that are left lead in
  // circles.
  [[nodiscard]] bool leads_back() const {
    std::vector<const Step*> left;
    for (const Step& step : plan_.steps) left.push_back(&step);
    for (;;) {
      std::set<std::string, std::less<>> led_to;
      for (const Step* step : left) {
        for (const Outcome& outcome : step->outcomes) led_to.insert(outcome.next);
      }
      const std::size_t before = left.size();
      std::erase_if(left, [&](const Step* step) { return !led_to.contains(step->key); });
      if (left.size() == before) return before > 0;
    }
  }

  const JsonValue& document_;
  Plan plan_;
  std::vector<std::string> problems_;
};

}  // namespace

const std::string& Step::next() const noexcept {
  static const std::string kNowhere;
  return outcomes.empty() ? kNowhere : outcomes.front().next;
}

const Step* Plan::find(std::string_view key) const noexcept {
  for (const Step& step : steps) {
    if (step.key == key) return &step;
  }
  return nullptr;
}

PlanRead read_plan(const JsonValue& document) {
  return PlanReader(document).read();
}

std::string event_key_of(const JsonValue& document) {
  const auto& triggers = part(document, "triggers").items();
  if (triggers.empty()) return {};
  std::string key = text_at(triggers.front(), "eventDefinitionKey");
  if (!key.empty()) return key;
  return text_at(part(triggers.front(), "metaData"), "eventDefinitionKey");
}

}  // namespace rekey::engagement::journeys
