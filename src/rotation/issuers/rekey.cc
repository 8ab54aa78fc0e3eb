#include "rotation/issuers/rekey.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "net/json.h"
#include "net/loopback.h"
#include "net/problem.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Duration;
using base::Instant;
using base::Secret;
using net::ClientRequest;
using net::ClientResponse;
using net::JsonValue;
using net::JsonWriter;
using net::Method;

constexpr std::int64_t kCredentialLimitBytes = 64 * 1024;
// A token that ends within this time is not begun with.
constexpr Duration kTokenMargin = std::chrono::seconds{30};

// A string of a document that the caller owns and that is not const, wiped after it was copied.
Secret take_secret(const JsonValue& document, std::string_view name) {
  const JsonValue* member = document.find(name);
  if (member == nullptr || member->kind() != JsonValue::Kind::kString) return {};
  const std::string_view text = *member->as_string();
  Secret secret(text);
  base::wipe(const_cast<char*>(text.data()), text.size());
  return secret;
}

base::Result<Instant> instant_of(const JsonValue& object, std::string_view name) {
  REKEY_TRY(const std::string text, object.string_member(name));
  return base::parse_instant(text);
}

base::Result<std::optional<Instant>> optional_instant_of(const JsonValue& object,
                                                         std::string_view name) {
  const JsonValue* found = object.find(name);
  if (found == nullptr || found->is_null()) return std::nullopt;
  REKEY_TRY(const Instant at, instant_of(object, name));
  return at;
}

base::Result<const JsonValue*> member_of(const JsonValue& object, std::string_view name) {
  const JsonValue* found = object.find(name);
  if (found == nullptr) {
    return base::fail(Code::kCorrupt, fmt::format("the authority's reply lacks {}", name));
  }
  return found;
}

SecretState state_of(std::string_view name) {
  for (const SecretState state : {SecretState::kSettling, SecretState::kStaged,
                                  SecretState::kActive, SecretState::kSuperseded}) {
    if (name_of(state) == name) return state;
  }
  return SecretState::kEnded;
}

base::Result<IssuedSecret> read_secret(const JsonValue& object) {
  IssuedSecret secret;
  REKEY_TRY(secret.id, object.string_member("id"));
  REKEY_TRY(secret.slot, object.string_member("slot"));
  REKEY_TRY(secret.label, object.string_member_or("label", ""));
  if (object.find("prefix") != nullptr) {
    REKEY_TRY(secret.shown_prefix, object.string_member("prefix"));
  }
  REKEY_TRY(const std::string state, object.string_member("state"));
  secret.state = state_of(state);
  REKEY_TRY(secret.generated_at, instant_of(object, "generated_at"));
  REKEY_TRY(secret.usable_from, instant_of(object, "usable_from"));
  REKEY_TRY(secret.expires_at, instant_of(object, "expires_at"));
  REKEY_TRY(const std::optional<Instant> ends_at, optional_instant_of(object, "ends_at"));
  secret.ends_at = ends_at.value_or(secret.expires_at);
  if (secret.state == SecretState::kActive && secret.ends_at < secret.expires_at) {
    // An active one that ends before its expiry does so for want of use: each use moves that.
    secret.dormant_at = std::exchange(secret.ends_at, secret.expires_at);
  }
  REKEY_TRY(secret.activated_at, optional_instant_of(object, "activated_at"));
  return secret;
}

base::Result<UsageRow> read_usage_row(const JsonValue& object) {
  UsageRow row;
  REKEY_TRY(row.secret_id, object.string_member("secret_id"));
  REKEY_TRY(const JsonValue* caller, member_of(object, "caller"));
  REKEY_TRY(row.caller.is_other, caller->boolean_member_or("other", false));
  REKEY_TRY(row.caller.network, caller->string_member_or("network", ""));
  REKEY_TRY(row.caller.user_agent, caller->string_member_or("user_agent", ""));
  REKEY_TRY(row.caller.slot, caller->string_member_or("slot", ""));
  REKEY_TRY(row.first_seen, instant_of(object, "first_seen"));
  REKEY_TRY(row.last_seen, instant_of(object, "last_seen"));
  REKEY_TRY(row.count, object.integer_member("count"));
  return row;
}

