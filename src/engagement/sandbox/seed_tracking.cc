#include "engagement/sandbox/seed_tracking.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "engagement/tracking.h"
#include "net/json.h"
#include "storage/select.h"

namespace rekey::engagement::sandbox {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using Kind = TrackingKind;

struct Recipient {
  std::string key;
  std::string email;
};

struct Mailing {
  std::string key;
  std::string subject;
};

base::Result<std::vector<Recipient>> read_recipients(storage::Connection& tables,
                                                     std::int64_t business_unit) {
  return storage::all_rows(
      storage::select(tables,
                      "SELECT c.key, a.value FROM contact c JOIN contact_attribute a "
                      "ON a.contact_id = c.id AND a.attribute_set = 'Email Addresses' AND "
                      "a.name = 'Email Address' AND a.item = 0 "
                      "WHERE c.business_unit = ?1 AND c.key LIKE 'C-1___' ORDER BY c.key",
                      {business_unit}),
      [](const storage::Statement& row) {
        return Recipient{row.text(0), row.text(1)};
      });
}

// One message and what became of it; `number` decides, so that it is the same every time.
class Story {
 public:
  Story(storage::Connection& tables, std::int64_t business_unit, base::Instant now)
      : tables_(tables), business_unit_(business_unit), now_(now) {}

  base::Status tell(const Mailing& mailing, const Recipient& to, base::Instant at,
                    std::size_t number) {
    mailing_ = &mailing;
    to_ = &to;
    if (number % 53 == 7) {
      return add(Kind::kNotSent, at, {{"statusMessage", "Undeliverable"}});
    }
    REKEY_CHECK(add(Kind::kSent, at,
                    {{"subject", mailing.subject},
                     {"fromName", "The Tea Shop"},
                     {"fromAddress", "shop@example.org"}}));
    if (number % 41 == 3) {
      return add(Kind::kBounce, at + minutes{2},
                 {{"smtpCode", "550"},
                  {"bounceCategory", "Hard bounce"},
                  {"smtpReason", "550 5.1.1 no such user"}});
    }
    if (number % 37 == 5) {
      return add(Kind::kBounce, at + minutes{9},
                 {{"smtpCode", "452"},
                  {"bounceCategory", "Soft bounce"},
                  {"smtpReason", "452 4.2.2 mailbox full"}});
    }
    return read_on(at, number);
  }
  [[nodiscard]] std::int64_t events() const noexcept { return events_; }

 private:
  using Detail = std::vector<std::pair<std::string_view, std::string_view>>;

  base::Status read_on(base::Instant at, std::size_t number) {
    if (number % 9 >= 5) return {};
    REKEY_CHECK(add(Kind::kOpen, at + minutes{7 + 13 * static_cast<int>(number % 11)}, {}));
    if (number % 9 == 0) REKEY_CHECK(add(Kind::kOpen, at + hours{20}, {}));
    if (number % 9 >= 3) return {};
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kLinks{{
        {"1", "https://shop.example.org/"},
        {"2", "https://shop.example.org/tea/green"},
        {"3", "https://shop.example.org/orders"},
    }};
    const auto& [id, url] = kLinks[number % kLinks.size()];
    REKEY_CHECK(add(Kind::kClick, at + minutes{11 + 13 * static_cast<int>(number % 11)},
                    {{"urlId", id}, {"url", url}}));
    if (number % 63 != 0) return {};
    return add(Kind::kUnsub, at + hours{21}, {});
  }

  base::Status add(Kind kind, base::Instant at, const Detail& detail) {
    if (at > now_) return {};  // has not happened yet
    net::JsonWriter json;
    json.begin_object();
    for (const auto& [name, value] : detail) json.member(name, value);
    json.end_object();
    REKEY_TRY(const std::int64_t id,
              record_event(tables_, {business_unit_, kind, mailing_->key, to_->key, to_->email, at,
                                     json.release()}));
    static_cast<void>(id);
    ++events_;
    return {};
  }

  storage::Connection& tables_;
  std::int64_t business_unit_;
  const base::Instant now_;
  const Mailing* mailing_ = nullptr;
  const Recipient* to_ = nullptr;
  std::int64_t events_ = 0;
};

base::Status forget(storage::Connection& tables, std::int64_t business_unit,
                    const Mailing& mailing) {
  return storage::run(tables,
                      "DELETE FROM tracking_events WHERE business_unit = ?1 "
                      "AND send_key = ?2",
                      {business_unit, mailing.key});
}

}  // namespace

base::Result<std::int64_t> seed_tracking(storage::Connection& tables, std::int64_t business_unit,
                                         base::Instant now) {
  REKEY_TRY(const auto recipients, read_recipients(tables, business_unit));
  Story story(tables, business_unit, now);
  constexpr int kNewsletters = 4;
  for (int week = kNewsletters; week >= 1; --week) {
    const Mailing mailing{fmt::format("newsletter-{}", kNewsletters + 1 - week),
                          fmt::format("What is new, issue {}", kNewsletters + 1 - week)};
    REKEY_CHECK(forget(tables, business_unit, mailing));
    for (std::size_t i = 0; i < recipients.size(); ++i) {
      const base::Instant at = now - base::Days{7 * week} + minutes{static_cast<int>(i)};
      REKEY_CHECK(story.tell(mailing, recipients[i], at, i * 3 + static_cast<std::size_t>(week)));
    }
  }
  const Mailing welcome{"welcome", "Welcome"};
  const Mailing order{"order-confirmation", "Your order"};
  REKEY_CHECK(forget(tables, business_unit, welcome));
  REKEY_CHECK(forget(tables, business_unit, order));
  constexpr std::size_t kOrdersEach = 3;
  for (std::size_t i = 0; i < recipients.size(); ++i) {
    const int number = static_cast<int>(i);
    REKEY_CHECK(story.tell(welcome, recipients[i], now - hours{18 * number + 5}, i));
    for (std::size_t n = 0; n < kOrdersEach; ++n) {
      const std::size_t which = n * recipients.size() + i;
      const base::Instant at = now - hours{6 * static_cast<int>(which) + 1} + minutes{1};
      REKEY_CHECK(story.tell(order, recipients[i], at, which));
    }
  }
  return story.events();
}

}  // namespace rekey::engagement::sandbox
