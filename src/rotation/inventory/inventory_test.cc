#include "rotation/inventory/inventory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "rotation/drivers/registry.h"
#include "rotation/inventory/inventory_gaps.h"

namespace rekey::rotation {
namespace {

const std::string kGood = R"(version: 1
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
    sink: {kind: file, path: /etc/nightly.conf, format: json, key: mce.secret}
    instances: 2
    reload: {command: [./restart.sh, nightly], timeout: 5s}
    seen_as: {network: 10.1.0.0/16, user_agent: nightly}
    interval: 1d
waivers:
  - seen_as: {other: true}
    by: R. Meyer
    reason: a scanner
)";

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

std::string problem_of(const std::string& text) {
  const auto inventory = parse_inventory(text, "/srv/rekey.yaml", builtin_drivers());
  if (inventory) return "";
  EXPECT_EQ(inventory.error().code, base::Code::kInvalidArgument);
  return inventory.error().detail;
}

void expect_problem(const std::string& what, const std::string& with, const std::string& said) {
  const std::string problem = problem_of(replaced(kGood, what, with));
  EXPECT_NE(problem.find(said), std::string::npos) << "said: " << problem;
}

TEST(Inventory, IsReadWithPathsRelativeToItsOwnFolder) {
  const auto inventory = parse_inventory(kGood, "/srv/rekey.yaml", builtin_drivers());
  ASSERT_TRUE(inventory) << inventory.error().detail;
  EXPECT_EQ(inventory->issuer.text("credential"), "/srv/admin.json");
  EXPECT_EQ(inventory->state_folder, "/srv/.rekey");
  EXPECT_EQ(inventory->slot, "-");
  EXPECT_EQ(inventory->proof.requests, 5);
  ASSERT_EQ(inventory->consumers.size(), 2u);
  EXPECT_EQ(inventory->consumers[0].sinks.front().text("path"), "/srv/shop/.env");
  EXPECT_EQ(inventory->consumers[0].sinks.front().text("format"), "dotenv");
  EXPECT_EQ(inventory->consumers[0].reload.form(), ReloadForm::kPerCall);
  EXPECT_EQ(inventory->consumers[1].sinks.front().text("path"), "/etc/nightly.conf");
  EXPECT_EQ(inventory->consumers[1].reload.command.front(), "/srv/restart.sh");
  EXPECT_EQ(inventory->consumers[1].instances, 2);
  EXPECT_TRUE(inventory->waivers[0].seen_as.is_other);
}

TEST(Inventory, AConsumerMayHaveSeveralSinksAndWavesPutConsumersInOrder) {
  const std::string text =
      replaced(kGood, "    sink: {kind: file, path: shop/.env, key: CLIENT_SECRET}\n",
               "    kind: service\n    sinks:\n"
               "      - {kind: file, path: shop/.env, key: CLIENT_SECRET}\n"
               "      - {kind: file, path: vault.json, key: shop}\n");
  const std::string id = "client_id: abcdefghijklmnopqrstuvwx";
  ASSERT_NE(text.find(id), std::string::npos);
  const auto with_waves = [&](const std::string& waves) {
    return replaced(text, id, id + ", waves: " + waves);
  };
  const auto inventory =
      parse_inventory(with_waves("[{name: canary, consumers: [nightly], hold: 5m}]"),
                      "/srv/rekey.yaml", builtin_drivers());
  ASSERT_TRUE(inventory) << inventory.error().detail;
  ASSERT_EQ(inventory->waves.size(), 2u);
  EXPECT_EQ(inventory->waves[0], (Wave{"canary", std::chrono::minutes{5}}));
  EXPECT_EQ(inventory->waves[1].name, "rest");
  EXPECT_EQ(inventory->consumers[0].name, "nightly");
  EXPECT_EQ(inventory->consumers[1].wave, 1);
  EXPECT_EQ(inventory->consumers[1].kind, "service");
  EXPECT_EQ(places_of(inventory->consumers[1]),
            "/srv/shop/.env, CLIENT_SECRET and /srv/vault.json, shop");
  const auto said = [&](const std::string& waves) { return problem_of(with_waves(waves)); };
  EXPECT_NE(said("[{name: a, consumers: [nigthly]}]").find("did you mean nightly?"),
            std::string::npos);
  EXPECT_NE(said("[{name: a, consumers: [nightly]}, {name: b, consumers: [nightly]}]")
                .find("nightly is in two waves"),
            std::string::npos);
  EXPECT_NE(said("[{name: a, consumers: [nightly]}, {name: a, consumers: [shop]}]")
                .find("two waves are called a"),
            std::string::npos);
  EXPECT_NE(said("[{name: a, consumers: []}]").find("moves nobody"), std::string::npos);
}

TEST(Inventory, AnUnknownKeyIsToldWithItsPlaceAndTheNearestKnownOne) {
  expect_problem(
      "instances: 2", "instnaces: 2",
      "/srv/rekey.yaml:13:5: unknown key instnaces in a consumer; did you mean instances?");
}

TEST(Inventory, ADuplicateKeyIsRefused) {
  expect_problem("version: 1\n", "version: 1\nversion: 1\n", ":2:1: the key version stands twice");
}

TEST(Inventory, AMissingKeyIsNamed) {
  expect_problem("    reload: per_call\n", "", "a consumer lacks the key reload");
}

TEST(Inventory, AWrongTypeIsNamed) {
  expect_problem("instances: 2", "instances: two", ":13:16: instances must be a whole number");
  expect_problem("interval: 20m", "interval: [20m]", "interval must be a text");
  expect_problem("{command: [./restart.sh, nightly], timeout: 5s}", "on_signal", "reload must be");
}

TEST(Inventory, DuplicateNamesAndSinksAreRefused) {
  expect_problem("name: nightly", "name: shop", "two consumers are called shop");
  expect_problem("path: /etc/nightly.conf, format: json, key: mce.secret",
                 "path: shop/.env, key: CLIENT_SECRET", "have the same sink");
}

TEST(Inventory, ConsumersThatCouldMatchOneCallerAreRefused) {
  expect_problem("network: 10.1.0.0/16, user_agent: nightly", "user_agent: shop/nightly",
                 "shop and nightly could both match one caller");
}

TEST(Inventory, AnUnknownKindNamesTheNearest) {
  expect_problem("kind: rekey", "kind: reky", "did you mean rekey?");
  expect_problem("kind: file, path: shop", "kind: fil, path: shop", "did you mean file?");
}

TEST(Inventory, TheProbeIsTheIssuersUsualOneUnlessAnotherIsNamed) {
  EXPECT_EQ(parse_inventory(kGood, "/srv/rekey.yaml", builtin_drivers())->probe.kind, "token");
  EXPECT_EQ(problem_of(replaced(kGood, "proof:", "probe: {kind: token}\nproof:")), "");
  expect_problem("proof:", "probe: {kind: tokn}\nproof:",
                 ":4:15: kind tokn is not known; did you mean token?");
  expect_problem(
      "proof:", "probe: {kind: token, url: x}\nproof:", ":4:22: unknown key url in probe");
  DriverRegistry registry = builtin_drivers();
  registry.issuers[0].usual_probe = "none";
  const auto without = parse_inventory(kGood, "/srv/rekey.yaml", registry);
  ASSERT_FALSE(without);
  EXPECT_EQ(
      without.error().detail,
      "/srv/rekey.yaml:1:1: the inventory lacks the key probe; add it: how a value is tried, where "
      "not in the issuer's usual way");
}

TEST(Inventory, AMissingKeyOfADriverIsExplained) {
  expect_problem("{kind: rekey, credential: admin.json}", "{kind: rekey}",
                 ":2:9: issuer lacks the key credential; add it: the file with the credential");
  expect_problem(", key: mce.secret", "",
                 ":12:11: sink lacks the key key; add it: which value of the file it is");
}

TEST(Inventory, AFormatThatCannotBeGuessedIsAskedFor) {
  expect_problem("format: json, ", "", "add format:");
}

TEST(Inventory, AClientIdOfAnotherShapeIsRefused) {
  expect_problem("abcdefghijklmnopqrstuvwx", "ABC", "/srv/rekey.yaml:3:26: ");
}

TEST(Inventory, AllProblemsAreToldAtOnce) {
  std::string text = replaced(kGood, "instances: 2", "instances: 0");
  text = replaced(text, "interval: 20m", "interval: soon");
  const std::string problem = problem_of(text);
  EXPECT_NE(problem.find("instances"), std::string::npos);
  EXPECT_NE(problem.find("interval"), std::string::npos);
}

TEST(Inventory, ATruncatedFileIsRefusedWhereverItIsCut) {
  // The last cut at which what is left is whole is before the waivers.
  const std::size_t whole = kGood.find("waivers:");
  int refused = 0;
  for (std::size_t size = 0; size < whole; ++size) {
    const std::string problem = problem_of(kGood.substr(0, size));
    if (!problem.empty()) {
      ++refused;
      EXPECT_TRUE(problem.starts_with("/srv/rekey.yaml")) << problem;
    }
  }
  EXPECT_GT(refused, static_cast<int>(whole) * 8 / 10);
  EXPECT_NE(problem_of(kGood.substr(0, kGood.find("consumers:"))).find("consumers"),
            std::string::npos);
}

TEST(Inventory, WhatFollowsTheDocumentIsNotOverlooked) {
  EXPECT_NE(problem_of(kGood + "---\nversion: 1\n"), "");
  EXPECT_NE(problem_of("{version: 1}\nversion: 2\n"), "");
  EXPECT_NE(problem_of("# a stray comma begins a document that never ends\n, x\n" + kGood), "");
  EXPECT_EQ(problem_of("# a comment\n---\n" + kGood + "# the end\n"), "");
}

TEST(Inventory, AliasesAreRefused) {
  EXPECT_NE(problem_of("version: &v 1\nissuer: *v\n").find(":2:9: aliases are not used"),
            std::string::npos);
}

TEST(Inventory, AnEscapeThatHidesACharacterIsRefusedInEveryText) {
  expect_problem("path: /etc/nightly.conf", R"(path: "/etc/nightly.conf\0.txt")",
                 "/srv/rekey.yaml:12:30: path holds U+0000, a control character");
  expect_problem("credential: admin.json", R"(credential: "admin\0.json")",
                 ":2:35: credential holds U+0000");
  expect_problem("key: mce.secret", R"(key: "mce\u202E.secret")", ":12:68: key holds U+202E");
  expect_problem("kind: file, path: shop", R"(kind: "fi\u200Ble", path: shop)",
                 ":7:18: kind holds U+200B");
  expect_problem("[./restart.sh, nightly]", R"(["./restart\0.sh", nightly])",
                 ":14:24: command holds U+0000");
  expect_problem("[./restart.sh, nightly]", R"([./restart.sh, "night\0ly"])",
                 ":14:38: command holds U+0000");
  expect_problem("by: R. Meyer", R"(by: "R.\e[2J Meyer")", ":19:9: by holds U+001B");
  expect_problem("version: 1\n", "version: 1\nstate: \"runs\\n\"\n", ":2:8: state holds U+000A");
  expect_problem("    interval: 20m", "    \"inter\\u200Bval\": 20m",
                 ":10:5: a key of a consumer holds U+200B");
}

TEST(Inventory, AnArgumentOfACommandMayHaveSeveralLines) {
  const std::string text =
      replaced(kGood, "[./restart.sh, nightly]", R"([sh, -c, "first\n\tsecond\n"])");
  const auto inventory = parse_inventory(text, "/srv/rekey.yaml", builtin_drivers());
  ASSERT_TRUE(inventory) << inventory.error().detail;
  EXPECT_EQ(inventory->consumers[1].reload.command.back(), "first\n\tsecond\n");
}

TEST(Inventory, ANumberIsDecimalDigitsAlone) {
  for (const std::string number : {"010", "0x10", "0o10", "+2", "-2", "2.0", "0", "1_0", "''"}) {
    expect_problem("instances: 2", "instances: " + number,
                   "/srv/rekey.yaml:13:16: instances must be a whole number from 1 to 10000");
    expect_problem("requests: 5", "requests: " + number, ":4:19: requests must be a whole number");
  }
  const std::string text = replaced(kGood, "instances: 2", "instances: 10");
  EXPECT_EQ(parse_inventory(text, "/srv/rekey.yaml", builtin_drivers())->consumers[1].instances,
            10);
}

TEST(Inventory, BytesThatAreNotTextAreRefused) {
  EXPECT_NE(problem_of(kGood + '\0'), "");
  EXPECT_NE(problem_of(kGood + "# \xff\n"), "");
  EXPECT_NE(problem_of(""), "");
  EXPECT_NE(problem_of(std::string(2 * 1024 * 1024, '#')), "");
}

const std::string kSeveral = R"(version: 1
issuers:
  mce: {kind: marketing-cloud, auth_url: "https://tenant.auth.marketingcloudapis.com/"}
  own: {kind: rekey, credential: admin.json}
proof: {requests: 5, span: 3s}
integrations:
  - client_id: abcdefghijklmnopqrstuvwx
    name: Order sync
    issuer: mce
    owner: Shop team
    contacts: [shop-team, shop@example.com]
    documentation: https://wiki.example.com/order-sync
    generated_at: 2026-10-01
    expires_at: 2027-03-30T12:00:00Z
    approvals: 2
    window: tue-thu 09:00-15:00 +01:00
    consumers:
      - name: shop
        owner: Shop operations
        sink: {kind: file, path: shop/.env, key: CLIENT_SECRET}
        max_length: 64
        reload: {command: [./restart.sh], reads: at_start}
        seen_as: {user_agent: "shop/*"}
        interval: 20m
  - client_id: bcdefghijklmnopqrstuvwxy
    issuer: own
    state: elsewhere
    proof: {requests: 7}
    consumers: []
)";

base::Result<InventoryFile> read_several(const std::string& text) {
  return parse_inventory_file(text, "/srv/rekey.yaml", builtin_drivers());
}

void expect_problem_of_several(const std::string& what, const std::string& with,
                               const std::string& said) {
  const auto file = read_several(replaced(kSeveral, what, with));
  ASSERT_FALSE(file) << with;
  EXPECT_EQ(file.error().code, base::Code::kInvalidArgument);
  EXPECT_NE(file.error().detail.find(said), std::string::npos) << "said: " << file.error().detail;
}

TEST(Inventory, WithSeveralIntegrationsKeepsWhatIsKnownOfEach) {
  const auto file = read_several(kSeveral);
  ASSERT_TRUE(file) << file.error().detail;
  ASSERT_EQ(file->integrations.size(), 2u);
  const Inventory& first = file->integrations[0];
  EXPECT_EQ(first.name, "Order sync");
  EXPECT_EQ(first.issuer_name, "mce");
  EXPECT_EQ(first.issuer.kind, "marketing-cloud");
  EXPECT_EQ(first.owner, "Shop team");
  EXPECT_EQ(first.contacts, (std::vector<std::string>{"shop-team", "shop@example.com"}));
  EXPECT_EQ(first.documentation, "https://wiki.example.com/order-sync");
  EXPECT_EQ(first.generated_at, base::parse_instant("2026-10-01").value());
  EXPECT_EQ(first.expires_at, base::parse_instant("2027-03-30T12:00:00Z").value());
  EXPECT_EQ(first.approvals, 2);
  EXPECT_TRUE(first.window.has_value());
  EXPECT_EQ(first.state_folder, "/srv/.rekey");
  EXPECT_EQ(first.proof, (ProofSpec{5, std::chrono::seconds{3}}));
  ASSERT_EQ(first.consumers.size(), 1u);
  EXPECT_EQ(first.consumers[0].owner, "Shop operations");
  EXPECT_EQ(first.consumers[0].max_length, 64);
  EXPECT_TRUE(first.consumers[0].reload.reads_at_start);
}

TEST(Inventory, AnIntegrationMayHaveItsOwnStateAndProofAndNoConsumerYet) {
  const auto file = read_several(kSeveral);
  ASSERT_TRUE(file) << file.error().detail;
  const Inventory& second = file->integrations[1];
  EXPECT_EQ(second.name, "bcdefghijklmnopqrstuvwxy");
  EXPECT_EQ(second.state_folder, "/srv/elsewhere");
  EXPECT_EQ(second.proof, (ProofSpec{7, std::chrono::seconds{3}}));
  EXPECT_TRUE(second.consumers.empty());
  EXPECT_TRUE(read_several(replaced(kSeveral, "    consumers: []\n", "")));
  EXPECT_TRUE(read_several(replaced(kSeveral, "consumers: []", "consumers:")));
}

TEST(Inventory, ASecretWithoutAnEndHasTheUsualLifeOfItsIssuer) {
  const auto file = read_several(replaced(kSeveral, "    expires_at: 2027-03-30T12:00:00Z\n", ""));
  ASSERT_TRUE(file) << file.error().detail;
  EXPECT_EQ(file->integrations[0].expires_at,
            base::parse_instant("2026-10-01").value() + base::Days{180});
  EXPECT_EQ(file->integrations[1].expires_at, std::nullopt);
}

TEST(Inventory, ASecretOfBeforeThePlatformsCutOffEndedOnItsFixedDay) {
  const auto end_of = [](const std::string& generated) {
    std::string text = replaced(kSeveral, "    expires_at: 2027-03-30T12:00:00Z\n", "");
    const auto file = read_several(replaced(text, "generated_at: 2026-10-01", generated));
    return base::format_instant(file->integrations[0].expires_at.value());
  };
  EXPECT_EQ(end_of("generated_at: 2023-05-01"), "2026-09-30T00:00:00Z");
  EXPECT_EQ(end_of("generated_at: 2026-03-26T23:30:00Z"), "2026-09-30T00:00:00Z");
  EXPECT_EQ(end_of("generated_at: 2026-03-27"), "2026-09-23T00:00:00Z");
}

TEST(Inventory, AWindowMayNameItsTimeZone) {
  const auto file = read_several(replaced(kSeveral, "15:00 +01:00", "15:00 Europe/Berlin"));
  ASSERT_TRUE(file) << file.error().detail;
  const Window& window = file->integrations[0].window.value();
  const auto at = [](std::string_view text) { return base::parse_instant(text).value(); };
  EXPECT_FALSE(is_open(window, at("2027-01-05T07:30:00Z"))) << "08:30 there";
  EXPECT_TRUE(is_open(window, at("2027-07-06T07:30:00Z"))) << "09:30 there";
}

TEST(Inventory, TheExamplesTenantIsNobodys) {
  const std::string tenant = "https://tenant.auth";
  const auto file =
      read_several(replaced(kSeveral, tenant, fmt::format("https://{}.auth", kExampleTenant)));
  ASSERT_TRUE(file) << file.error().detail;
  EXPECT_EQ(find_gaps(file->integrations[0]),
            std::vector<std::string>{"auth_url (still the example's)"});
  EXPECT_EQ(find_issuer_gaps(file->issuers.at("mce")),
            std::vector<std::string>{"auth_url (still the example's)"});
  EXPECT_TRUE(find_issuer_gaps(file->issuers.at("own")).empty());
}

TEST(Inventory, AnIntegrationIsChosenByNameOrClientId) {
  const auto chosen = [](const std::string& wanted) {
    return choose_integration(read_several(kSeveral).value(), wanted);
  };
  EXPECT_EQ(chosen("Order sync")->client_id, "abcdefghijklmnopqrstuvwx");
  EXPECT_EQ(chosen("bcdefghijklmnopqrstuvwxy")->issuer_name, "own");
  EXPECT_EQ(chosen("").error().detail,
            "/srv/rekey.yaml has 2 integrations; say which one with -i NAME: Order sync, "
            "bcdefghijklmnopqrstuvwxy");
  EXPECT_EQ(chosen("order").error().code, base::Code::kInvalidArgument);
}

TEST(Inventory, AFirstFileMayHaveNoIntegrationYet) {
  const std::string head = kSeveral.substr(0, kSeveral.find("integrations:"));
  for (const std::string list : {"integrations:\n", "integrations: []\n"}) {
    const auto file = read_several(head + list);
    ASSERT_TRUE(file) << file.error().detail;
    EXPECT_TRUE(file->integrations.empty());
    EXPECT_NE(choose_integration(*file, "a").error().detail.find("has no integration yet; add"),
              std::string::npos);
  }
  EXPECT_FALSE(read_several(head));
}

TEST(Inventory, WhatIsNotFilledInYetIsTold) {
  const auto file = read_several(replaced(kSeveral, "  - client_id: bcdefghijklmnopqrstuvwxy\n",
                                          "  - name: Nightly import\n"));
  ASSERT_TRUE(file) << file.error().detail;
  EXPECT_EQ(find_gaps(file->integrations[0]), std::vector<std::string>{});
  EXPECT_EQ(find_gaps(file->integrations[1]),
            (std::vector<std::string>{"client id", "owner", "consumers", "end date"}));
  expect_problem_of_several("  - client_id: bcdefghijklmnopqrstuvwxy\n    issuer: own\n",
                            "  - issuer: own\n", "an integration lacks the key client_id");
}

TEST(Inventory, TwoIntegrationsOfOneNameOrClientIdAreRefused) {
  expect_problem_of_several("bcdefghijklmnopqrstuvwxy", "abcdefghijklmnopqrstuvwx",
                            ":25:5: abcdefghijklmnopqrstuvwx slot - is there twice (Order sync");
  expect_problem_of_several("    issuer: own\n", "    issuer: own\n    name: Order sync\n",
                            ":25:5: two integrations are called Order sync");
}

TEST(Inventory, TwoIntegrationsWithTheSameSinkAreRefused) {
  const std::string second =
      "consumers: [{name: other, sink: {kind: file, path: ./shop/.env, key: CLIENT_SECRET}, "
      "reload: per_call, seen_as: {user_agent: o}, interval: 1h}]";
  expect_problem_of_several("consumers: []", second,
                            ":25:5: shop of Order sync and other of bcdefghijklmnopqrstuvwxy have "
                            "the same sink, which holds one secret only; give one");
  EXPECT_TRUE(read_several(replaced(kSeveral, "consumers: []",
                                    replaced(second, "key: CLIENT_SECRET", "key: OTHER_SECRET"))));
}

TEST(Inventory, AnIssuerThatIsNotInTheMapIsRefused) {
  expect_problem_of_several("issuer: mce", "issuer: mcr",
                            ":9:13: issuers has no mcr; did you mean mce?");
  expect_problem_of_several("    issuer: own\n", "",
                            "lacks the key issuer; add it: its name in issuers");
  expect_problem_of_several("  own: {kind", "  own er: {kind",
                            ":4:3: an issuer's name is 1 to 64 characters");
}

TEST(Inventory, KeysOfASingleIntegrationBelongElsewhereInAList) {
  expect_problem_of_several(
      "proof:", "consumers: []\nproof:", ":5:12: consumers goes with a single integration");
  expect_problem_of_several("proof:", "issuer: {kind: rekey, credential: a}\nproof:",
                            "move it into each item of integrations, by its name in issuers");
  expect_problem_of_several("    owner: Shop team\n", "    ownr: Shop team\n",
                            ":10:5: unknown key ownr in an integration; did you mean owner?");
}

TEST(Inventory, DatesWindowsApprovalsAndContactsOfAnotherShapeAreRefused) {
  expect_problem_of_several(
      "2026-10-01", "1.10.2026",
      ":13:19: generated_at is a date or a time in UTC; write it as 2026-09-30");
  expect_problem_of_several("2027-03-30T12:00:00Z", "2026-10-01",
                            ":14:17: expires_at is not after generated_at");
  expect_problem_of_several("approvals: 2", "approvals: 6",
                            ":15:16: approvals must be a whole number");
  expect_problem_of_several("tue-thu 09:00-15:00 +01:00", "always", ":16:13: ");
  expect_problem_of_several("[shop-team, shop@example.com]", "shop-team",
                            ":11:15: contacts must be a list");
  expect_problem_of_several("[shop-team, shop@example.com]", "[{mail: x}]",
                            ":11:16: an item of contacts is a text that is not empty");
  expect_problem_of_several("reads: at_start", "reads: sometimes", ":22:");
}

TEST(Inventory, WhereCopiesAreLookedForIsTheFilesAndRelativeToItsFolder) {
  const auto read =
      parse_inventory(kGood +
                          "discovery:\n  roots: [shop, /etc/shop]\n  not_consumers:\n"
                          "    - {path: ../docs, by: R. Meyer, reason: the manual's example}\n",
                      "/srv/a/rekey.yaml", builtin_drivers());
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->discovery.roots, (std::vector<std::string>{"/srv/a/shop", "/etc/shop"}));
  ASSERT_EQ(read->discovery.not_consumers.size(), 1u);
  EXPECT_EQ(read->discovery.not_consumers[0],
            (NotConsumer{"/srv/docs", "R. Meyer", "the manual's example"}));
}

}  // namespace
}  // namespace rekey::rotation
