// An authority of this project as its clients see it, on a real socket in this process: token
// endpoint and the part of the admin API that a rotation needs (docs/admin-api.md). With moods in
// which it fails, and then repeats whatever it was sent.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/json.h"
#include "net/problem.h"
#include "net/server.h"
#include "rotation/drivers/issuer.h"
#include "telemetry/metrics.h"

namespace rekey::rotation::fakes {

class AuthorityFake {
 public:
  enum class Mood {
    kWell,
    kFailing,  // 503, with all that it was sent in every member
    kOdd,      // 401, likewise: what a proxy might answer
  };
  static constexpr std::string_view kClientId = "client";
  static constexpr std::string_view kAdminValue = "canary-admin-value";
  static constexpr std::string_view kActiveValue = "canary-active-value";

  AuthorityFake() {
    secrets_.push_back({"sec_1", "", "active", std::string(kActiveValue), 0});
    auto server = net::Server::start(
        {}, [this](std::size_t) { return std::make_unique<Front>(*this); }, metrics_);
    server_ = std::move(server).value();
    url_ = fmt::format("http://127.0.0.1:{}", server_->port());
  }

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] std::string credential_file() const {
    return fmt::format(R"({{"server":"{}","client_id":"admin","client_secret":"{}"}})", url_,
                       kAdminValue);
  }
  void set_mood(Mood mood) {
    const std::lock_guard lock(mutex_);
    mood_ = mood;
  }
  // Nobody listens any more.
  void go_away() { server_->stop(base::Duration{0}); }
  // A client asks for a token with this secret.
  void use(const std::string& id) {
    const std::lock_guard lock(mutex_);
    ++find(id)->uses;
  }
  [[nodiscard]] int uses() {
    const std::lock_guard lock(mutex_);
    int sum = 0;
    for (const Held& secret : secrets_) sum += secret.uses;
    return sum;
  }

 private:
  struct Held {
    std::string id;
    std::string label;
    std::string state;
    std::string value;
    int uses = 0;
  };
  class Front final : public net::Handler {
   public:
    explicit Front(AuthorityFake& authority) : authority_(authority) {}
    void handle(net::Exchange& exchange) override {
      exchange.respond(authority_.answer(exchange.request()));
    }

   private:
    AuthorityFake& authority_;
  };
  static constexpr std::string_view kNow = "2027-01-02T00:00:00Z";
  static constexpr std::string_view kEnd = "2027-06-30T00:00:00Z";

  static net::Response json(int status, net::JsonWriter& body) {
    return {status, "application/json", body.release(), {}};
  }
  static net::Response refuse(base::Code code, const std::string& why) {
    return net::problem_response({code, why});
  }

  net::Response answer(const net::Request& request) {
    const std::lock_guard lock(mutex_);
    if (mood_ != Mood::kWell) return repeat(request);
    const bool is_post = request.method == net::Method::kPost;
    if (request.path == "/v2/token") return token(request);
    if (request.path == "/v2/userinfo") return userinfo(request);
    if (request.header("authorization") != "Bearer canary-admin-token") {
      return refuse(base::Code::kUnauthenticated, "no admin token");
    }
    const std::string prefix = fmt::format("/api/v1/integrations/{}", kClientId);
    if (!request.path.starts_with(prefix)) return refuse(base::Code::kNotFound, "no such client");
    const std::string_view what = request.path.substr(prefix.size());
    if (what.empty()) return about();
    if (what == "/usage") return usage();
    if (what == "/secrets") return is_post ? stage(request) : list();
    if (what == "/activate") return activate(request);
    if (what == "/undo-activation") return undo_activation(request);
    if (what.starts_with("/secrets/") && what.ends_with("/revoke")) {
      return revoke(std::string(what.substr(9, what.size() - 9 - 7)));
    }
    return refuse(base::Code::kNotFound, "no such route");
  }

  net::Response repeat(const net::Request& request) const {
    const std::string all = std::string(request.body) + std::string(kActiveValue);
    net::JsonWriter body;
    body.begin_object().member("error", all).member("error_description", all);
    body.member("title", all).member("message", all).end_object();
    return json(mood_ == Mood::kFailing ? 503 : 401, body);
  }

  net::Response token(const net::Request& request) {
    const auto asked = net::parse_json(request.body).value();
    const std::string client = asked.string_member("client_id").value();
    const std::string value = asked.string_member("client_secret").value();
    Held* used = nullptr;
    for (Held& secret : secrets_) {
      if (secret.state != "ended" && secret.value == value) used = &secret;
    }
    const bool is_admin = client == "admin" && value == kAdminValue;
    net::JsonWriter body;
    if (!is_admin && (client != kClientId || used == nullptr)) {
      body.begin_object().member("error", "invalid_client").end_object();
      return json(401, body);
    }
    if (!is_admin && request.header("rekey-probe") != "canary-admin-token") ++used->uses;
    body.begin_object().member("access_token", is_admin ? "canary-admin-token" : "token");
    body.member("expires_in", 1079).end_object();
    return json(200, body);
  }

