#include "rotation/sources/access_log.h"

#include <gtest/gtest.h>

#include "platform/temp_folder.h"
#include "rotation/inventory/inventory.h"

namespace rekey::rotation {
namespace {

using base::Code;

constexpr std::string_view kHead =
    "version: 1\nissuer: {kind: rekey, credential: admin.json}\n"
    "integration: {client_id: abcdefghijklmnopqrstuvwx}\n";
constexpr std::string_view kTail =
    "consumers:\n- name: shop\n  sink: {kind: file, path: .env, format: dotenv, key: SECRET}\n"
    "  reload: per_call\n  seen_as: {user_agent: shop}\n";

base::Result<Inventory> inventory_with(const std::string& source) {
  return parse_inventory(std::string(kHead) + "usage:\n- " + source + "\n" + std::string(kTail),
                         "/etc/rekey/rekey.yaml", builtin_drivers());
}

DriverSpec spec_of(const std::string& source) {
  auto inventory = inventory_with(source);
  EXPECT_TRUE(inventory) << (inventory ? "" : inventory.error().detail);
  return inventory ? inventory->usage_sources.front() : DriverSpec{};
}

constexpr const char* kPattern =
    "{kind: access-log, file: proxy.log, format: pattern, time_format: iso, "
    "pattern: \"{time} {status} {user_agent}\"}";

struct OneAnswer {
  int exit_code = 0;
  std::string text;
  base::Result<platform::Answer> operator()(const platform::Question&, base::Duration) const {
    platform::Answer answer;
    answer.exit_code = exit_code;
    answer.text = text;
    return answer;
  }
};

TEST(AccessLogSource, ReadsTheFileAndTheOneThatWasRotatedLast) {
  const platform::TempFolder folder;
  platform::SystemFiles files;
  DriverSpec spec = spec_of(kPattern);
  EXPECT_EQ(spec.text("file"), "/etc/rekey/proxy.log");
  spec.set("file", folder.path() + "/proxy.log");
  const auto reader = make_access_log_reader(spec, "shop", files, {});
  EXPECT_EQ(reader->read().error().code, Code::kUnavailable) << "it may be back in a moment";
  ASSERT_TRUE(files.create(folder.path() + "/proxy.log", "2026-11-28T12:01:00Z 200 shop\n", 0600));
  EXPECT_EQ(reader->read()->rows.front().count, 1);
  ASSERT_TRUE(
      files.create(folder.path() + "/proxy.log.1", "2026-11-28T12:00:00Z 200 shop\n", 0600));
  const auto both = reader->read();
  ASSERT_TRUE(both) << both.error().detail;
  EXPECT_EQ(both->rows.front().count, 2);
  EXPECT_EQ(base::format_instant(both->sources.front().complete_since), "2026-11-28T12:00:05Z");
  EXPECT_FALSE(both->sources.front().covers_all) << "nobody declared that";
}

TEST(AccessLogSource, ReadsWhatACommandPrints) {
  platform::SystemFiles files;
  const DriverSpec spec = spec_of(
      "{kind: access-log, command: [journalctl, -u, proxy], format: json, time: at, network: ip, "
      "covers: all, heartbeat: 1m}");
  OneAnswer told;
  told.text = "{\"at\":\"2026-11-28T12:00:00Z\",\"ip\":\"10.0.0.1\"}\n";
  const auto usage = make_access_log_reader(spec, "shop", files, told)->read();
  ASSERT_TRUE(usage) << usage.error().detail;
  EXPECT_EQ(usage->rows.front().caller.network, "10.0.0.1");
  EXPECT_EQ(usage->sources.front().name, "the access log journalctl -u proxy");
  told.exit_code = 1;
  EXPECT_EQ(make_access_log_reader(spec, "shop", files, told)->read().error().code,
            Code::kUnavailable);
}

TEST(AccessLogSource, WhatDoesNotFitTogetherIsToldWithItsPlace) {
  for (const auto& [source, what] :
       {std::pair{"{kind: access-log, format: combined}", "either a file or a command"},
        std::pair{"{kind: access-log, file: a, command: [b], format: combined}", "either a file"},
        std::pair{"{kind: access-log, file: a, format: combined, covers: all}", "needs heartbeat"},
        std::pair{"{kind: access-log, file: a, format: combined, time: t}", "member of JSON"},
        std::pair{"{kind: access-log, file: a, format: json, network: ip}", "needs time"},
        std::pair{"{kind: access-log, file: a, format: json, time: t}", "tell nobody apart"},
        std::pair{"{kind: access-log, file: a, format: pattern}", "goes with format: pattern"},
        std::pair{"{kind: access-log, file: a, format: pattern, pattern: \"{network}\"}",
                  "lacks {time}"},
        std::pair{"{kind: access-log, file: a}", "lacks the key format"},
        std::pair{"{kind: acces-log, file: a, format: combined}", "did you mean access-log?"}}) {
    const auto inventory = inventory_with(source);
    ASSERT_FALSE(inventory) << source;
    EXPECT_NE(inventory.error().detail.find(what), std::string::npos) << inventory.error().detail;
    EXPECT_EQ(inventory.error().detail.find("/etc/rekey/rekey.yaml:5:"), 0u)
        << inventory.error().detail;
  }
}

}  // namespace
}  // namespace rekey::rotation
