// Marketing Cloud as a rotation sees it: a token endpoint on a real socket, and Setup, where a
// person generates and activates. Its rules are those of the vendor: 5 minutes to settle, one
// staged secret, activation ends the old one at once.
#pragma once

#include <fmt/format.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "net/json.h"
#include "net/server.h"
#include "platform/clock.h"
#include "rotation/drivers/administrator.h"
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
  // Staged in another package of the tenant, and settled.
  std::string generate_in(const std::string& client_id) {
    const std::lock_guard lock(mutex_);
    return others_[client_id] = next_value();
  }
  void disable() {
    const std::lock_guard lock(mutex_);
    is_enabled_ = false;
  }
  void enable() {
    const std::lock_guard lock(mutex_);
    is_enabled_ = true;
  }
  // The next so many requests are refused, whatever they bring.
  void refuse_next(int count) {
    const std::lock_guard lock(mutex_);
    strays_ = count;
  }
  // No token for any business unit that a request names.
  void close_units() {
    const std::lock_guard lock(mutex_);
    has_units_ = false;
  }
  void open_units() {
    const std::lock_guard lock(mutex_);
    has_units_ = true;
  }
  // From now on nobody here knows the package; `description` is the text of every refusal.
  void remove(const std::string& description) {
    const std::lock_guard lock(mutex_);
    is_enabled_ = false;
    description_ = description;
  }
  // Requests with client ids of others answer this from now on.
  void answer_others_with(int status) {
    const std::lock_guard lock(mutex_);
    status_of_others_ = status;
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
  // In order, those of the other packages.
  [[nodiscard]] std::vector<std::string> asked_elsewhere() {
    const std::lock_guard lock(mutex_);
    return asked_elsewhere_;
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

  std::string next_value() { return fmt::format("canary{:q>58}", ++values_); }
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
    const std::string client_id = asked.string_member("client_id").value();
    const std::string value = asked.string_member("client_secret").value();
    const bool is_own = client_id == kClientId;
    if (!is_own) asked_elsewhere_.push_back(client_id);
    const bool is_stray = strays_ > 0 && strays_-- > 0;
    const bool is_good =
        !is_stray && request.path == "/v2/token" && (account == 0 || has_units_) &&
        (is_own ? is_accepted(value) : others_.contains(client_id) && others_[client_id] == value);
    net::JsonWriter body;
    body.begin_object();
    if (is_good) {
      body.member("access_token", "token").member("expires_in", 1079);
    } else {
      body.member("error", "invalid_client").member("error_description", description_);
    }
    body.end_object();
    const int refusal = is_own ? 401 : status_of_others_;
    return {is_good ? 200 : refusal, "application/json", body.release(), {}};
  }

  platform::Clock& clock_;
  std::mutex mutex_;
  std::string active_;
  std::string staged_;
  base::Instant usable_from_{};
  std::map<std::string, std::string> others_;  // what is accepted, by client id
  bool is_enabled_ = true;
  bool has_units_ = true;
  std::string description_ = "Client authentication failed.";
  int status_of_others_ = 401;
  std::vector<std::string> asked_elsewhere_;
  int strays_ = 0;
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
