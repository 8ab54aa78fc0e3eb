#include "notice/notifier.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "net/client.h"
#include "net/json.h"
#include "notice/channels/registry.h"
#include "notice/recipients.h"
#include "notice/schedule.h"

namespace rekey::notice {
namespace {

using base::Code;
using base::Instant;

constexpr mode_t kHeartbeatMode = 0644;
constexpr std::string_view kUserAgent = "rekey-notice/" REKEY_VERSION;

void complain(PassReport& report, std::string problem) {
  if (report.problems.size() < kMaxProblems) report.problems.push_back(std::move(problem));
}

base::Status check_subjects(const std::vector<Subject>& subjects) {
  if (subjects.size() > kMaxSubjects) {
    return base::fail(Code::kLimitReached,
                      fmt::format("{} subjects are more than a pass takes ({}); split the "
                                  "inventory over several state folders",
                                  subjects.size(), kMaxSubjects));
  }
  std::set<std::pair<std::string_view, SubjectKind>> seen;
  for (const Subject& subject : subjects) {
    REKEY_CHECK(check_subject(subject));
    if (!seen.emplace(subject.id, subject.kind).second) {
      return base::fail(Code::kInvalidArgument,
                        fmt::format("the subject {} is there twice", subject.id));
    }
  }
  return {};
}

// What one destination is to be told.
struct Addressee {
  Route route;
  std::vector<Subject> subjects;
};
using Addressees = std::map<std::pair<std::string, std::string>, Addressee>;

// Which integration, which name, and what would mend it. Owners of the authority's own packages
// stand in it, all others in an inventory.
std::string unknown_recipient(const Subject& subject, const std::string& name) {
  const bool is_of_package =
      subject.id.starts_with("secret/") || subject.kind == SubjectKind::kSupersededInUse;
  return fmt::format(
      "{}: \"{}\" is no recipient and cannot be mailed to; add a recipient named {} to "
      "notices.yaml, or write a mail address as owner or contact {}",
      subject.package.empty() ? subject.id : clean_text(subject.package, 80), name, name,
      is_of_package ? "of the package (`rekey package edit`)" : "in rekey.yaml");
}

Addressees addressees_of(const Settings& settings, const std::vector<Subject>& subjects,
                         PassReport& report) {
  Addressees found;
  std::set<std::string> told;
  for (const Subject& subject : subjects) {
    Resolved resolved = resolve(settings, subject.recipients);
    for (const std::string& name : resolved.unknown) {
      // A secret and a run of one integration have the same owner.
      std::string problem = unknown_recipient(subject, name);
      if (told.insert(problem).second) complain(report, std::move(problem));
    }
    for (Route& route : resolved.routes) {
      const auto [place, is_new] =
          found.try_emplace({route.channel, route.address}, Addressee{route, {}});
      static_cast<void>(is_new);
      place->second.subjects.push_back(subject);
    }
  }
  return found;
}

struct Digest {
  Message message;
  std::vector<std::string> covered;
};

// Everything that is due to one destination, in as few messages as hold it.
std::vector<Digest> digests_of(const Addressee& addressee, const WasSaid& was_said,
                               const Rules& rules, Instant now, PassReport& report) {
  std::vector<Digest> digests;
  for (const Due& due : due_now(addressee.subjects, was_said, rules, now)) {
    if (is_held(due.urgency, due.became_due, addressee.route.quiet_hours, now)) {
      ++report.held;
      continue;
    }
    if (digests.empty() || digests.back().message.items.size() == kMaxItems) digests.emplace_back();
    Digest& digest = digests.back();
    digest.message.items.push_back(make_item(due, addressee.subjects[due.subject]));
    digest.covered.insert(digest.covered.end(), due.covered.begin(), due.covered.end());
  }
  return digests;
}

std::string heartbeat_text(const PassReport& report, const QueueCounts& counts, Instant now) {
  net::JsonWriter json;
  json.begin_object().member("at", base::format_instant(now));
  json.member("queued", report.queued).member("delivered", report.delivered());
  json.member("failed", report.failed()).member("waiting", counts.open);
  json.member("given_up", counts.given_up);
  json.key("oldest_waiting_since");
  if (counts.oldest_open_at) {
    json.value(base::format_instant(*counts.oldest_open_at));
  } else {
    json.null();
  }
  json.end_object();
  return json.release() + "\n";
}

}  // namespace

double system_jitter() {
  const auto bytes = crypto::random_bytes(4);
  std::uint32_t number = 0;
  for (const std::uint8_t byte : bytes) number = (number << 8U) | byte;
  return static_cast<double>(number) / 4294967296.0;
}

Ping http_ping() {
  auto client = std::make_shared<net::Client>(std::string(kUserAgent));
  return [client](const std::string& url) -> base::Status {
    net::ClientRequest request;
    request.url = url;
    request.timeout = std::chrono::seconds{10};
    REKEY_TRY(const net::ClientResponse response, client->send(request));
    if (response.status / 100 == 2) return {};
    return base::fail(Code::kUnavailable, fmt::format("it answered {}", response.status));
  };
}

int PassReport::delivered() const {
  return static_cast<int>(std::count_if(
      attempts.begin(), attempts.end(),
      [](const Attempt& attempt) { return attempt.state == DeliveryState::kDelivered; }));
}

int PassReport::failed() const {
  return static_cast<int>(attempts.size()) - delivered();
}

Notifier::Notifier(Settings settings, platform::Files& files, std::unique_ptr<Queue> queue,
                   Channels channels, Jitter jitter, Ping ping)
    : settings_(std::move(settings)),
      files_(files),
      queue_(std::move(queue)),
      channels_(std::move(channels)),
      jitter_(std::move(jitter)),
      ping_(std::move(ping)) {}

base::Result<std::unique_ptr<Notifier>> Notifier::open(Settings settings, platform::Files& files,
                                                       const std::string& folder, Jitter jitter,
                                                       Ping ping) {
  REKEY_CHECK(check(settings));
  Channels channels = make_channels(settings, files);
  return open_over(std::move(settings), files, folder, std::move(channels), std::move(jitter),
                   std::move(ping));
}

base::Result<std::unique_ptr<Notifier>> Notifier::open_over(Settings settings,
                                                            platform::Files& files,
                                                            const std::string& folder,
                                                            Channels channels, Jitter jitter,
                                                            Ping ping) {
  REKEY_CHECK(check(settings));
  REKEY_TRY(auto queue, Queue::open(files, folder));
  return std::unique_ptr<Notifier>(new Notifier(std::move(settings), files, std::move(queue),
                                                std::move(channels), std::move(jitter),
                                                std::move(ping)));
}

base::Result<PassReport> Notifier::pass(Instant now, const std::vector<Subject>& subjects,
                                        const std::vector<Unread>& unread) {
  REKEY_CHECK(check_clock(now));
  REKEY_TRY(std::vector<Subject> all, subjects_of(unread, now));
  all.insert(all.end(), subjects.begin(), subjects.end());
  REKEY_CHECK(check_subjects(all));
  REKEY_CHECK(note_silence(now, settings_.heartbeat.silence_after));
  REKEY_TRY(PassReport report, say_what_is_due(now, all, Watcher::kBack));
  for (const Unread& one : unread) complain(report, one.detail);
  REKEY_CHECK(finish(now, report));
  return report;
}

base::Result<PassReport> Notifier::tell_unread(Instant now, const std::vector<Unread>& unread) {
  REKEY_CHECK(check_clock(now));
  REKEY_TRY(const std::vector<Subject> subjects, subjects_of(unread, now));
  REKEY_CHECK(check_subjects(subjects));
  return say_what_is_due(now, subjects, Watcher::kBack);
}

base::Result<std::vector<Subject>> Notifier::subjects_of(const std::vector<Unread>& unread,
                                                         Instant now) {
  std::set<std::string> ids;
  for (const Unread& one : unread) ids.insert(one.id);
  REKEY_TRY(const auto since, queue_->note_unread(ids, now));
  std::vector<Subject> subjects;
  for (const Unread& one : unread) {
    if (ids.erase(one.id) == 0) continue;
    Subject subject;
    subject.id = one.id;
    subject.kind = SubjectKind::kUnread;
    subject.at = since.at(one.id);
    subject.detail = one.detail;
    subject.command = one.command;
    subjects.push_back(std::move(subject));
  }
  return subjects;
}

base::Result<PassReport> Notifier::tell(Instant now, const std::vector<Subject>& subjects) {
  REKEY_CHECK(check_subjects(subjects));
  REKEY_CHECK(check_clock(now));
  return say_what_is_due(now, subjects, Watcher::kBack);
}

base::Result<Notifier::SilenceReport> Notifier::tell_silence(Instant now, base::Duration limit) {
  REKEY_CHECK(check_clock(now));
  SilenceReport report;
  REKEY_TRY(report.last_pass, queue_->last_pass());
  report.is_silent = !report.last_pass || now - *report.last_pass > limit;
  if (!report.is_silent || !report.last_pass) return report;
  REKEY_CHECK(note_silence(now, limit));
  REKEY_TRY(report.told, say_what_is_due(now, {}, Watcher::kSilent));
  return report;
}

base::Result<PassReport> Notifier::say_what_is_due(Instant now,
                                                   const std::vector<Subject>& subjects,
                                                   Watcher watcher) {
  REKEY_CHECK(set_offsets(settings_, now));
  PassReport report;
  REKEY_TRY(report.withdrawn, queue_->withdraw_void(subjects, now));
  REKEY_TRY(std::vector<Subject> all, own_subjects(watcher));
  all.insert(all.end(), subjects.begin(), subjects.end());
  REKEY_CHECK(queue_due(all, now, report));
  REKEY_CHECK(send_ready(now, report));
  const bool gave_up =
      std::any_of(report.attempts.begin(), report.attempts.end(),
                  [](const Attempt& attempt) { return attempt.state == DeliveryState::kGivenUp; });
  if (gave_up) {
    // Somebody else must hear of it, and not only in the next pass.
    const int held = report.held;
    REKEY_TRY(const std::vector<Subject> own, own_subjects(watcher));
    REKEY_CHECK(queue_due(own, now, report));
    report.held = held;
    REKEY_CHECK(send_ready(now, report));
  }
  return report;
}

base::Status Notifier::check_clock(Instant now) {
  REKEY_TRY(const auto latest, queue_->latest_instant());
  if (!latest || now + kClockSlack >= *latest) return {};
  return base::fail(Code::kRefused,
                    fmt::format("the clock says {}, and the ledger of notices already holds {}; "
                                "set the clock right",
                                base::format_instant(now), base::format_instant(*latest)));
}

base::Status Notifier::note_silence(Instant now, base::Duration limit) {
  REKEY_TRY(const auto last, queue_->last_pass());
  if (limit == base::Duration{0} || !last || now - *last <= limit) return {};
  return queue_->note_silence({*last, now});
}

base::Result<std::vector<Subject>> Notifier::own_subjects(Watcher watcher) {
  std::vector<Subject> subjects;
  REKEY_TRY(const auto silences, queue_->silences());
  REKEY_TRY(const auto last_pass, queue_->last_pass());
  for (const Silence& silence : silences) {
    Subject subject;
    subject.id = "watcher";
    subject.kind = SubjectKind::kWatcherSilent;
    subject.at = silence.from;
    const bool is_over = watcher == Watcher::kBack || silence.from != last_pass;
    if (is_over) subject.until = silence.until;
    subjects.push_back(std::move(subject));
  }
  REKEY_TRY(const auto given_up, queue_->given_up());
  for (const GivenUp& gone : given_up) {
    Subject subject;
    subject.id = "delivery/" + gone.id;
    subject.kind = SubjectKind::kUndelivered;
    subject.at = gone.at;
    subject.detail =
        fmt::format("It was to go by {} to destination {}.", gone.channel, gone.destination_id);
    subjects.push_back(std::move(subject));
  }
  return subjects;
}

base::Status Notifier::queue_due(const std::vector<Subject>& subjects, Instant now,
                                 PassReport& report) {
  const Addressees addressees = addressees_of(settings_, subjects, report);
  for (const auto& entry : addressees) {
    const Addressee& addressee = entry.second;
    REKEY_TRY(const std::int64_t destination,
              queue_->destination_id(addressee.route.channel, addressee.route.address));
    REKEY_TRY(const auto said, queue_->said_to(destination));
    const auto was_said = [&said](std::string_view key) { return said.contains(key); };
    for (const Digest& digest : digests_of(addressee, was_said, settings_.rules, now, report)) {
      const auto id = queue_->enqueue(destination, digest.message, digest.covered, now);
      if (!id && id.error().code != Code::kLimitReached) return tl::unexpected(id.error());
      if (!id) {
        complain(report, fmt::format("destination {}: {}", destination, id.error().detail));
        break;
      }
      ++report.queued;
      report.said += static_cast<int>(digest.message.items.size());
    }
  }
  return {};
}

base::Status Notifier::send_ready(Instant now, PassReport& report) {
  const int left = settings_.sends_per_pass - static_cast<int>(report.attempts.size());
  if (left <= 0) return {};
  REKEY_TRY(std::vector<Delivery> ready, queue_->ready(now, left));
  for (Delivery& delivery : ready) {
    // Queued before the quiet hours, and not through yet.
    const auto quiet = quiet_hours_of(settings_, delivery.channel, delivery.address);
    if (is_held(urgency_of(delivery.message), delivery.queued_at, quiet, now)) continue;
    REKEY_TRY(Attempt attempt, send_one(delivery, now));
    report.attempts.push_back(std::move(attempt));
  }
  return {};
}

base::Result<Attempt> Notifier::send_one(Delivery& delivery, Instant now) {
  REKEY_CHECK(queue_->begin(delivery, now));
  const base::Status status = deliver(delivery, now);
  Attempt attempt{delivery.id, delivery.channel, DeliveryState::kDelivered, {}};
  if (status) {
    REKEY_CHECK(queue_->delivered(delivery, now));
    return attempt;
  }
  attempt.reason = status.error().detail;
  REKEY_TRY(attempt.state,
            queue_->failed(delivery, status.error(), settings_.retry, jitter_(), now));
  return attempt;
}

base::Status Notifier::deliver(const Delivery& delivery, Instant now) {
  const auto channel = channels_.find(delivery.channel);
  if (channel == channels_.end()) {
    return base::fail(Code::kNotFound,
                      fmt::format("the settings have no channel {} any more; set it up again, or "
                                  "the notice is given up",
                                  delivery.channel));
  }
  return channel->second->deliver(
      {delivery.id, delivery.attempt, delivery.queued_at, now, delivery.address, delivery.message});
}

base::Status Notifier::finish(Instant now, PassReport& report) {
  REKEY_CHECK(queue_->record_pass(now));
  REKEY_TRY(const QueueCounts counts, queue_->counts());
  report.waiting = counts.open;
  const HeartbeatSettings& heartbeat = settings_.heartbeat;
  if (!heartbeat.file.empty()) {
    const auto written =
        files_.replace(heartbeat.file, heartbeat_text(report, counts, now), kHeartbeatMode);
    if (!written) complain(report, "the heartbeat: " + written.error().detail);
  }
  if (!heartbeat.url.empty()) {
    const base::Status answered = ping_(heartbeat.url);
    if (!answered) complain(report, "the heartbeat's URL: " + answered.error().detail);
  }
  return {};
}

base::Result<std::vector<Attempt>> Notifier::test(const std::string& recipient, Instant now) {
  const std::vector<std::string> names =
      recipient.empty() ? settings_.fallback : std::vector<std::string>{recipient};
  const Resolved resolved = resolve(settings_, names);
  if (!resolved.unknown.empty()) {
    std::vector<std::string_view> known;
    for (const Recipient& one : settings_.recipients) known.push_back(one.name);
    const std::string& name = resolved.unknown.front();
    const auto nearest = base::nearest_word(name, known);
    return base::fail(
        Code::kInvalidArgument,
        fmt::format("\"{}\" is no recipient and cannot be mailed to; {}", name,
                    nearest.empty() ? fmt::format("the recipients are {}", fmt::join(known, ", "))
                                    : fmt::format("did you mean {}?", nearest)));
  }
  std::vector<Attempt> attempts;
  for (const Route& route : resolved.routes) {
    Delivery delivery;
    delivery.id =
        "test_" + base::hex_encode(crypto::Sha256()
                                       .add(queue_->installation())
                                       .add(route.channel + " " + route.address)
                                       .add_number(static_cast<std::uint64_t>(base::to_millis(now)))
                                       .finish())
                      .substr(0, 32);
    delivery.channel = route.channel;
    delivery.address = route.address;
    delivery.attempt = 1;
    delivery.queued_at = now;
    delivery.message = test_message();
    const base::Status status = deliver(delivery, now);
    Attempt attempt{delivery.id, route.channel, DeliveryState::kDelivered, {}};
    if (!status) {
      attempt.state = DeliveryState::kFailed;
      attempt.reason = status.error().detail;
    }
    attempts.push_back(std::move(attempt));
  }
  return attempts;
}

}  // namespace rekey::notice