std::string without_trailing_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

base::Status check_server(const std::string& url, std::string_view what) {
  if (net::may_carry_secrets(url)) return {};
  return base::fail(Code::kInvalidArgument,
                    fmt::format("{} carries secrets, so it begins with https:// (http:// only on "
                                "this machine); write it as https://rekey.example",
                                what));
}

class RekeyIssuer final : public Issuer {
 public:
  RekeyIssuer(Transport transport, const DriverSpec& spec, std::string client_id,
              const DriverParts& parts)
      : transport_(std::move(transport)),
        server_(without_trailing_slash(spec.text("server"))),
        credential_path_(spec.text("credential")),
        client_id_(std::move(client_id)),
        clock_(parts.clock),
        files_(parts.files) {}

  [[nodiscard]] std::optional<Duration> token_life() override { return token_life_; }
  [[nodiscard]] base::Result<Descriptor> describe() override {
    REKEY_TRY(const JsonValue reply, get(""));
    REKEY_TRY(const JsonValue* object, member_of(reply, "descriptor"));
    const auto seconds = [&](std::string_view name) -> base::Result<Duration> {
      REKEY_TRY(const std::int64_t count, object->integer_member(name));
      return std::chrono::seconds{count};
    };
    Descriptor descriptor;
    REKEY_TRY(descriptor.settle, seconds("settle_seconds"));
    REKEY_TRY(const JsonValue* overlap, member_of(*object, "overlap_seconds"));
    if (!overlap->is_null()) {
      REKEY_TRY(descriptor.overlap, seconds("overlap_seconds"));
    }
    REKEY_TRY(descriptor.activation_ends_old,
              object->boolean_member_or("activation_ends_old", false));
    REKEY_TRY(descriptor.can_undo_activation,
              object->boolean_member_or("can_undo_activation", false));
    REKEY_TRY(const std::int64_t limit, object->integer_member("live_limit"));
    descriptor.live_limit = static_cast<int>(limit);
    REKEY_TRY(descriptor.generation_interval, seconds("generation_interval_seconds"));
    REKEY_TRY(descriptor.activation_interval, seconds("activation_interval_seconds"));
    return descriptor;
  }

  [[nodiscard]] base::Result<IntegrationFacts> integration() override {
    auto known = get("");
    // No file and no address that may come back: the plan is for a client that is not there.
    if (!known && known.error().code == Code::kNotFound) {
      return base::fail(Code::kRefused,
                        fmt::format("{} knows no client id {} ({}); correct client_id in the "
                                    "inventory, or name the server that issued it",
                                    server_, client_id_, known.error().detail));
    }
    REKEY_TRY(const JsonValue reply, std::move(known));
    REKEY_TRY(const JsonValue* package, member_of(reply, "package"));
    REKEY_TRY(const JsonValue* integration, member_of(reply, "integration"));
    IntegrationFacts facts;
    REKEY_TRY(facts.client_id, integration->string_member("client_id"));
    REKEY_TRY(facts.auth_base_uri, integration->string_member("auth_base_uri"));
    REKEY_TRY(facts.package_name, package->string_member("name"));
    REKEY_TRY(facts.is_enabled, package->boolean_member_or("enabled", true));
    REKEY_TRY(const bool is_admin, package->boolean_member_or("admin", false));
    facts.is_engines_own = is_admin || facts.client_id == own_client_id_;
    return facts;
  }

  [[nodiscard]] base::Result<std::vector<IssuedSecret>> list_secrets() override {
    REKEY_TRY(const JsonValue reply, get("/secrets"));
    REKEY_TRY(const JsonValue* list, member_of(reply, "secrets"));
    std::vector<IssuedSecret> secrets;
    for (const JsonValue& item : list->items()) {
      REKEY_TRY(IssuedSecret secret, read_secret(item));
      secrets.push_back(std::move(secret));
    }
    return secrets;
  }

