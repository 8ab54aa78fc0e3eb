// Every error that the reader of rekey.yaml can raise: one broken file each, with the place that is
// told and the words that say how to mend it.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "rotation/drivers/registry.h"
#include "rotation/inventory/inventory.h"

namespace rekey::rotation {
namespace {

const std::string kSingle = R"(version: 1
issuer: {kind: rekey, credential: admin.json}
integration: {client_id: abcdefghijklmnopqrstuvwx}
proof: {requests: 5, span: 3s}
consumers:
  - name: shop
    sink: {kind: file, path: shop/.env, key: CLIENT_SECRET}
    reload: per_call
    seen_as: {user_agent: "shop/*"}
    interval: 20m
  - name: nightly
    sink: {kind: file, path: nightly.conf, format: json, key: mce.secret}
    instances: 2
    reload: {command: [./restart.sh], timeout: 5s, reads: at_start}
    seen_as: {network: 10.1.0.0/16, user_agent: nightly}
    interval: 1d
waivers:
  - seen_as: {other: true}
    by: R. Meyer
    reason: a scanner
)";

const std::string kSeveral = R"(version: 1
issuers:
  mce: {kind: marketing-cloud, auth_url: "https://tenant.auth.marketingcloudapis.com/"}
  own: {kind: rekey, credential: admin.json}
integrations:
  - client_id: abcdefghijklmnopqrstuvwx
    name: Order sync
    slot: abc123
    issuer: mce
    contacts: [shop@example.com]
    generated_at: 2026-10-01
    expires_at: 2027-03-30T12:00:00Z
    window: tue-thu 09:00-15:00 +01:00
    consumers:
      - name: shop
        sink: {kind: file, path: shop/.env, key: CLIENT_SECRET}
        reload: per_call
        seen_as: {user_agent: "shop/*"}
        interval: 20m
  - name: Nightly
    issuer: own
)";

struct Broken {
  std::string what;  // stands in the file …
  std::string with;  // … and is replaced by this
  std::string place;
  std::string said;
  std::string mend;
};

std::string problem_of(const std::string& text) {
  const auto file = parse_inventory_file(text, "r.yaml", builtin_drivers());
  return file ? "" : file.error().detail;
}

void expect_each(const std::string& whole, const std::vector<Broken>& all) {
  ASSERT_EQ(problem_of(whole), "");
  for (const Broken& one : all) {
    std::string text = whole;
    const auto at = text.find(one.what);
    ASSERT_NE(at, std::string::npos) << one.what;
    const std::string problem = problem_of(text.replace(at, one.what.size(), one.with));
    const std::string begin = "r.yaml:" + one.place + ": ";
    const auto line = problem.find(begin);
    ASSERT_NE(line, std::string::npos)
        << one.with << "\nwanted " << begin << one.said << "\nsaid " << problem;
    const std::string told = problem.substr(line, problem.find('\n', line) - line);
    EXPECT_NE(told.find(one.said), std::string::npos) << one.with << "\nsaid " << told;
    EXPECT_NE(told.find(one.mend), std::string::npos) << one.with << "\nsaid " << told;
  }
}

TEST(InventoryErrors, OfTheTextAsAWhole) {
  const auto place_of = [](const std::string& text) {
    const std::string problem = problem_of(text);
    return problem.substr(0, problem.find(": "));
  };
  EXPECT_EQ(problem_of(""),
            "r.yaml:1:1: the file is empty; write its keys, beginning with version: 1");
  EXPECT_EQ(problem_of("# only a comment\n").substr(0, 11), "r.yaml:1:1:");
  EXPECT_EQ(problem_of(kSingle + "# caf\xe9\n"),
            "r.yaml:21:6: a byte that is not text in UTF-8; save the file as UTF-8");
  EXPECT_EQ(place_of(std::string("version: 1\nstate: a") + '\0' + "\n"), "r.yaml:2:9");
  EXPECT_NE(problem_of(std::string(2 * 1024 * 1024, '#')).find("split it"), std::string::npos);
  const std::string second = problem_of(kSingle + "---\nversion: 1\n");
  EXPECT_EQ(second,
            "r.yaml:21:1: something follows the end of the first YAML document; take it out");
}

