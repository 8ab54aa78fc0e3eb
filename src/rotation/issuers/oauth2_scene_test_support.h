// An issuer that nobody has a driver for, for tests of whole runs: a token endpoint on a real
// socket that accepts the values in a folder, a program that makes and ends them there, and the
// inventory of a client with two consumers.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "documents/document.h"
#include "net/form.h"
#include "net/json.h"
#include "net/server.h"
#include "platform/temp_folder.h"
#include "rotation/engine/engine.h"
#include "rotation/issuers/setup_fake_test_support.h"
#include "rotation/issuers/setup_scene_test_support.h"
#include "telemetry/metrics.h"

namespace rekey::rotation::fakes {

// Each file of the folder holds a value that is accepted.
class OAuth2Fake {
 public:
  static constexpr std::string_view kClientId = "Order-Sync.client~1";

  explicit OAuth2Fake(std::string folder) : folder_(std::move(folder)) {
    std::filesystem::create_directory(folder_);
    auto server = net::Server::start(
        {}, [this](std::size_t) { return std::make_unique<Front>(*this); }, metrics_);
    server_ = std::move(server).value();
  }
  [[nodiscard]] std::string url() const {
    return fmt::format("http://127.0.0.1:{}/oauth2/token", server_->port());
  }
  [[nodiscard]] std::vector<std::string> values() const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      std::ostringstream text;
      text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      all.push_back(text.str());
    }
    return all;
  }
  [[nodiscard]] bool accepts(const std::string& value) const {
    const auto all = values();
    return std::find(all.begin(), all.end(), value) != all.end();
  }
  // A value that is accepted from now on.
  std::string add(const std::string& name) {
    const std::string value = fmt::format("canary{:0>34}", ++count_);
    std::ofstream(folder_ + "/" + name, std::ios::binary) << value;
    return value;
  }
  void end(const std::string& value) {
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      std::ostringstream text;
      text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      if (text.str() == value) std::filesystem::remove(entry.path());
    }
  }
  // Every refusal has this code and status from now on.
  void refuse_with(int status, const std::string& code) {
    const std::lock_guard lock(mutex_);
    status_ = status;
    code_ = code;
  }
  // Nobody gets a token meanwhile, as where the client is disabled.
  void disable(bool is_disabled) {
    const std::lock_guard lock(mutex_);
    is_disabled_ = is_disabled;
  }
  struct Asked {
    bool is_basic = false;
    std::string scope;
    std::string client_id;
  };
  [[nodiscard]] Asked last() {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  class Front final : public net::Handler {
   public:
    explicit Front(OAuth2Fake& fake) : fake_(fake) {}
    void handle(net::Exchange& exchange) override {
      exchange.respond(fake_.answer(exchange.request()));
    }

   private:
    OAuth2Fake& fake_;
  };

  static std::string field(const net::FlatForm& form, std::string_view name) {
    const auto* member = form.find(name);
    return member == nullptr ? std::string() : std::string(member->value);
  }
  net::Response answer(const net::Request& request) {
    const std::lock_guard lock(mutex_);
    net::FlatForm form;
    const bool is_form = form.parse(request.body) && request.path == "/oauth2/token" &&
                         field(form, "grant_type") == "client_credentials";
    last_ = {false, field(form, "scope"), field(form, "client_id")};
    std::string value = field(form, "client_secret");
    constexpr std::string_view kBasic = "Basic ";
    const std::string header(request.header("authorization"));
    if (header.starts_with(kBasic)) {
      const auto bytes = base::base64_decode(std::string_view(header).substr(kBasic.size()));
      const std::string both(base::text_of(bytes.value()));
      const std::size_t colon = both.find(':');
      last_.is_basic = true;
      last_.client_id = base::percent_decode_form(both.substr(0, colon)).value();
      value = base::percent_decode_form(both.substr(colon + 1)).value();
    }
    const bool is_good = !is_disabled_ && is_form && last_.client_id == kClientId && accepts(value);
    net::JsonWriter body;
    body.begin_object();
    if (is_good) {
      body.member("access_token", "token").member("token_type", "Bearer");
    } else {
      body.member("error", code_).member("error_description", "no: " + value);
    }
    body.end_object();
    return {is_good ? 200 : status_, "application/json", body.release(), {}};
  }

  std::string folder_;
  std::mutex mutex_;
  int count_ = 0;
  int status_ = 401;
  bool is_disabled_ = false;
  std::string code_ = "invalid_client";
  Asked last_;
  telemetry::Metrics metrics_;
  std::unique_ptr<net::Server> server_;
};