  [[nodiscard]] base::Result<UsageReport> usage() override {
    REKEY_TRY(const JsonValue reply, get("/usage"));
    UsageReport report;
    REKEY_TRY(const JsonValue* list, member_of(reply, "usage"));
    for (const JsonValue& item : list->items()) {
      REKEY_TRY(UsageRow row, read_usage_row(item));
      report.rows.push_back(std::move(row));
    }
    REKEY_TRY(report.complete_since, instant_of(reply, "complete_since"));
    REKEY_TRY(report.as_of, instant_of(reply, "as_of"));
    return report;
  }

  [[nodiscard]] base::Result<std::vector<std::pair<std::string, std::string>>> own_request_headers()
      override {
    REKEY_TRY(const std::string token, token_now());
    return std::vector<std::pair<std::string, std::string>>{{"Rekey-Probe", token}};
  }

  [[nodiscard]] base::Result<StagedSecret> stage(
      const std::string& slot, const std::string& label,
      const std::optional<std::string>& replaces) override {
    // Given up by name and then staged only where vacant, so that nobody else's can be replaced.
    if (replaces) REKEY_CHECK(give_up(*replaces, label));
    JsonWriter body;
    body.begin_object().member("slot", slot).member("label", label);
    body.member("if_vacant", true).end_object();
    REKEY_TRY(JsonValue reply, post("/secrets", Secret::take(body.release())));
    REKEY_TRY(const JsonValue* secret, member_of(reply, "secret"));
    StagedSecret staged;
    staged.value = take_secret(*secret, "value");
    if (staged.value.is_empty()) {
      return base::fail(Code::kCorrupt, "the authority staged a secret and did not show its value");
    }
    REKEY_TRY(staged.id, secret->string_member("id"));
    REKEY_TRY(staged.usable_from, instant_of(*secret, "usable_from"));
    REKEY_TRY(staged.expires_at, instant_of(*secret, "expires_at"));
    return staged;
  }

  [[nodiscard]] base::Result<Activation> activate(const std::string& slot,
                                                  const std::string& secret_id, bool has_evidence,
                                                  const std::string& reason) override {
    JsonWriter body;
    body.begin_object().member("slot", slot).member("secret_id", secret_id);
    // The authority asks who used the old secret in its own, longer window; the evidence is finer.
    if (has_evidence) body.member("force", true).member("reason", reason);
    body.end_object();
    const auto reply = post("/activate", Secret::take(body.release()));
    if (!reply && reply.error().code == Code::kConflict) {
      return find_activation(slot, secret_id, reply.error());
    }
    if (!reply) return tl::unexpected(reply.error());
    Activation activation{secret_id, std::nullopt, std::nullopt};
    const JsonValue* superseded = reply->find("superseded");
    if (superseded == nullptr || superseded->is_null()) return activation;
    REKEY_TRY(const IssuedSecret old, read_secret(*superseded));
    if (old.state == SecretState::kSuperseded) {
      activation.superseded_id = old.id;
      activation.old_ends_at = old.ends_at;
    }
    return activation;
  }

  [[nodiscard]] base::Status undo_activation(const std::string& slot, const std::string& secret_id,
                                             const std::string& reason) override {
    JsonWriter body;
    body.begin_object().member("slot", slot).member("secret_id", secret_id);
    body.member("reason", reason).end_object();
    const auto reply = post("/undo-activation", Secret::take(body.release()));
    if (reply) return {};
    if (reply.error().code != Code::kConflict) return tl::unexpected(reply.error());
    // It may have been done before, and the answer lost.
    REKEY_TRY(const std::vector<IssuedSecret> secrets, list_secrets());
    const auto is_there = [&](const IssuedSecret& secret) {
      return secret.id == secret_id && secret.state == SecretState::kStaged;
    };
    const auto has_active = [&](const IssuedSecret& secret) {
      return secret.slot == slot && secret.state == SecretState::kActive;
    };
    const bool is_undone = std::any_of(secrets.begin(), secrets.end(), is_there) &&
                           std::any_of(secrets.begin(), secrets.end(), has_active);
    return is_undone ? base::Status{} : tl::unexpected(reply.error());
  }

