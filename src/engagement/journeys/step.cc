#include "engagement/journeys/step.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "engagement/data_extensions/date_text.h"
#include "engagement/data_extensions/definition.h"
#include "engagement/data_extensions/rows.h"
#include "engagement/sends/accept.h"

namespace rekey::engagement::journeys {

namespace {

using base::Code;
using base::equal_ignoring_case;
using base::Result;
using data_extensions::Columns;
using data_extensions::Definition;

Names names_of(const StepWork& work, const Member& member) {
  return {member.contact_key, member.data, work.attributes};
}

StepEnd problem_of(std::string problem) {
  return {{}, std::move(problem)};
}

// A word of ours for what is gone; other errors are passed up.
template <typename T>
Result<std::optional<T>> if_there(Result<T> found) {
  if (found) return std::optional<T>(*std::move(found));
  if (found.error().code == Code::kNotFound) return std::optional<T>{};
  return tl::unexpected<base::Error>(found.error());
}

Result<StepEnd> send(StepWork& work, const Member& member, const Step& step) {
  REKEY_TRY(const auto definition, if_there(sends::load_referred_definition(
                                       work.tables, member.business_unit, step.send_definition)));
  if (!definition) return problem_of("the send definition is gone");
  const Names names = names_of(work, member);
  sends::Recipient recipient;
  recipient.contact_key = member.contact_key;
  // Says which step of which member it is: it is queued once.
  recipient.message_key = fmt::format("{}.{}", member.guid, member.steps_done);
  recipient.attributes = member.data;
  for (const std::string& address : work.plan.addresses) {
    if (recipient.address.empty()) recipient.address = names.evaluate(address);
  }
  REKEY_TRY(const bool is_queued, sends::is_key_taken(work.tables, member.business_unit,
                                                      recipient.message_key, base::Instant{}));
  if (is_queued) return StepEnd{step.next(), {}};
  REKEY_TRY(const sends::Message message,
            sends::queue_message(work.tables, work.tools, work.now, *definition, recipient, true));
  static_cast<void>(message);
  return StepEnd{step.next(), {}};
}

bool is_given(const Columns& columns, const std::string& name) {
  return std::any_of(columns.begin(), columns.end(), [&](const data_extensions::Column& column) {
    return equal_ignoring_case(column.name, name);
  });
}

// The columns of the primary key that the update does not name: the event's, else the contact.
void add_key(Columns& columns, const Definition& target, const Member& member) {
  const auto key = target.primary_key();
  for (const data_extensions::Field* field : key) {
    if (is_given(columns, field->name)) continue;
    std::optional<std::string> text;
    for (const auto& [name, value] : member.data) {
      if (equal_ignoring_case(name, field->name)) text = value;
    }
    const bool is_contact =
        key.size() == 1 || equal_ignoring_case(field->name, target.sendable_field);
    if (!text && is_contact) text = member.contact_key;
    columns.push_back({field->name, std::move(text)});
  }
}

Result<StepEnd> update_row(StepWork& work, const Member& member, const Step& step) {
  const std::string& reference = step.update.data_extension;
  REKEY_TRY(auto target, if_there(data_extensions::load_definition(
                             work.tables, member.business_unit, reference)));
  if (!target) {
    REKEY_TRY(target, if_there(data_extensions::load_definition(work.tables, member.business_unit,
                                                                "key:" + reference)));
  }
  if (!target) return problem_of("the data extension is gone");
  const Names names = names_of(work, member);
  Columns columns;
  for (const UpdatePlan::Change& change : step.update.changes) {
    std::string column = change.field;
    for (const auto& field : target->fields) {
      if (equal_ignoring_case(field.guid, change.field)) column = field.name;
    }
    columns.push_back({std::move(column), names.evaluate(change.value)});
  }
  add_key(columns, *target, member);
  data_extensions::RowWriter writer(work.tables, *target);
  const auto mode = target->primary_key().empty() ? data_extensions::Mode::kInsert
                                                  : data_extensions::Mode::kUpsert;
  REKEY_TRY(const auto faults, writer.put(columns, mode));
  if (!faults.empty()) return problem_of(faults.front());
  REKEY_CHECK(writer.finish());
  return StepEnd{step.next(), {}};
}

Result<StepEnd> update_contact(StepWork& work, const Member& member, const Step& step) {
  REKEY_TRY(const auto contact,
            contacts::find_contact(work.tables, member.business_unit, member.contact_key));
  if (!contact) return problem_of("the contact is gone");
  const Names names = names_of(work, member);
  std::vector<contacts::Attribute> attributes;
  for (const UpdatePlan::Change& change : step.update.changes) {
    contacts::Attribute attribute{change.set, 0, change.field, names.evaluate(change.value)};
    if (const auto checked = contacts::check_attribute(attribute); !checked) {
      return problem_of(checked.error().detail);
    }
    attributes.push_back(std::move(attribute));
  }
  REKEY_CHECK(contacts::save_attributes(work.tables, *contact, attributes, work.now));
  return StepEnd{step.next(), {}};
}

StepEnd decide(const StepWork& work, const Member& member, const Step& step) {
  const Names names = names_of(work, member);
  const auto find = [&](std::string_view name) { return names.find(name); };
  const Outcome* otherwise = nullptr;
  for (const Outcome& outcome : step.outcomes) {
    if (outcome.condition && holds(*outcome.condition, find)) return {outcome.next, {}};
    if (!outcome.condition && otherwise == nullptr) otherwise = &outcome;
  }
  return {otherwise == nullptr ? std::string() : otherwise->next, {}};
}

}  // namespace

Result<StepEnd> run_step(StepWork& work, const Member& member, const Step& step) {
  switch (step.kind) {
    case StepKind::kSend:
      return send(work, member, step);
    case StepKind::kUpdate:
      return step.update.data_extension.empty() ? update_contact(work, member, step)
                                                : update_row(work, member, step);
    case StepKind::kDecision:
      return decide(work, member, step);
    case StepKind::kWait:
      break;
  }
  return base::fail(Code::kInternal, "a wait is no step that is run");
}

Result<base::Instant> end_of_wait(const StepWork& work, const Member& member, const Step& step) {
  if (step.wait.until.empty()) return member.due_at + step.wait.duration;
  const auto date =
      data_extensions::canonical_date(names_of(work, member).evaluate(step.wait.until));
  if (!date) {
    return base::fail(Code::kInvalidArgument, "what the wait takes its date from is no date");
  }
  REKEY_TRY(const base::Instant until, base::parse_instant(*date + "Z"));
  return std::max(until, member.due_at);
}

}  // namespace rekey::engagement::journeys