TEST(InventoryErrors, OfYaml) {
  expect_each(
      kSingle,
      {{"version: 1", "version: &v 1\nstate: *v", "2:8", "aliases are not used here",
        "write it out"},
       {"shop/*\"}", "shop/*}", "21:1", "not readable as YAML", "mend quotes"},
       {"proof: {", "proof: [", "4:30", "not readable as YAML", "mend quotes"},
       {"    interval: 20m", "   interval: 20m", "10:4", "not readable as YAML", "indentation"},
       {"version: 1\n", "version: 1\n[a]: 1\n", "2:1", "a key of the inventory is not a plain word",
        "write it without brackets"},
       {"version: 1\n", "version: 1\nversion: 1\n", "2:1",
        "the key version stands twice in the inventory", "take one of them out"},
       {"by: R. Meyer", R"(by: "R.\u202EMeyer")", "19:9", "by holds U+202E", "leave it out"},
       {"    by: R. Meyer", R"(    "b\u200By": R. Meyer)", "19:5", "a key of a waiver holds U+200B",
        "leave it out"}});
  EXPECT_NE(problem_of("a list\n").find("r.yaml:1:1: the inventory must be a mapping; write it as"),
            std::string::npos);
}

TEST(InventoryErrors, OfKeysAndSimpleValues) {
  expect_each(
      kSingle,
      {{"instances: 2", "instnaces: 2", "13:5", "unknown key instnaces in a consumer",
        "did you mean instances?"},
       {"instances: 2", "zzzzzz: 2", "13:5", "unknown key zzzzzz", "write one of name, kind, sink"},
       {"version: 1", "version: 2", "1:10", "version must be 1", "write version: 1"},
       {"version: 1\n", "", "1:1", "the inventory lacks the key version", "add it"},
       {"by: R. Meyer", "by: []", "19:9", "by must be a text that is not empty", "write one"},
       {"by: R. Meyer", "by: ''", "19:9", "by must be a text that is not empty", "write one"},
       {"requests: 5", "requests: 010", "4:19", "requests must be a whole number from 1 to 20",
        "in decimal digits without a zero in front"},
       {"span: 3s", "span: soon", "4:28", "span must be a time", "such as 2s or 5m, at most 1h"},
       {"span: 3s", "span: 2h", "4:28", "span must be a time", "such as 2s or 5m, at most 1h"},
       {"proof: {requests: 5, span: 3s}", "proof: 5", "4:8", "proof must be a mapping",
        "write it as key: value"},
       {"integration: {client_id: abcdefghijklmnopqrstuvwx}", "integration: x", "3:14",
        "integration must be a mapping", "write it as key: value"}});
}

TEST(InventoryErrors, OfDrivers) {
  expect_each(
      kSingle,
      {{"{kind: rekey, credential: admin.json}", "rekey", "2:9", "issuer must be a mapping",
        "write it as {kind:"},
       {"kind: rekey", "kind: []", "2:16", "kind must be a text that is not empty",
        "write one of rekey, marketing-cloud"},
       {"kind: rekey", "kind: reky", "2:16", "kind reky is not known", "did you mean rekey?"},
       {"kind: rekey, ", "", "2:9", "issuer lacks the key kind", "add it: one of rekey"},
       {", credential: admin.json", "", "2:9", "issuer lacks the key credential",
        "add it: the file with the credential"},
       {"format: json", "format: jsn", "12:52", "format jsn is not known", "did you mean json?"},
       {"format: json, ", "", "12:11", "cannot be told from its name", "add format: dotenv"},
       {"format: json, ", "", "12:11", "there is no file", "mend the path"},
       {"proof:", "probe: {kind: tokn}\nproof:", "4:15", "kind tokn is not known",
        "did you mean token?"}});
  const std::string tenant = "auth_url: \"https://tenant.auth.marketingcloudapis.com/\"";
  expect_each(kSeveral, {{tenant, "auth_url: tenant", "3:8", "auth_url carries secrets",
                          "write it as https://"},
                         {"credential: admin.json", "credential: a, server: http://rekey.example",
                          "4:8", "server carries secrets", "write it as https://"},
                         {tenant, tenant + ", secret_length: many", "3:8",
                          "secret_length is one length", "write it as 64 or 24,64"},
                         {tenant, tenant + ", secret_alphabet: z-a", "3:8",
                          "secret_alphabet is characters", "write it as A-Za-z0-9_-"}});
}