  [[nodiscard]] base::Status revoke(const std::string& secret_id,
                                    const std::string& reason) override {
    JsonWriter body;
    body.begin_object().member("reason", reason).end_object();
    const auto reply =
        post(fmt::format("/secrets/{}/revoke", secret_id), Secret::take(body.release()));
    if (reply) return {};
    REKEY_TRY(const std::vector<IssuedSecret> secrets, list_secrets());
    for (const IssuedSecret& secret : secrets) {
      if (secret.id == secret_id && secret.state == SecretState::kEnded) return {};
    }
    return tl::unexpected(reply.error());
  }

 private:
  // Ends a staged secret of this run. What is in use by now, or is somebody else's, is not touched.
  [[nodiscard]] base::Status give_up(const std::string& secret_id, const std::string& label) {
    REKEY_TRY(const std::vector<IssuedSecret> secrets, list_secrets());
    for (const IssuedSecret& secret : secrets) {
      if (secret.id != secret_id || secret.state == SecretState::kEnded) continue;
      const bool is_staged =
          secret.state == SecretState::kStaged || secret.state == SecretState::kSettling;
      if (is_staged && secret.label == label) {
        return revoke(secret_id, "its value was lost before it could be stored; run " + label);
      }
      return base::fail(
          Code::kConflict,
          fmt::format(
              "{} was to be given up and is {} under the label \"{}\": somebody has taken it "
              "over; nothing was changed",
              secret_id, name_of(secret.state), secret.label));
    }
    return {};
  }

  // An activation that took place before, or why it could not.
  [[nodiscard]] base::Result<Activation> find_activation(const std::string& slot,
                                                         const std::string& secret_id,
                                                         const base::Error& refusal) {
    REKEY_TRY(const std::vector<IssuedSecret> secrets, list_secrets());
    Activation activation{secret_id, std::nullopt, std::nullopt};
    bool is_active = false;
    for (const IssuedSecret& secret : secrets) {
      if (secret.id == secret_id) is_active = secret.state == SecretState::kActive;
      if (secret.slot != slot || secret.state != SecretState::kSuperseded) continue;
      activation.superseded_id = secret.id;
      activation.old_ends_at = secret.ends_at;
    }
    if (!is_active) return tl::unexpected(refusal);
    return activation;
  }

  [[nodiscard]] base::Result<JsonValue> get(const std::string& what) {
    return call(Method::kGet, what, Secret());
  }
  [[nodiscard]] base::Result<JsonValue> post(const std::string& what, const Secret& body) {
    return call(Method::kPost, what, body);
  }

  // One call about the integration. A token that is not accepted is renewed once, from the file.
  [[nodiscard]] base::Result<JsonValue> call(Method method, const std::string& what,
                                             const Secret& body) {
    REKEY_TRY(ClientResponse response, call_once(method, what, body));
    if (response.status == 401) {
      token_.clear();
      REKEY_TRY(response, call_once(method, what, body));
    }
    if (response.status >= 300) {
      return tl::unexpected(net::error_from_problem(response.status, response.body.reveal()));
    }
    return net::parse_json(response.body.reveal());
  }

  [[nodiscard]] base::Result<ClientResponse> call_once(Method method, const std::string& what,
                                                       const Secret& body) {
    ClientRequest request;
    REKEY_TRY(request.bearer_token, token_now());
    request.method = method;
    request.url = fmt::format("{}/api/v1/integrations/{}{}", server_, client_id_, what);
    request.body = body.clone();
    if (method == Method::kPost) request.headers.emplace_back("Content-Type", "application/json");
    return transport_(request);
  }

  // A file that is away is as an authority that is: somebody brings it back, and it goes on.
  [[nodiscard]] base::Result<Secret> read_credential() {
    auto file = files_.read(credential_path_, kCredentialLimitBytes);
    if (file) return file;
    base::Error error = file.error();
    if (error.code == Code::kNotFound || error.code == Code::kIo) error.code = Code::kUnavailable;
    error.detail +=
        "; put the authority's credential file there, or mend the credential of the issuer in the "
        "inventory";
    return tl::unexpected(std::move(error));
  }

