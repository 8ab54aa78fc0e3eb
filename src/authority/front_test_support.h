// For tests: an exchange without a socket, and an authority's front with one package in it.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "authority/front_door.h"
#include "authority/router.h"
#include "base/assert.h"
#include "base/text.h"
#include "base/time.h"
#include "credential/secret_format.h"
#include "crypto/fingerprint_key.h"
#include "crypto/random.h"
#include "crypto/root_key.h"
#include "net/json.h"
#include "net/server.h"

namespace rekey::authority {

// Keeps the reply; allocates nothing for replies of usual size.
class FakeExchange final : public net::Exchange {
 public:
  FakeExchange(net::Method method, std::string_view target, std::string_view body = {},
               std::vector<net::HeaderView> headers = {})
      : body_(std::string(body) + std::string(64, '\0')),
        headers_(std::move(headers)),
        target_(target) {
    const std::string_view view = target_;
    const std::size_t question = view.find('?');
    request_.method = method;
    request_.target = view;
    request_.path = view.substr(0, question);
    if (question != std::string_view::npos) request_.query = view.substr(question + 1);
    request_.headers = headers_;
    request_.body = std::string_view(body_).substr(0, body.size());
    request_.peer = *net::parse_address("192.0.2.7");
    reply_body.reserve(32 * 1024);
    reply_headers.reserve(4 * 1024);
    content_type.reserve(128);
  }
  FakeExchange(const FakeExchange&) = delete;
  FakeExchange& operator=(const FakeExchange&) = delete;

  [[nodiscard]] const net::Request& request() const noexcept override { return request_; }
  void respond(int reply_status, std::string_view reply_type, std::string_view text,
               std::span<const net::HeaderView> extra_headers) override {
    ++replies;
    status = reply_status;
    content_type.assign(reply_type);
    reply_body.assign(text);
    reply_headers.clear();
    for (const net::HeaderView& header : extra_headers) {
      reply_headers.append(header.name).append(": ").append(header.value).append("\n");
    }
  }
  using net::Exchange::respond;
  [[nodiscard]] net::Later later() override { std::abort(); }

  void set_peer(const net::PeerAddress& peer) { request_.peer = peer; }
  [[nodiscard]] net::JsonValue json() const {
    auto value = net::parse_json(reply_body);
    return value ? *std::move(value) : net::JsonValue{};
  }
  [[nodiscard]] std::string text_member(std::string_view name) const {
    return json().string_member(name).value_or("(none)");
  }

  int replies = 0;
  int status = 0;
  std::string content_type;
  std::string reply_body;
  std::string reply_headers;  // one a line

 private:
  std::string body_;
  std::vector<net::HeaderView> headers_;
  std::string target_;
  net::Request request_;
};

// Revokes at once, and keeps nothing.
class FakeRevoker final : public TokenRevoker {
 public:
  explicit FakeRevoker(RevokedTokens& tokens) : tokens_(tokens) {}
  void revoke(const TokenId& id, base::Instant ends_at, std::string, Done done) override {
    tokens_.add(id, ends_at);
    done({});
  }

 private:
  RevokedTokens& tokens_;
};

class FakeAdmin final : public AdminHandler {
 public:
  void handle(net::Exchange& exchange, std::string_view path, const TokenClaims* caller) override {
    last_path = path;
    had_caller = caller != nullptr;
    exchange.respond(200, "application/json", "{}", {});
  }
  std::string last_path;
  bool had_caller = false;
};

inline base::Secret new_secret_value() {
  auto value = credential::make_secret({}, crypto::random_bytes(192));
  REKEY_ASSERT(value.has_value());
  return *std::move(value);
}

inline constexpr std::string_view kTestTenant = "mcexampletenant0000000000001";
inline constexpr std::string_view kTestClient = "abcdefgh0123456789ijklmn";

// A front whose parts tests reach into. One package, "Order sync", with one active secret.
struct TestFront {
  static FrontSettings settings() {
    FrontSettings settings;
    settings.public_url = "http://127.0.0.1:8420";
    settings.tenant_name = kTestTenant;
    settings.tenant_id.value = 1;
    settings.enterprise_id.value = 500000001;
    return settings;
  }
  static std::unique_ptr<const credential::ScopeRegistry> known_registry() {
    auto registry = std::make_unique<credential::ScopeRegistry>();
    for (const std::string_view name : credential::known_scopes()) {
      REKEY_ASSERT(registry->append(name).has_value());
    }
    return registry;
  }

