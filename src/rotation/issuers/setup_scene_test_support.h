// A rotation at Marketing Cloud for tests of whole runs: Setup, a scripted person, two consumers
// with files of their own, and the inventory that tells of them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/files.h"
#include "platform/temp_folder.h"
#include "rotation/engine/engine.h"
#include "rotation/engine/look.h"
#include "rotation/issuers/setup_fake_test_support.h"

namespace rekey::rotation::fakes {

struct Listener final : public Reporter {
  std::vector<std::string> messages;
  void on_event(const RunNotice& notice) override { messages.push_back(notice.message); }
  void on_progress(const Progress&) override {}
  [[nodiscard]] bool heard(std::string_view part) const {
    return std::any_of(messages.begin(), messages.end(), [&](const std::string& message) {
      return message.find(part) != std::string::npos;
    });
  }
};

// Two consumers: one reads its file for every call, one only at start.
class SetupScene : public testing::Test {
 protected:
  SetupScene() {
    for (const std::string name : {"per-call", "at-start"}) {
      EXPECT_TRUE(files_.create(file_of(name), "SECRET=" + setup_.active() + "\n", 0600));
    }
  }
  [[nodiscard]] std::string file_of(const std::string& name) const {
    return folder_.path() + "/" + name + ".env";
  }
  [[nodiscard]] std::string held_by(const std::string& name) {
    const auto text = files_.read(file_of(name), 4096).value();
    const std::string_view line = text.reveal();
    return std::string(line.substr(7, line.size() - 8));
  }
  void expect_everybody_works() {
    for (const std::string name : {"per-call", "at-start"}) {
      EXPECT_TRUE(setup_.accepts(held_by(name))) << name;
    }
  }

  // The form with a single integration, or with others beside it the one that lists them.
  [[nodiscard]] std::string inventory() const {
    const std::string issuer =
        "{kind: marketing-cloud, auth_url: \"" + setup_.url() + "\", business_unit: 500000002}\n";
    const std::string facts = "client_id: " + std::string(SetupFake::kClientId) +
                              "\n  name: Order sync\n  owner: crm@example.org\n" + more_;
    if (others_.empty()) {
      return "version: 1\nissuer: " + issuer + "integration:\n  " + facts + "consumers:\n" +
             consumers();
    }
    std::string listed = consumers();
    for (std::size_t at = 0; at < listed.size(); at = listed.find('\n', at) + 1) {
      listed.insert(at, "  ");
    }
    return "version: 1\nissuers:\n  mce: " + issuer + "integrations:\n- " + facts +
           "  consumers:\n" + listed + others_;
  }
  [[nodiscard]] std::string consumers() const {
    std::string text;
    for (const std::string name : {"per-call", "at-start"}) {
      text += "- name: " + name + "\n  sink: {kind: file, path: " + file_of(name) +
              ", key: SECRET}\n  seen_as: {user_agent: " + name + "}\n  interval: 20m\n  reload: ";
      text += name == "per-call" ? "per_call\n" : "{command: [/bin/true], reads: at_start}\n";
    }
    return text + more_consumers_;
  }
  // Another package of the inventory, of which no more is known; its client id.
  std::string add_package(const std::string& name, char letter) {
    const std::string client_id(24, letter);
    others_ += "- {client_id: " + client_id + ", name: " + name + "}\n";
    return client_id;
  }
  Outcome run(std::string_view person = "anna") {
    const auto outcome = try_run(person);
    EXPECT_TRUE(outcome) << outcome.error().detail;
    return outcome.value_or(Outcome{});
  }
  base::Result<Outcome> try_run(std::string_view person = "anna") {
    write_inventory();
    EngineParts parts = parts_of(person);
    return rotate(path_, parts, listener_);
  }
  // What somebody sees who looks while nobody is at a terminal.
  std::optional<Outcome> look() {
    write_inventory();
    const Inventory inventory = loaded();
    SystemDrivers nobody(clock_, files_);
    EngineParts parts{clock_, files_, nobody, "watch"};
    const auto outcome = look_at_waiting_run(inventory, parts, listener_);
    EXPECT_TRUE(outcome) << outcome.error().detail;
    return outcome.value_or(std::nullopt);
  }
  EngineParts parts_of(std::string_view person) {
    EngineParts parts{clock_, files_, drivers_, std::string(person)};
    parts.integration = SetupFake::kClientId;
    return parts;
  }
  Inventory loaded() {
    EngineParts parts = parts_of("anna");
    return load_inventory(path_, parts).value();
  }
  base::Status attest(const std::string& consumer, std::string_view person = "omar") {
    EngineParts parts = parts_of(person);
    REKEY_CHECK(rotation::attest(loaded(), consumer, {std::string(person), "seen at work"}, parts));
    return {};
  }
  // Of that plan, else of the open run's as it is.
  base::Status approve(std::string_view person, std::string plan = {}) {
    EngineParts parts = parts_of(person);
    const Inventory inventory = loaded();
    if (plan.empty()) {
      REKEY_TRY(const auto open,
                peek_open_run(files_, inventory.state_folder, inventory.client_id, inventory.slot));
      plan = digest_of(open->state);
    }
    REKEY_CHECK(rotation::approve(inventory, {std::string(person), "change 1"}, plan, parts));
    return {};
  }
  void write_inventory() {
    static_cast<void>(files_.remove(path_));
    ASSERT_TRUE(files_.create(path_, inventory(), 0600));
  }
  void will_generate() {
    administrator_.values.emplace_back([this] { return setup_.generate(); });
  }
  void will_activate() {
    administrator_.acts.emplace_back([this] { setup_.activate(); });
  }

  platform::TempFolder folder_;
  platform::SetClock clock_{base::parse_instant("2026-11-24T09:00:00Z").value()};
  platform::SystemFiles files_;
  SetupFake setup_{clock_};
  ScriptedAdministrator administrator_;
  SystemDrivers drivers_{clock_, files_, builtin_drivers(), &administrator_};
  Listener listener_;
  std::string more_;  // keys of the integration
  std::string more_consumers_;
  std::string others_;  // more of the list of integrations
  std::string path_ = folder_.path() + "/rekey.yaml";
};

}  // namespace rekey::rotation::fakes