  static net::Response userinfo(const net::Request& request) {
    if (request.header("authorization") != "Bearer token") {
      return refuse(base::Code::kUnauthenticated, "no token");
    }
    net::JsonWriter body;
    body.begin_object().key("organization").begin_object().member("enterprise_id", 500000001);
    body.member("member_id", 500000002).end_object().key("application").begin_object();
    body.member("id", kClientId).end_object().end_object();
    return json(200, body);
  }

  net::Response about() const {
    net::JsonWriter body;
    body.begin_object().key("package").begin_object().member("name", "Order sync");
    body.member("enabled", true).end_object();
    body.key("integration").begin_object().member("client_id", kClientId);
    body.member("auth_base_uri", url_ + "/").end_object();
    body.key("descriptor").begin_object().member("settle_seconds", 0);
    body.member("overlap_seconds", 604800).member("activation_ends_old", false);
    body.member("can_undo_activation", true);
    body.member("live_limit", 3).member("generation_interval_seconds", 0);
    body.member("activation_interval_seconds", 0).end_object().end_object();
    return json(200, body);
  }

  static void put(net::JsonWriter& body, const Held& secret, bool with_value = false) {
    body.begin_object().member("id", secret.id).member("slot", "-").member("label", secret.label);
    body.member("state", secret.state).member("generated_at", kNow).member("usable_from", kNow);
    body.member("expires_at", kEnd).member("ends_at", kEnd);
    if (with_value) body.member("value", secret.value);
    body.end_object();
  }
  net::Response list() const {
    net::JsonWriter body;
    body.begin_object().key("secrets").begin_array();
    for (const Held& secret : secrets_) put(body, secret);
    body.end_array().end_object();
    return json(200, body);
  }
  net::Response usage() const {
    net::JsonWriter body;
    body.begin_object().key("usage").begin_array();
    for (const Held& secret : secrets_) {
      if (secret.uses == 0) continue;
      body.begin_object().member("secret_id", secret.id).key("caller").begin_object();
      body.member("network", "10.0.0.1").member("user_agent", "shop/1").member("slot", "-");
      body.end_object().member("first_seen", kNow).member("last_seen", kNow);
      body.member("count", secret.uses).end_object();
    }
    body.end_array().member("complete_since", "2027-01-01T00:00:00Z").member("as_of", kNow);
    body.end_object();
    return json(200, body);
  }

  net::Response stage(const net::Request& request) {
    const auto asked = net::parse_json(request.body).value();
    const bool is_careful = asked.boolean_member_or("if_vacant", false).value();
    for (Held& secret : secrets_) {
      if (secret.state != "staged") continue;
      if (is_careful) return refuse(base::Code::kRefused, secret.id + " is staged");
      secret.state = "ended";
    }
    const std::size_t number = secrets_.size() + 1;
    secrets_.push_back({fmt::format("sec_{}", number), asked.string_member("label").value(),
                        "staged", fmt::format("canary-value-{}", number), 0});
    net::JsonWriter body;
    body.begin_object().key("secret");
    put(body, secrets_.back(), true);
    body.end_object();
    return json(201, body);
  }
  net::Response activate(const net::Request& request) {
    Held* wanted = find(net::parse_json(request.body).value().string_member("secret_id").value());
    if (wanted == nullptr || wanted->state != "staged") {
      return refuse(base::Code::kConflict, "that one is not what is staged");
    }
    Held* old = nullptr;
    for (Held& secret : secrets_) {
      if (secret.state == "active") old = &secret;
    }
    wanted->state = "active";
    net::JsonWriter body;
    body.begin_object().key("secret");
    put(body, *wanted);
    body.key("superseded");
    if (old == nullptr) {
      body.null();
    } else {
      old->state = "superseded";
      put(body, *old);
    }
    body.end_object();
    return json(200, body);
  }
  net::Response undo_activation(const net::Request& request) {
    Held* wanted = find(net::parse_json(request.body).value().string_member("secret_id").value());
    if (wanted == nullptr || wanted->state != "active") {
      return refuse(base::Code::kConflict, "that one is not what is active");
    }
    for (Held& old : secrets_) {
      if (old.state != "superseded") continue;
      old.state = "active";
      wanted->state = "staged";
      net::JsonWriter body;
      body.begin_object().key("secret");
      put(body, *wanted);
      body.key("restored");
      put(body, old);
      body.end_object();
      return json(200, body);
    }
    return refuse(base::Code::kRefused, "the overlap is over");
  }
  net::Response revoke(const std::string& id) {
    Held* secret = find(id);
    if (secret == nullptr) return refuse(base::Code::kNotFound, "no such secret");
    if (secret->state == "ended") return refuse(base::Code::kRefused, "it has ended");
    secret->state = "ended";
    net::JsonWriter body;
    body.begin_object().key("secret");
    put(body, *secret);
    body.end_object();
    return json(200, body);
  }

  Held* find(const std::string& id) {
    for (Held& secret : secrets_) {
      if (secret.id == id) return &secret;
    }
    return nullptr;
  }

  std::mutex mutex_;
  Mood mood_ = Mood::kWell;
  std::vector<Held> secrets_;
  std::string url_;
  telemetry::Metrics metrics_;
  std::unique_ptr<net::Server> server_;
};

}  // namespace rekey::rotation::fakes