TEST(InventoryErrors, OfIssuersAndIntegrations) {
  expect_each(
      kSeveral,
      {{"integrations:", "consumers: []\nintegrations:", "5:12",
        "consumers goes with a single integration", "move it into each item"},
       {"integrations:", "issuer: {kind: rekey, credential: a}\nintegrations:", "5:9",
        "issuer goes with a single integration", "move it into each item"},
       {"  mce: {kind", "  m ce: {kind", "3:3", "an issuer's name is 1 to 64 characters",
        "rename it"},
       {"  own: {kind", "  mce: {kind", "4:3", "two issuers are called mce", "rename one"},
       {"issuer: mce", "issuer: mcr", "9:13", "issuers has no mcr", "did you mean mce?"},
       {"    issuer: own\n", "", "20:5", "an integration lacks the key issuer",
        "add it: its name in issuers"},
       {"  - name: Nightly\n", "  -\n", "21:5", "an integration lacks the key client_id", "add it"},
       {"abcdefghijklmnopqrstuvwx", "ABC", "6:16", "a client id is 24 characters", "copy it again"},
       {"slot: abc123", "slot: abc", "8:11", "a slot is", "leave it out"},
       {"name: Nightly", "client_id: abcdefghijklmnopqrstuvwx\n    slot: abc123", "20:5",
        "slot abc123 is there twice", "keep one"},
       {"name: Nightly", "name: Order sync\n    slot: abc123", "20:5",
        "two integrations are called Order sync", "rename one"},
       {"2026-10-01", "1.10.2026", "11:19", "generated_at is a date or a time in UTC",
        "write it as 2026-09-30"},
       {"2027-03-30T12:00:00Z", "2026-10-01", "12:17", "expires_at is not after generated_at",
        "mend the one that is wrong"},
       {"tue-thu 09:00-15:00 +01:00", "always", "13:13", "a window is days, times", "write it so"},
       {"09:00-15:00 +01:00", "09:00-15:00 Europe/Berln", "13:13",
        "the system knows no time zone \"Europe/Berln\"", "or write an offset"},
       {"[shop@example.com]", "shop@example.com", "10:15", "contacts must be a list",
        "write it as [a, b]"},
       {"[shop@example.com]", "[{a: b}]", "10:16",
        "an item of contacts is a text that is not empty", "write one"}});
  expect_each(
      "version: 1\nissuers: {own: {kind: rekey, credential: a}}\nintegrations: [{name: a}]\n",
      {{"{own: {kind: rekey, credential: a}}", "[]", "2:10", "issuers must be a mapping",
        "write it as {mce:"},
       {"[{name: a}]", "{}", "3:15", "integrations must be a list of 1 to 1000",
        "write each behind a dash"}});
}

