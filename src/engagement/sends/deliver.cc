#include "engagement/sends/deliver.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "engagement/sends/compose.h"
#include "engagement/sends/composed_mail.h"
#include "engagement/sends/message.h"
#include "engagement/sends/outcome.h"
#include "engagement/sends/send_definition.h"

namespace rekey::engagement::sends {

namespace {

using base::Code;
using base::Result;
using storage::Connection;

constexpr std::int64_t kAtOnce = 50;
constexpr base::Duration kFirstPause = std::chrono::seconds{5};
constexpr base::Duration kLongestPause = std::chrono::minutes{10};
constexpr std::int64_t kMostDoublings = 7;
// So many in a row that cannot be handed over: it is the server, and not its recipients.
constexpr int kMostFailures = 3;

// A message on its way, and what came of it.
struct Work {
  Message message;
  SendDefinition definition;
  std::optional<NotSent> not_sent;
  std::optional<Bounce> bounce;
  bool is_sent = false;
  bool is_gone = false;  // somebody took it out of the queue meanwhile
};

base::Duration pause_after(std::int64_t tries) {
  return std::min(kLongestPause,
                  kFirstPause * (std::int64_t{1} << std::min(tries, kMostDoublings)));
}

Result<std::vector<Work>> with_definitions(Connection& reads, std::vector<Message> messages) {
  std::vector<Work> batch;
  for (Message& message : messages) {
    Work work;
    REKEY_TRY(work.definition,
              load_send_definition(reads, message.business_unit, message.definition_id));
    work.message = std::move(message);
    batch.push_back(std::move(work));
  }
  return batch;
}

base::Status compose_one(Connection& tables, Work& work, const MailSettings& settings,
                         base::Instant now) {
  REKEY_TRY(const auto message, find_message(tables, work.message.id));
  work.is_gone = !message || message->state != MessageState::kQueued;
  if (work.is_gone) return {};
  bool is_refused = false;
  const base::Status status = tables.in_savepoint([&]() -> base::Status {
    REKEY_TRY(auto composed, compose(tables, work.message, work.definition, settings, now));
    if (auto* not_sent = std::get_if<NotSent>(&composed)) {
      work.not_sent = std::move(*not_sent);
      is_refused = true;
      return base::fail(Code::kRefused, "undoes what was written");
    }
    auto& composition = std::get<Composition>(composed);
    work.message.address = composition.mail.to;
    work.message.content = to_json(composition.mail);
    return save_content(tables, work.message, composition.links);
  });
  return is_refused ? base::Status{} : status;
}

// Keeps what each message of the batch says that says nothing yet.
base::Status compose_all(DueWork& due, std::vector<Work>& batch, const MailSettings& settings) {
  const bool has_new = std::any_of(batch.begin(), batch.end(),
                                   [](const Work& work) { return work.message.content.empty(); });
  if (!has_new) return {};
  std::vector<Work> composed;
  REKEY_CHECK(due.writer.run([&](Connection& tables) -> base::Status {
    composed = batch;
    for (Work& work : composed) {
      if (work.message.content.empty()) {
        REKEY_CHECK(compose_one(tables, work, settings, due.now));
      }
    }
    return {};
  }));
  batch = std::move(composed);
  return {};
}

Bounce bounce_of(const std::string& words) {
  Bounce bounce;
  bounce.reason = words;
  std::from_chars(words.data(), words.data() + words.size(), bounce.smtp_code);
  return bounce;
}

// A copy that cannot be handed over changes nothing for the message.
void hand_over_copies(Transport& transport, const ComposedMail& composed, OutgoingMail mail) {
  const std::string id = mail.id;
  std::size_t number = 0;
  for (const auto* addresses : {&composed.copies_to, &composed.hidden_copies_to}) {
    for (const std::string& address : *addresses) {
      mail.id = fmt::format("{}-copy{}", id, ++number);
      mail.to = address;
      static_cast<void>(transport.deliver(mail));
    }
  }
}

// False where it has to be tried again.
Result<bool> hand_over(Transport& transport, Work& work, bool may_have_been_delivered) {
  REKEY_TRY(const ComposedMail composed, parse_composed_mail(work.message.content));
  OutgoingMail mail;
  REKEY_TRY(mail.text, format_composed(composed, work.message));
  mail.id = work.message.guid;
  mail.from = composed.from_address;
  mail.to = composed.to;
  mail.may_have_been_delivered = may_have_been_delivered;
  const base::Status status = transport.deliver(mail);
  if (status) {
    hand_over_copies(transport, composed, std::move(mail));
    work.is_sent = true;
    return true;
  }
  if (status.error().code == Code::kRefused) {
    work.bounce = bounce_of(status.error().detail);
    return true;
  }
  if (status.error().code == Code::kInvalidArgument || status.error().code == Code::kLimitReached) {
    work.not_sent = NotSent{kBuildEmailError, status.error().detail};
    return true;
  }
  work.message.status_message = status.error().detail;
  return false;
}

base::Status settle(Connection& tables, const Work& work, base::Instant now) {
  REKEY_TRY(const auto message, find_message(tables, work.message.id));
  if (work.is_gone || !message) return {};
  if (work.is_sent) return settle_sent(tables, work.message, work.definition, now);
  if (work.bounce) return settle_bounced(tables, work.message, work.definition, *work.bounce, now);
  if (work.not_sent) {
    return settle_not_sent(tables, work.message, work.definition, *work.not_sent, now);
  }
  return save_next_try(tables, work.message);
}

struct BatchEnd {
  bool has_to_wait = false;  // the last that was tried
  bool has_sent = false;     // any
};

// Hands over the batch, up to the first message that has to wait.
Result<BatchEnd> send_batch(DueWork& due, std::vector<Work>& batch, const Mailer& mailer) {
  std::vector<bool> is_old;
  is_old.reserve(batch.size());
  for (const Work& work : batch) is_old.push_back(!work.message.content.empty());
  REKEY_CHECK(compose_all(due, batch, mailer.settings));
  std::size_t done = 0;
  BatchEnd end;
  while (done < batch.size() && !end.has_to_wait) {
    Work& work = batch[done];
    if (!work.not_sent && !work.is_gone) {
      REKEY_TRY(const bool is_settled, hand_over(*mailer.transport, work, is_old[done]));
      end.has_to_wait = !is_settled;
      end.has_sent = end.has_sent || work.is_sent;
      if (!is_settled) work.message.next_try_at = due.now + pause_after(work.message.tries++);
    }
    ++done;
  }
  REKEY_CHECK(due.writer.run([&](Connection& tables) -> base::Status {
    for (std::size_t i = 0; i < done; ++i) REKEY_CHECK(settle(tables, batch[i], due.now));
    return {};
  }));
  return end;
}

// What has waited for too long, be it that its definition is inactive or that no server takes it.
base::Status give_up_overdue(DueWork& due) {
  for (;;) {
    REKEY_TRY(auto messages, load_overdue(due.reads, due.now - kLongestWait, kAtOnce));
    if (messages.empty()) return {};
    REKEY_TRY(auto batch, with_definitions(due.reads, std::move(messages)));
    for (Work& work : batch) work.not_sent = NotSent{kUnspecifiedError, "it waited for three days"};
    REKEY_CHECK(due.writer.run([&](Connection& tables) -> base::Status {
      for (const Work& work : batch) REKEY_CHECK(settle(tables, work, due.now));
      return {};
    }));
  }
}

base::Status forget_old(DueWork& due) {
  const base::Instant before = due.now - kMessageKeptFor;
  REKEY_TRY(const bool has_old, has_forgettable(due.reads, before));
  if (!has_old) return {};
  return due.writer.run([&](Connection& tables) { return forget_messages(tables, before); });
}

}  // namespace

NextDue deliver_due(DueWork& work, const Mailer& mailer) {
  REKEY_CHECK(give_up_overdue(work));
  REKEY_CHECK(forget_old(work));
  // Where a crash would send a mail again, it is one mail at most.
  const std::int64_t at_once = mailer.transport->knows_its_mails() ? kAtOnce : 1;
  int failures = 0;
  for (;;) {
    REKEY_TRY(auto messages, load_due(work.reads, work.now, at_once));
    if (messages.empty()) return next_due_message(work.reads);
    REKEY_TRY(auto batch, with_definitions(work.reads, std::move(messages)));
    REKEY_TRY(const BatchEnd end, send_batch(work, batch, mailer));
    failures = end.has_sent || !end.has_to_wait ? 0 : failures + 1;
    if (failures == kMostFailures) return std::optional<base::Instant>(work.now + kFirstPause);
  }
}

}  // namespace rekey::engagement::sends
