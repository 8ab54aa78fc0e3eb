#include "engagement/sends/triggered_send.h"

#include "engagement/sends/addressee.h"
#include "engagement/sends/outcome.h"
#include "engagement/text_rules.h"
#include "net/mail.h"

namespace rekey::engagement::sends {

namespace {

using base::Result;

constexpr std::size_t kLongestFromName = 130;

// What is wrong with the send as it is; empty where it may be queued.
Result<std::string> find_problem(Call& call, const Recipient& recipient) {
  const std::string& address = recipient.address;
  if (!address.empty() && !net::check_mail_address(address)) {
    return std::string("InvalidOrMissingToAddress");
  }
  if (!check_name("SubscriberKey", recipient.contact_key, kLongestContactKey)) {
    return std::string("InvalidOrMissingSubscriberKey");
  }
  if (address.empty()) {
    REKEY_TRY(const auto known,
              known_address(call.tables, call.caller.business_unit, recipient.contact_key));
    if (!known) return std::string("InvalidOrMissingToAddress");
  }
  if (!recipient.from_address.empty() && !net::check_mail_address(recipient.from_address)) {
    return std::string("InvalidFromAddress");
  }
  if (!recipient.from_name.empty() &&
      !check_name("From.Name", recipient.from_name, kLongestFromName)) {
    return std::string("InvalidFromName");
  }
  return std::string{};
}

// What only a synchronous send is told at once; the others learn it from their delivery record.
Result<std::string> find_later_problem(Call& call, const SendDefinition& definition,
                                       const Recipient& recipient) {
  const std::int64_t unit = call.caller.business_unit;
  REKEY_TRY(const bool wants_none, is_unsubscribed(call.tables, unit, recipient.contact_key));
  if (wants_none) return std::string(kUnsubscribed.name);
  REKEY_TRY(const auto contact, contacts::find_contact(call.tables, unit, recipient.contact_key));
  if (!contact && !definition.adds_subscribers) {
    return std::string(kNoAllSubscribersListEntry.name);
  }
  return std::string{};
}

}  // namespace

Result<TriggeredOutcome> queue_triggered(Call& call, const SendDefinition& definition,
                                         Recipient recipient, bool is_synchronous) {
  TriggeredOutcome outcome;
  REKEY_TRY(outcome.problem, find_problem(call, recipient));
  if (outcome.problem.empty() && is_synchronous) {
    REKEY_TRY(outcome.problem, find_later_problem(call, definition, recipient));
  }
  if (!outcome.problem.empty()) return outcome;
  recipient.message_key = call.tools.ids.guid();
  REKEY_TRY(const Message message, queue_message(call, definition, recipient, true));
  outcome.message_guid = message.guid;
  return outcome;
}

}  // namespace rekey::engagement::sends