  explicit TestFront(FrontSettings chosen = settings())
      : root_key(crypto::RootKey::generate()),
        fingerprinter(root_key),
        clock(*base::parse_instant("2026-11-24T12:00:00Z")),
        directory(epochs),
        scopes(epochs, known_registry()),
        refusals(clock.now()),
        token_keys(chosen.token_lifetime),
        audiences(epochs, std::make_unique<const AudienceTable>()),
        value(new_secret_value()),
        door{std::move(chosen), clock,     root_key,     epochs,
             directory,         scopes,    usage,        refusals,
             token_keys,        audiences, signing_keys, revoked_tokens,
             revoker,           metrics,   readiness,    admin} {
    add_token_key();
    add_signing_key();
    integration.id.value = 12;
    integration.package_id.value = 3;
    integration.tenant_id.value = 1;
    integration.client_id.value = kTestClient;
    integration.package.name = "Order sync";
    integration.scopes = {"email_send", "data_extensions_read", "data_extensions_write"};
    integration.home_business_unit.value = 500000002;
    integration.business_units = {{500000002}, {500000003}};
    integration.secrets.push_back(secret_of(17, value));
    publish();
    router = make_router_factory(door)(0);
  }

  void add_token_key() {
    ++keys_made;
    token_keys.add_key(
        {keys_made, base::Secret(base::text_of(crypto::random_bytes(32))), keys_made, clock.now()},
        clock.now());
  }

  // One that signs at once.
  void add_signing_key(crypto::JwsAlgorithm algorithm = crypto::JwsAlgorithm::kEs256) {
    crypto::JwsKey key = crypto::JwsKey::generate(algorithm);
    signing_plan.push_back({key.thumbprint(), algorithm, clock.now(), clock.now(), {}});
    signing_keys.hold(std::move(key));
    signing_keys.publish(signing_plan);
  }

  void declare(std::vector<Audience> declared) {
    audiences.publish(std::make_unique<const AudienceTable>(declared));
  }

  credential::ClientSecret secret_of(std::int64_t id, const base::Secret& of) {
    credential::ClientSecret secret;
    secret.id.value = id;
    secret.slot = credential::default_slot();
    secret.fingerprint = fingerprinter(of.reveal());
    secret.phase = credential::Phase::kActive;
    secret.generated_at = clock.now();
    secret.usable_from = clock.now();
    secret.expires_at = clock.now() + base::Days{180};
    secret.dormancy = base::Days{90};
    return secret;
  }

  void publish() {
    directory.publish(make_record(integration, policy, scopes.load(), texts, usage));
  }

  std::string body_with(std::string_view secret, std::string_view more = {}) const {
    std::string body = R"({"grant_type":"client_credentials","client_id":")";
    body.append(kTestClient).append(R"(","client_secret":")").append(secret).append("\"");
    return body.append(more).append("}");
  }

  void ask(FakeExchange& exchange) { router->handle(exchange); }

  // POST /v2/token in JSON with the package's secret; `more` is appended to the members.
  std::unique_ptr<FakeExchange> ask_token(std::string_view more = {},
                                          std::vector<net::HeaderView> headers = {}) {
    headers.push_back({"Content-Type", "application/json"});
    headers.push_back({"User-Agent", "tests/1"});
    auto exchange = std::make_unique<FakeExchange>(net::Method::kPost, "/v2/token",
                                                   body_with(value.reveal(), more), headers);
    ask(*exchange);
    return exchange;
  }
  std::string token() { return ask_token()->text_member("access_token"); }

  std::unique_ptr<FakeExchange> get(std::string_view target, const std::string& bearer = {}) {
    const std::string header = "Bearer " + bearer;
    std::vector<net::HeaderView> headers;
    if (!bearer.empty()) headers.push_back({"Authorization", header});
    auto exchange = std::make_unique<FakeExchange>(net::Method::kGet, target, "", headers);
    ask(*exchange);
    return exchange;
  }

  crypto::RootKey root_key;
  crypto::Fingerprinter fingerprinter;
  platform::SetClock clock;
  EpochDomain epochs;
  Directory directory;
  EpochPointer<credential::ScopeRegistry> scopes;
  UsageMeter usage;
  RefusalCounter refusals;
  TokenKeys token_keys;
  EpochPointer<AudienceTable> audiences;
  SigningKeyList signing_plan;
  SigningKeys signing_keys;
  RevokedTokens revoked_tokens;
  FakeRevoker revoker{revoked_tokens};
  telemetry::Metrics metrics;
  Readiness readiness;
  FakeAdmin admin;
  ScopeTexts texts;
  credential::Policy policy;
  credential::Integration integration;
  base::Secret value;
  std::uint32_t keys_made = 0;
  FrontDoor door;
  std::unique_ptr<net::Handler> router;
};

}  // namespace rekey::authority
