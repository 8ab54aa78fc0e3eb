// Marketing Cloud as a rotation sees it: a token endpoint on a real socket, and Setup, where a
// person generates and activates. Its rules are those of the vendor: 5 minutes to settle, one
// staged secret, activation ends the old one at once.
#pragma once

#include <fmt/format.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "net/json.h"
#include "net/server.h"
#include "platform/clock.h"
#include "rotation/administrator.h"
#include "telemetry/metrics.h"

namespace rekey::rotation::fakes {

class SetupFake {
 public:
  static constexpr std::string_view kClientId = "abcdefghijklmnopqrstuvwx";

  explicit SetupFake(platform::Clock& clock) : clock_(clock) {
    active_ = next_value();
    auto server = net::Server::start(
        {}, [this](std::size_t) { return std::make_unique<Front>(*this); }, metrics_);
    server_ = std::move(server).value();
  }
  [[nodiscard]] std::string url() const {
    return fmt::format("http://127.0.0.1:{}/", server_->port());
  }

  std::string generate() {
    const std::lock_guard lock(mutex_);
    staged_ = next_value();
    usable_from_ = clock_.now() + std::chrono::minutes{5};
    return staged_;
  }
  void activate() {
    const std::lock_guard lock(mutex_);
    active_ = std::exchange(staged_, {});
  }
  // Of another package: nobody here accepts it.
  std::string value_of_another_package() {
    const std::lock_guard lock(mutex_);
    return next_value();
  }
  void disable() {
    const std::lock_guard lock(mutex_);
    is_enabled_ = false;
  }
  [[nodiscard]] std::string active() {
    const std::lock_guard lock(mutex_);
    return active_;
  }
  [[nodiscard]] bool accepts(std::string_view value) {
    const std::lock_guard lock(mutex_);
    return is_accepted(value);
  }
  [[nodiscard]] int asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  [[nodiscard]] std::string last_account() {
    const std::lock_guard lock(mutex_);
    return last_account_;
  }

 private:
  class Front final : public net::Handler {
   public:
    explicit Front(SetupFake& setup) : setup_(setup) {}
    void handle(net::Exchange& exchange) override {
      exchange.respond(setup_.answer(exchange.request()));
    }

   private:
    SetupFake& setup_;
  };

  std::string next_value() { return fmt::format("canary{:0>58}", ++values_); }
  [[nodiscard]] bool is_accepted(std::string_view value) const {
    if (!is_enabled_ || value.empty()) return false;
    return value == active_ || (value == staged_ && clock_.now() >= usable_from_);
  }
  net::Response answer(const net::Request& request) {
    const std::lock_guard lock(mutex_);
    ++asked_;
    const auto asked = net::parse_json(request.body).value();
    const auto account = asked.integer_member_or("account_id", 0).value();
    last_account_ = account == 0 ? "" : std::to_string(account);
    const bool is_good = request.path == "/v2/token" &&
                         asked.string_member("client_id").value() == kClientId &&
                         is_accepted(asked.string_member("client_secret").value());
    net::JsonWriter body;
    body.begin_object();
    if (is_good) {
      body.member("access_token", "token").member("expires_in", 1079);
    } else {
      body.member("error", "invalid_client");
    }
    body.end_object();
    return {is_good ? 200 : 401, "application/json", body.release(), {}};
  }

  platform::Clock& clock_;
  std::mutex mutex_;
  std::string active_;
  std::string staged_;
  base::Instant usable_from_{};
  bool is_enabled_ = true;
  int values_ = 0;
  int asked_ = 0;
  std::string last_account_;
  telemetry::Metrics metrics_;
  std::unique_ptr<net::Server> server_;
};

// Does in turn what a test has written down. Nothing left: nobody is there.
class ScriptedAdministrator final : public Administrator {
 public:
  std::deque<std::function<std::string()>> values;  // what is brought, one after the other
  std::deque<std::function<void()>> acts;           // for cards whose task is done elsewhere
  std::vector<Card> cards;
  std::vector<ValueRequest> requests;
  std::vector<std::string> refusals;

  base::Result<base::Secret> take_value(const ValueRequest& request) override {
    cards.push_back(request.card);
    requests.push_back(request);
    while (!values.empty()) {
      base::Secret value(values.front()());
      values.pop_front();
      const base::Status verdict = request.check(value);
      if (verdict) return value;
      refusals.push_back(verdict.error().detail);
    }
    return base::fail(base::Code::kNeedsPerson, "nobody is there to generate");
  }
  base::Status show(const Card& card) override {
    cards.push_back(card);
    if (acts.empty()) return base::fail(base::Code::kNeedsPerson, "nobody is there to activate");
    acts.front()();
    acts.pop_front();
    return {};
  }
};

}  // namespace rekey::rotation::fakes