  [[nodiscard]] base::Result<std::string> token_now() {
    if (!token_.empty() && clock_.now() + kTokenMargin < token_ends_at_) return token_;
    REKEY_TRY(const Secret file, read_credential());
    auto credential = net::parse_json(file.reveal());
    if (!credential) {
      return base::fail(Code::kInvalidArgument,
                        fmt::format("{} is not a credential file", credential_path_));
    }
    const Secret value = take_secret(*credential, "client_secret");
    REKEY_TRY(own_client_id_, credential->string_member("client_id"));
    if (server_.empty()) {
      REKEY_TRY(const std::string server, credential->string_member("server"));
      REKEY_CHECK(check_server(server, "server of " + credential_path_));
      server_ = without_trailing_slash(server);
    }
    return request_token(value);
  }

  [[nodiscard]] base::Result<std::string> request_token(const Secret& value) {
    JsonWriter body;
    body.begin_object().member("grant_type", "client_credentials");
    body.member("client_id", own_client_id_).member_revealing("client_secret", value).end_object();
    ClientRequest request;
    request.method = Method::kPost;
    request.url = server_ + "/v2/token";
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = Secret::take(body.release());
    const Instant asked_at = clock_.now();
    REKEY_TRY(const ClientResponse response, transport_(request));
    if (response.status != 200) {
      return base::fail(
          response.status >= 500 ? Code::kUnavailable : Code::kUnauthenticated,
          fmt::format("{} refused the credential of {} (status {}); `rekey admin rotate` "
                      "renews it, `rekey admin recover` replaces it",
                      server_, credential_path_, response.status));
    }
    REKEY_TRY(const JsonValue reply, net::parse_json(response.body.reveal()));
    REKEY_TRY(token_, reply.string_member("access_token"));
    REKEY_TRY(const std::int64_t lifetime, reply.integer_member("expires_in"));
    token_life_ = std::chrono::seconds{lifetime};
    token_ends_at_ = asked_at + *token_life_;
    return token_;
  }

  Transport transport_;
  std::string server_;
  std::string credential_path_;
  std::string client_id_;
  platform::Clock& clock_;
  platform::Files& files_;
  std::string own_client_id_;
  std::string token_;
  Instant token_ends_at_{};
  std::optional<Duration>
      token_life_{};  // of the engine's own: one setting of the server's for all
};

std::string location_of(const DriverSpec& spec) {
  const std::string* server = spec.find("server");
  return server == nullptr ? "the authority of " + spec.text("credential") : *server;
}

base::Status complete(DriverSpec& spec) {
  const std::string* server = spec.find("server");
  return server == nullptr ? base::Status{} : check_server(*server, "server");
}

base::Result<std::unique_ptr<Issuer>> make_rekey_issuer(const DriverSpec& spec,
                                                        const IssuerTask& task,
                                                        const DriverParts& parts) {
  auto client = std::make_shared<net::Client>("rekey-rotation/" REKEY_VERSION);
  return make_rekey_issuer_over(
      [client](const ClientRequest& request) { return client->send(request); }, spec,
      task.client_id, parts);
}

}  // namespace

std::unique_ptr<Issuer> make_rekey_issuer_over(Transport transport, const DriverSpec& spec,
                                               const std::string& client_id,
                                               const DriverParts& parts) {
  return std::make_unique<RekeyIssuer>(std::move(transport), spec, client_id, parts);
}

IssuerKind rekey_issuer() {
  const KeySpec credential{"credential", KeyType::kPath, true,
                           "the file with the credential that the engine works with"};
  const KeySpec server{"server", KeyType::kText, false,
                       "URL of the authority; else the credential file's"};
  IssuerKind kind{
      {"rekey", {credential, server}, complete, location_of}, "token", make_rekey_issuer};
  // The policy profile `standard`.
  Descriptor& rules = kind.usual_rules.emplace();
  rules.overlap = base::Days{7};
  rules.live_limit = 3;
  return kind;
}

}  // namespace rekey::rotation