TEST(InventoryErrors, OfConsumersAndWaivers) {
  expect_each(
      kSingle,
      {{"name: nightly", "name: shop", "11:5", "two consumers are called shop", "rename one"},
       {"name: nightly", "name: n ly", "11:11", "a consumer's name is 1 to 64", "rename it"},
       {"path: nightly.conf, format: json, key: mce.secret", "path: shop/.env, key: CLIENT_SECRET",
        "11:5", "have the same sink", "declare one consumer"},
       {"network: 10.1.0.0/16, user_agent: nightly", "user_agent: shop/9", "11:5",
        "could both match one caller", "tell them apart"},
       {"reload: per_call", "reload: on_signal", "8:13", "reload must be per_call or a mapping",
        "write one of them"},
       {"command: [./restart.sh]", "command: ./restart.sh", "14:23", "command must be a list",
        "write it as [program, argument]"},
       {"[./restart.sh]", R"(["./re\0start.sh"])", "14:24", "command holds U+0000", "leave it out"},
       {"command: [./restart.sh]", "cached: 5m, schedule: 1d", "14:13",
        "reload has one of command, signal, cached and schedule", "keep the one"},
       {"command: [./restart.sh]", "signal: KILL, pid_file: a.pid", "14:22",
        "a signal is HUP, INT, TERM", "write one of those"},
       {"command: [./restart.sh]", "signal: HUP", "14:13", "reload lacks the key pid_file",
        "add it: the file that holds"},
       {"command: [./restart.sh], timeout: 5s, reads: at_start", "timeout: 5s", "14:13",
        "reload lacks the key command", "add it"},
       {"reads: at_start", "reads: never", "14:59", "reads never is not known",
        "write one of at_start"},
       {"network: 10.1.0.0/16", "network: x", "15:14", "network is neither an address nor a block",
        "write what tells"},
       {"{network: 10.1.0.0/16, user_agent: nightly}", "{}", "15:14",
        "seen_as needs at least one of", "write what tells"},
       {"\"shop/*\"", "\"*\"", "9:14", "user_agent would match every caller", "write what tells"},
       {"{other: true}", "{other: true, slot: x}", "18:22", "other stands alone",
        "write {other: true}"},
       {"{other: true}", "{other: false}", "18:22", "other stands alone", "write {other: true}"},
       {"    by: R. Meyer\n", "", "18:5", "a waiver lacks the key by", "add it: who answers"}});
  const std::string head = kSingle.substr(0, kSingle.find("consumers:"));
  EXPECT_NE(problem_of(head + "consumers: {}\n").find("r.yaml:5:12: consumers must be a list of 1"),
            std::string::npos);
  const std::string waivers = kSingle.substr(0, kSingle.find("waivers:"));
  EXPECT_EQ(problem_of(waivers + "waivers: {}\n"),
            "r.yaml:17:10: waivers must be a list; write each behind a dash");
}

// Fifty are told, so that a file of another kind does not fill the screen.
TEST(InventoryErrors, AreToldUpToFifty) {
  std::string text = "version: 1\n";
  for (int i = 0; i < 200; ++i) text += "k" + std::to_string(i) + ": 1\n";
  const std::string problem = problem_of(text);
  EXPECT_EQ(std::count(problem.begin(), problem.end(), '\n'), 49);
}

RC_GTEST_PROP(InventoryErrors, WhateverIsChangedInAFileIsReadOrToldWithItsPlace, ()) {
  std::string text = *rc::gen::element(kSingle, kSeveral);
  const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
  const auto size = *rc::gen::inRange<std::size_t>(0, 12);
  const auto with = *rc::gen::container<std::string>(
      rc::gen::elementOf(std::string("{}[]:,-#&*!|>'\"%@` \n\tax0.\x01\xc3\xa9")));
  text.replace(at, size, with);
  const std::string problem = problem_of(text);
  std::istringstream lines(problem);
  for (std::string line; std::getline(lines, line);) {
    RC_ASSERT(line.starts_with("r.yaml:"));
    RC_ASSERT(line.size() > 8 && line[7] >= '1' && line[7] <= '9');
  }
}

}  // namespace
}  // namespace rekey::rotation
