// Access logs for sources/conformance_test.cc: a real file, and a real command that prints one.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "platform/temp_folder.h"
#include "rotation/inventory/inventory.h"
#include "rotation/sources/conformance.h"

namespace rekey::rotation::conformance {

class LogFileTarget {
 public:
  static constexpr std::string_view kKind = "access-log";

  LogFileTarget() { garble({}); }
  void add(const std::string& client_id, const std::string& user_agent, base::Instant at,
           bool is_good) {
    std::ofstream(path(), std::ios::app)
        << fmt::format(R"({{"at":"{}","who":"{}","client":"{}","status":{}}})",
                       base::format_instant(at), user_agent, client_id, is_good ? 200 : 401)
        << '\n';
  }
  std::unique_ptr<UsageReader> reader() { return reader_of("file: " + path()); }
  [[nodiscard]] std::string name() const { return path(); }
  [[nodiscard]] std::string raw() const {
    std::ifstream file(path());
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void go_away() { std::filesystem::remove(path()); }
  void garble(std::string_view text) { std::ofstream(path()) << text; }

 protected:
  [[nodiscard]] std::string path() const { return folder_.path() + "/proxy.log"; }
  std::unique_ptr<UsageReader> reader_of(const std::string& place) {
    const auto inventory = parse_inventory(
        fmt::format(
            "version: 1\nissuer: {{kind: rekey, credential: admin.json}}\n"
            "integration: {{client_id: {0}}}\nusage:\n- {{kind: access-log, {1}, format: json, "
            "time: at, user_agent: who, client_id: client, status: status, covers: all, "
            "heartbeat: 1h}}\nconsumers:\n- name: shop\n"
            "  sink: {{kind: file, path: .env, format: dotenv, key: SECRET}}\n"
            "  reload: per_call\n  seen_as: {{user_agent: shop}}\n",
            kClient, place),
        folder_.path() + "/rekey.yaml", builtin_drivers());
    EXPECT_TRUE(inventory) << (inventory ? "" : inventory.error().detail);
    if (!inventory) return nullptr;
    auto made = make_usage_reader(builtin_drivers(), inventory->usage_sources.front(),
                                  std::string(kClient), {clock_, files_});
    EXPECT_TRUE(made);
    return made ? *std::move(made) : nullptr;
  }

 private:
  platform::TempFolder folder_;
  platform::SystemFiles files_;
  platform::SetClock clock_{base::from_millis(0)};
};

class LogCommandTarget : public LogFileTarget {
 public:
  std::unique_ptr<UsageReader> reader() {
    return reader_of(fmt::format("command: [cat, {}]", path()));
  }
  [[nodiscard]] std::string name() const { return "cat " + path(); }
};

}  // namespace rekey::rotation::conformance
