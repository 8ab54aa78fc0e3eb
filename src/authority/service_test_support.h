// A whole authority behind a real server on a loopback port, over a temporary folder and a set
// clock.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "authority/admin_secret.h"
#include "authority/authority.h"
#include "authority/router.h"
#include "net/client.h"
#include "net/http_date.h"
#include "net/json.h"
#include "platform/temp_folder.h"

namespace rekey::authority {

struct Answer {
  int status = 0;
  net::JsonValue json;
  std::string text;

  // "secret.value", "secrets.0.state": the text there; empty where there is none.
  [[nodiscard]] std::string at(std::string_view path) const {
    const net::JsonValue* value = &json;
    while (value != nullptr && !path.empty()) {
      const std::size_t dot = std::min(path.find('.'), path.size());
      const std::string_view name = path.substr(0, dot);
      path.remove_prefix(std::min(dot + 1, path.size()));
      if (value->kind() != net::JsonValue::Kind::kArray) {
        value = value->find(name);
        continue;
      }
      const std::size_t index = std::stoul(std::string(name));
      value = index < value->items().size() ? &value->items()[index] : nullptr;
    }
    if (value == nullptr) return {};
    if (const auto found = value->as_string()) return std::string(*found);
    if (const auto number = value->as_integer()) return std::to_string(*number);
    if (const auto truth = value->as_boolean()) return *truth ? "true" : "false";
    return {};
  }
};

class Service {
 public:
  explicit Service(std::string folder, platform::SetClock& clock)
      : folder_(std::move(folder)), clock_(clock) {}
  ~Service() { stop(); }

  [[nodiscard]] base::Status start() {
    AuthorityOptions options;
    options.folder = folder_;
    metrics_ = std::make_unique<telemetry::Metrics>();
    REKEY_TRY(authority_, Authority::open(options, clock_, logger_, *metrics_));
    // The port is the system's choice; nothing here follows the URL.
    REKEY_CHECK(authority_->set_public_url("http://authority.test"));
    net::ServerOptions server;
    server.local_socket_path = authority_->control_socket_path();
    REKEY_TRY(server_,
              net::Server::start(server, make_router_factory(authority_->front_door()), *metrics_));
    client_ = std::make_unique<net::Client>("rekey-test");
    return authority_->start();
  }
  void stop() {
    if (server_) server_->stop(std::chrono::seconds{5});
    server_.reset();
    authority_.reset();
  }

  [[nodiscard]] Answer send(net::Method method, const std::string& path, const std::string& body,
                            const std::string& bearer = {}, const std::string& key = {}) {
    net::ClientRequest request = request_of(method, path, body);
    request.bearer_token = bearer;
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    if (!key.empty()) request.headers.emplace_back("Idempotency-Key", key);
    return send(request);
  }
  // POST of a form.
  [[nodiscard]] Answer send_form(const std::string& path, const std::string& form) {
    net::ClientRequest request = request_of(net::Method::kPost, path, form);
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    return send(request);
  }
  [[nodiscard]] Answer send(const net::ClientRequest& request) {
    const auto response = client_->send(request);
    if (!response) {
      ADD_FAILURE() << request.url << ": " << response.error().detail;
      return {};
    }
    return answer_of(*response);
  }
  // With a caller's clock in its Date header.
  [[nodiscard]] Answer send_dated(net::Method method, const std::string& path,
                                  const std::string& bearer, base::Instant date) {
    net::ClientRequest request;
    request.method = method;
    request.url = fmt::format("http://127.0.0.1:{}{}", server_->port(), path);
    request.bearer_token = bearer;
    request.headers.emplace_back("Date", net::format_http_date(date));
    const auto response = client_->send(request);
    if (response) return answer_of(*response);
    ADD_FAILURE() << path << ": " << response.error().detail;
    return {};
  }
  [[nodiscard]] Answer recover() {
    net::ClientRequest request;
    request.method = net::Method::kPost;
    request.url = "http://localhost/local/v1/recover";
    request.local_socket_path = DataFolder{folder_}.control_socket();
    const auto response = net::Client("rekey-test").send(request);
    if (!response) {
      ADD_FAILURE() << response.error().detail;
      return {};
    }
    return answer_of(*response);
  }