// What an author writes: the three verbs over the folder. With a file "refuse" beside the folder it
// says what stands there instead, and fails.
inline constexpr std::string_view kIssuerProgram = R"sh(#!/bin/sh
set -eu
live=$1/live
request=$(cat)
printf '%s\n' "$request" >> "$1/requests"
field() { printf '%s' "$request" | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }
if [ -e "$1/refuse" ]; then cat "$1/refuse"; exit 1; fi
case $(field verb) in
  stage)
    value=$(cat <&3)
    id=$(field label)
    if [ -z "$value" ]; then
      value=$(printf 'canary-made-%028d' "$(wc -l < "$1/requests")")
      printf %s "$value" >&4
    fi
    printf %s "$value" > "$live/$id"
    printf '{"id":"%s"}' "$id" ;;
  activate)
    for one in "$live"/*; do [ "${one##*/}" = "$(field new_id)" ] || rm "$one"; done
    printf '{}' ;;
  revoke)
    value=$(cat <&3)
    for one in "$live"/*; do [ "$(cat "$one")" != "$value" ] || rm "$one"; done
    printf '{}' ;;
esac
)sh";

// Two consumers: one reads its file for every call, one only at start.
class OAuth2Scene : public testing::Test {
 protected:
  OAuth2Scene() {
    old_ = fake_.add("first");
    for (const std::string name : {"per-call", "at-start"}) {
      EXPECT_TRUE(files_.create(file_of(name), "SECRET=" + old_ + "\n", 0600));
    }
    EXPECT_TRUE(files_.create(program_, kIssuerProgram, 0700));
  }
  [[nodiscard]] std::string file_of(const std::string& name) const {
    return folder_ / (name + ".env");
  }
  [[nodiscard]] std::string held_by(const std::string& name) {
    const auto text = files_.read(file_of(name), 4096).value();
    // As a reader takes it: a value with a '~' stands in quotes.
    const auto value =
        documents::read_value(*documents::find_format("dotenv"), text.reveal(), "SECRET");
    return std::string(value.value().reveal());
  }
  void expect_everybody_works() {
    for (const std::string name : {"per-call", "at-start"}) {
      EXPECT_TRUE(fake_.accepts(held_by(name))) << name;
    }
  }
  // A setting with the program and this scene's folder.
  [[nodiscard]] std::string command(std::string_view name) const {
    return fmt::format("\n  {}: [{}, {}]", name, program_, folder_.path());
  }
  // What the program was asked, a line each.
  [[nodiscard]] std::string requests() {
    const auto text = files_.read(folder_ / "requests", 65536);
    return text ? std::string(text->reveal()) : std::string();
  }
  [[nodiscard]] std::string inventory() const {
    std::string text = fmt::format(
        "version: 1\nissuer:\n  kind: generic-oauth2\n  token_url: \"{}\"{}\nintegration:\n"
        "  client_id: {}\n  name: Order sync\n{}consumers:\n",
        fake_.url(), issuer_, OAuth2Fake::kClientId, more_);
    for (const std::string name : {"per-call", "at-start"}) {
      text += "- name: " + name + "\n  sink: {kind: file, path: " + file_of(name) +
              ", key: SECRET}\n  seen_as: {user_agent: " + name + "}\n  interval: 20m\n  reload: ";
      text += name == "per-call" ? "per_call\n" : "{command: [/bin/true], reads: at_start}\n";
    }
    return text;
  }
  EngineParts parts() { return EngineParts{clock_, files_, drivers_, "anna"}; }
  void write_inventory() {
    static_cast<void>(files_.remove(path_));
    ASSERT_TRUE(files_.create(path_, inventory(), 0600));
  }
  base::Result<Outcome> try_run() {
    write_inventory();
    EngineParts all = parts();
    return rotate(path_, all, listener_);
  }
  Outcome run() {
    const auto outcome = try_run();
    EXPECT_TRUE(outcome) << outcome.error().detail;
    return outcome.value_or(Outcome{});
  }
  Inventory loaded() {
    EngineParts all = parts();
    return load_inventory(path_, all).value();
  }
  void attest(const std::string& consumer) {
    EngineParts all = parts();
    const auto word = rotation::attest(loaded(), consumer, {"omar", "seen at work"}, all);
    EXPECT_TRUE(word) << word.error().detail;
  }

  platform::TempFolder folder_;
  platform::SetClock clock_{base::parse_instant("2026-11-24T09:00:00Z").value()};
  platform::SystemFiles files_;
  OAuth2Fake fake_{folder_ / "live"};
  ScriptedAdministrator administrator_;
  SystemDrivers drivers_{clock_, files_, builtin_drivers(), &administrator_};
  Listener listener_;
  std::string program_ = folder_ / "issuer-program";
  std::string issuer_;  // more of its settings
  std::string more_;    // keys of the integration
  std::string old_;     // the value that everybody holds
  std::string path_ = folder_ / "rekey.yaml";
};

}  // namespace rekey::rotation::fakes