  [[nodiscard]] Answer token(const std::string& client_id, const std::string& value) {
    return send(net::Method::kPost, "/v2/token",
                fmt::format(R"({{"grant_type":"client_credentials","client_id":"{}",)"
                            R"("client_secret":"{}"}})",
                            client_id, value));
  }
  [[nodiscard]] std::string admin_token() {
    platform::SystemFiles files;
    const auto text = files.read(DataFolder{folder_}.admin_credential(), 65536);
    if (!text) return {};
    const auto credential = parse_admin_credential(text->reveal());
    if (!credential) return {};
    return token(credential->client_id.value, std::string(credential->client_secret.reveal()))
        .at("access_token");
  }

  // Calls of the admin API, below /api/v1, with a token of the admin package.
  [[nodiscard]] Answer get(const std::string& path) {
    return send(net::Method::kGet, "/api/v1" + path, "", admin_token());
  }
  [[nodiscard]] Answer post(const std::string& path, const std::string& body = {},
                            const std::string& key = {}) {
    return send(net::Method::kPost, "/api/v1" + path, body, admin_token(), key);
  }
  [[nodiscard]] Answer patch(const std::string& path, const std::string& body) {
    return send(net::Method::kPatch, "/api/v1" + path, body, admin_token());
  }
  [[nodiscard]] Answer remove(const std::string& path) {
    return send(net::Method::kDelete, "/api/v1" + path, "", admin_token());
  }
  [[nodiscard]] Answer set_policy(const std::string& key, const std::string& value) {
    return patch("/policy",
                 fmt::format(R"({{"settings":[{{"key":"{}","value":"{}"}}]}})", key, value));
  }

 private:
  [[nodiscard]] net::ClientRequest request_of(net::Method method, const std::string& path,
                                              const std::string& body) {
    net::ClientRequest request;
    request.method = method;
    request.url = fmt::format("http://127.0.0.1:{}{}", server_->port(), path);
    request.body = base::Secret(body);
    return request;
  }
  static Answer answer_of(const net::ClientResponse& response) {
    Answer answer;
    answer.status = response.status;
    answer.text = response.body.reveal();
    if (auto json = net::parse_json(answer.text)) answer.json = *std::move(json);
    return answer;
  }

  const std::string folder_;
  platform::SetClock& clock_;
  telemetry::Logger logger_{telemetry::LogFormat::kText, telemetry::Level::kError};
  std::unique_ptr<telemetry::Metrics> metrics_;
  std::unique_ptr<Authority> authority_;
  std::unique_ptr<net::Server> server_;
  std::unique_ptr<net::Client> client_;
};

class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() : service_(folder(), clock_) {}
  void SetUp() override {
    const base::Status started = service_.start();
    ASSERT_TRUE(started) << started.error().detail;
  }
  [[nodiscard]] std::string folder() const { return temp_ / "data"; }

  // What a machine that lost its power would find: the files as they are now, less what is only on
  // its way (a sibling about to be renamed is gone in the next moment). The database file itself is
  // not written before a checkpoint of SQLite's, so it and its journal fit.
  [[nodiscard]] std::string copy_as_after_a_crash(const std::string& name) const {
    const std::filesystem::path to = temp_ / name;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
      const bool is_on_its_way = entry.path().filename().string().starts_with('.');
      if (is_on_its_way || !entry.is_regular_file()) continue;
      std::filesystem::create_directory(to);
      std::filesystem::copy_file(entry.path(), to / entry.path().filename());
    }
    std::filesystem::permissions(to, std::filesystem::perms::owner_all);
    return to.string();
  }
  // Creates a package with one scope and gives the reply.
  [[nodiscard]] Answer create_package(const std::string& name = "Order sync") {
    return service_.post("/packages",
                         fmt::format(R"({{"name":"{}","scopes":["email_send"]}})", name));
  }

  platform::TempFolder temp_;
  platform::SetClock clock_{*base::parse_instant("2026-11-24T10:00:00Z")};
  Service service_;
};

}  // namespace rekey::authority
