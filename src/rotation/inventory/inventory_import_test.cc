#include "rotation/inventory/inventory_import.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "rotation/drivers/registry.h"

namespace rekey::rotation {
namespace {

const std::string kPath = "rekey.yaml";
const std::string kFile = R"(# Ours.
version: 1
issuers:
  mce: {kind: marketing-cloud, auth_url: "https://tenant.auth.marketingcloudapis.com/"}
integrations:
  - name: Order sync   # the shop's
    client_id: abcdefghijklmnopqrstuvwx
    owner: Shop team

  - name: Nightly
    expires_at: 2027-03-19
    # nobody has looked for consumers yet

# The runs.
state: .rekey
)";

ImportRow row_of(std::string package, std::string_view ends, std::string client_id = {}) {
  ImportRow row;
  row.package = std::move(package);
  row.client_id = std::move(client_id);
  row.expires_at = base::parse_instant(ends).value();
  return row;
}

base::Result<InventoryImport> import(const std::string& text, const std::vector<ImportRow>& rows) {
  return import_into_inventory({text, kPath, rows}, builtin_drivers());
}

TEST(InventoryImport, AddsEndsAndIntegrationsAndChangesNoOtherByte) {
  const std::vector<ImportRow> rows{row_of("Order sync", "2027-02-01"),
                                    row_of("Old \"report\"", "2027-01-31T10:00:00Z")};
  const auto result = import(kFile, rows);
  ASSERT_TRUE(result) << result.error().detail;
  std::string expected = kFile;
  const std::string client = "    client_id: abcdefghijklmnopqrstuvwx\n";
  expected.insert(expected.find(client) + client.size(), "    expires_at: 2027-02-01\n");
  expected.insert(expected.find("\n# The runs."),
                  "  - name: \"Old \\\"report\\\"\"\n    issuer: mce\n"
                  "    expires_at: 2027-01-31T10:00:00Z\n");
  EXPECT_EQ(result->text, expected);
  EXPECT_EQ(result->done.size(), 2u);
  EXPECT_TRUE(result->left.empty());
}

TEST(InventoryImport, ASecondTimeAddsNothing) {
  const std::vector<ImportRow> rows{row_of("Order sync", "2027-02-01"),
                                    row_of("Old report", "2027-01-31")};
  const std::string once = import(kFile, rows)->text;
  const auto twice = import(once, rows);
  ASSERT_TRUE(twice) << twice.error().detail;
  EXPECT_EQ(twice->text, once);
  EXPECT_EQ(diff_of({once, kPath, rows}, *twice), "");
}

TEST(InventoryImport, WhatAPersonWroteIsKeptAndTheDifferenceTold) {
  const auto result = import(kFile, {row_of("Nightly", "2027-03-20")});
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result->text, kFile);
  EXPECT_EQ(
      result->left,
      std::vector<std::string>{
          "Nightly: the file says expires_at 2027-03-19, the table 2027-03-20; --update-dates "
          "writes the latter"});
  EXPECT_TRUE(import(kFile, {row_of("Nightly", "2027-03-19T10:15:00Z")})->left.empty())
      << "one of them knows the day alone";
}

TEST(InventoryImport, DatesAreReplacedWhereThatIsAskedFor) {
  std::string text = kFile;
  const std::string date = "    expires_at: 2027-03-19\n";
  text.replace(text.find(date), date.size(),
               "    expires_at: '2027-03-19'  # from Setup\n    generated_at: 2026-09-20\n");
  ImportRow row = row_of("Nightly", "2027-04-20T10:15:00Z", "bcdefghijklmnopqrstuvwxy");
  row.generated_at = base::parse_instant("2026-10-22").value();
  const std::vector<ImportRow> rows{row};
  ImportTask task{text, kPath, rows};
  task.updates_dates = true;
  const auto result = import_into_inventory(task, builtin_drivers());
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_TRUE(result->left.empty());
  std::string expected = kFile;
  expected.replace(expected.find(date), date.size(),
                   "    client_id: bcdefghijklmnopqrstuvwxy\n"
                   "    expires_at: 2027-04-20T10:15:00Z  # from Setup\n"
                   "    generated_at: 2026-10-22\n");
  EXPECT_EQ(result->text, expected);
  EXPECT_EQ(diff_of(task, *result),
            "--- rekey.yaml\n+++ rekey.yaml\n@@ -8,8 +8,9 @@\n     owner: Shop team\n \n"
            "   - name: Nightly\n+    client_id: bcdefghijklmnopqrstuvwxy\n"
            "-    expires_at: '2027-03-19'  # from Setup\n"
            "+    expires_at: 2027-04-20T10:15:00Z  # from Setup\n"
            "-    generated_at: 2026-09-20\n+    generated_at: 2026-10-22\n"
            "     # nobody has looked for consumers yet\n \n # The runs.\n");
}

TEST(InventoryImport, DatesAreReplacedOnOneLineTooAndNeverBeforeTheGeneration) {
  std::string text = kFile;
  const std::string item = "  - name: Nightly\n    expires_at: 2027-03-19\n";
  text.replace(text.find(item), item.size(),
               "  - {name: Nightly, generated_at: 2026-09-20, expires_at: \"2027-03-19\"}\n");
  ImportRow row = row_of("Nightly", "2027-04-20");
  row.generated_at = base::parse_instant("2026-10-22T08:00:00Z").value();
  std::vector<ImportRow> rows{row};
  ImportTask task{text, kPath, rows};
  task.updates_dates = true;
  const auto result = import_into_inventory(task, builtin_drivers());
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_NE(result->text.find("{name: Nightly, generated_at: 2026-10-22T08:00:00Z, "
                              "expires_at: 2027-04-20}\n"),
            std::string::npos);
  rows[0].generated_at = base::parse_instant("2027-05-01").value();
  task.rows = rows;
  const auto refused = import_into_inventory(task, builtin_drivers());
  EXPECT_EQ(refused->text, text);
  EXPECT_EQ(refused->left.size(), 1u);
}

TEST(InventoryImport, WhatARotationHerePutInPlaceIsNoDifference) {
  const auto at = [](std::string_view text) { return base::parse_instant(text).value(); };
  const std::vector<std::optional<RotatedDates>> rotated{
      std::nullopt, RotatedDates{at("2027-02-20T09:30:00Z"), at("2027-08-19T09:30:00Z")}};
  for (const bool updates : {false, true}) {
    std::vector<ImportRow> rows{row_of("Nightly", "2027-08-19T09:28:00Z")};
    ImportTask task{kFile, kPath, rows};
    task.rotated = rotated;
    task.updates_dates = updates;
    const auto same = import_into_inventory(task, builtin_drivers());
    EXPECT_TRUE(same->left.empty());
    EXPECT_EQ(same->text, kFile);
    rows = {row_of("Nightly", "2027-06-01")};
    task.rows = rows;
    const auto old = import_into_inventory(task, builtin_drivers());
    EXPECT_EQ(old->text, kFile);
    ASSERT_EQ(old->left.size(), 1u);
    EXPECT_NE(old->left[0].find("2027-08-19T09:30:00Z since the last rotation here"),
              std::string::npos);
    rows = {row_of("Nightly", "2027-09-01")};
    task.rows = rows;
    const auto later = import_into_inventory(task, builtin_drivers());
    EXPECT_EQ(later->left.empty(), updates) << "changed by hand in Setup";
  }
}

TEST(InventoryImport, ReplacingTheLastLineKeepsItsMissingEnd) {
  std::string text = kFile.substr(0, kFile.find("    # nobody") - 1);
  const std::vector<ImportRow> rows{row_of("Nightly", "2027-04-20")};
  ImportTask task{text, kPath, rows};
  task.updates_dates = true;
  const auto result = import_into_inventory(task, builtin_drivers());
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_TRUE(result->text.ends_with("    expires_at: 2027-04-20"));
}

TEST(InventoryImport, AClientIdDecidesBeforeTheName) {
  const auto result = import(kFile, {row_of("Renamed", "2027-02-01", "abcdefghijklmnopqrstuvwx")});
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result->done, std::vector<std::string>{"Order sync: expires_at: 2027-02-01 added"});
  const auto other =
      import(kFile, {row_of("Order sync", "2027-02-01", "bcdefghijklmnopqrstuvwxy")});
  EXPECT_EQ(other->text, kFile);
  EXPECT_EQ(other->left.size(), 1u);
}

TEST(InventoryImport, WhatCouldMeanTwoThingsIsLeftToPeople) {
  EXPECT_EQ(import(kFile, {row_of("New", "2027-02-01"), row_of("New", "2027-03-01")})->text, kFile);
  EXPECT_EQ(import(kFile, {row_of("N\xe2\x80\x8b"
                                  "ew",
                                  "2027-02-01")})
                ->text,
            kFile);
  ImportRow namesake = row_of("New", "2027-03-01", "bcdefghijklmnopqrstuvwxy");
  const auto result =
      import(kFile, {row_of("New", "2027-02-01", "abcdefghijklmnopqrstuvwy"), namesake});
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result->done, std::vector<std::string>{"New: added"});
  EXPECT_EQ(result->left,
            std::vector<std::string>{"New: client id bcdefghijklmnopqrstuvwxy has the name of "
                                     "another one; add it by hand under another name"});
  namesake.slot = "abc123";
  EXPECT_EQ(import(kFile, {row_of("New", "2027-02-01"), namesake})->done.size(), 2u)
      << "the slots tell them apart";
}

TEST(InventoryImport, AStagedSecretEndsNothingYet) {
  ExpiryRow row;
  row.package = "Order sync";
  row.state = "Staged";
  EXPECT_TRUE(import_rows_of(std::vector{row}).empty());
  row.state = "Active";
  EXPECT_EQ(import_rows_of(std::vector{row}).size(), 1u);
}

TEST(InventoryImport, AClientIdThatIsNoneIsToldAndNotTaken) {
  const auto result = import(
      kFile, {row_of("Nightly", "2027-03-19", "ABC"), row_of("New", "2027-03-19", "not-an-id"),
              row_of("", "2027-03-19", "neither")});
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_TRUE(result->left.empty());
  ASSERT_EQ(result->notes.size(), 3u);
  EXPECT_EQ(result->notes[0],
            "Nightly: \"ABC\" is no client id, which is 24 characters of a-z and 0-9; it is not "
            "taken");
  EXPECT_NE(result->text.find("  - name: \"New\"\n    issuer: mce\n    expires_at"),
            std::string::npos);
}

TEST(InventoryImport, ARowWithAClientIdAloneIsNotLost) {
  const auto result = import(kFile, {row_of("", "2027-02-01", "abcdefghijklmnopqrstuvwx"),
                                     row_of("", "2027-02-01", "bcdefghijklmnopqrstuvwxy")});
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result->done, std::vector<std::string>{"Order sync: expires_at: 2027-02-01 added"});
  ASSERT_EQ(result->left.size(), 1u);
  EXPECT_NE(result->left[0].find("bcdefghijklmnopqrstuvwxy: no integration"), std::string::npos);
}

TEST(InventoryImport, TwoNamesOfOneClientIdKeepNoOtherRowOut) {
  const auto result = import(kFile, {row_of("A", "2027-02-01", "bcdefghijklmnopqrstuvwxy"),
                                     row_of("B", "2027-02-01", "bcdefghijklmnopqrstuvwxy"),
                                     row_of("C", "2027-02-01", "cdefghijklmnopqrstuvwxyz")});
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result->done, std::vector<std::string>{"C: added"});
  ASSERT_EQ(result->left.size(), 2u);
  EXPECT_EQ(result->left[0],
            "A: client id bcdefghijklmnopqrstuvwxy stands in the table under several names (A, B); "
            "add the right one by hand");
}

TEST(InventoryImport, TwoRowsOfOneIntegrationKeepNoOtherRowOut) {
  const auto result = import(kFile, {row_of("Order sync", "2027-02-01"),
                                     row_of("Renamed", "2027-03-01", "abcdefghijklmnopqrstuvwx"),
                                     row_of("C", "2027-02-01")});
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result->done.size(), 2u);
  EXPECT_EQ(result->left, std::vector<std::string>{"Renamed: another row of the table belongs to "
                                                   "Order sync as well; see which one is right"});
}

TEST(InventoryImport, NamesThatAreNearlyOneAreAskedAbout) {
  const auto result = import(kFile, {row_of("order  sync", "2027-02-01"),
                                     row_of("New", "2027-02-01"), row_of("NEW", "2027-02-01")});
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result->done.size(), 3u);
  ASSERT_EQ(result->notes.size(), 2u);
  EXPECT_EQ(result->notes[0],
            "\"order  sync\" is added beside \"Order sync\" of rekey.yaml: are they the same? Then "
            "keep one, with the name that Setup shows");
  EXPECT_NE(result->notes[1].find("\"NEW\" is added beside \"New\" of the table"),
            std::string::npos);
}

TEST(InventoryImport, FillsInEverythingThatTheSourceKnowsAndTheFileLacks) {
  ImportRow row = row_of("Nightly", "2027-03-19", "bcdefghijklmnopqrstuvwxy");
  row.owner = "Data \"platform\" team";
  row.contacts = {"data@example.com",
                  "on\u200b"
                  "call"};
  row.documentation = "https://wiki.example.com/nightly";
  row.generated_at = base::parse_instant("2026-09-20T08:00:00Z").value();
  const auto result = import(kFile, {row});
  ASSERT_TRUE(result) << result.error().detail;
  std::string expected = kFile;
  const std::string name = "  - name: Nightly\n";
  expected.insert(expected.find(name) + name.size(),
                  "    client_id: bcdefghijklmnopqrstuvwxy\n"
                  "    owner: \"Data \\\"platform\\\" team\"\n"
                  "    contacts: [\"data@example.com\"]\n"
                  "    documentation: \"https://wiki.example.com/nightly\"\n"
                  "    generated_at: 2026-09-20T08:00:00Z\n");
  EXPECT_EQ(result->text, expected);
}

TEST(InventoryImport, ASourceOfOneKindOfIssuerAddsToThatOneAlone) {
  const std::vector<ImportRow> rows{row_of("New", "2027-02-01")};
  ImportTask task{kFile, kPath, rows, {}, "rekey", "the authority"};
  const auto none = import_into_inventory(task, builtin_drivers());
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().detail.find("no issuer of the kind rekey; add one"), std::string::npos);
  std::string text = kFile;
  text.replace(text.find("integrations:"), 0, "  own: {kind: rekey, credential: admin.json}\n");
  text.replace(text.find("    owner:"), 0, "    issuer: mce\n");
  text.replace(text.find("    expires_at:"), 0, "    issuer: mce\n");
  task.text = text;
  const auto added = import_into_inventory(task, builtin_drivers());
  ASSERT_TRUE(added) << added.error().detail;
  EXPECT_NE(added->text.find("  - name: \"New\"\n    issuer: own\n"), std::string::npos);
}

TEST(InventoryImport, AFirstFileWithoutIntegrationsIsFilled) {
  const std::string head =
      "version: 1\nissuers:\n  own: {kind: rekey, credential: a.json}\nintegrations:\n";
  const std::string comments = "  # - name: Order sync\n  #   owner: Shop team\n";
  const std::string added = "  - name: \"New\"\n    issuer: own\n    expires_at: 2027-02-01\n";
  const std::vector<ImportRow> rows{row_of("New", "2027-02-01")};
  EXPECT_EQ(import(head + comments, rows)->text, head + comments + added);
  EXPECT_EQ(import(head + comments + "\nstate: runs\n", rows)->text,
            head + comments + added + "\nstate: runs\n");
  std::string flow = head;
  flow.insert(flow.size() - 1, " []");
  const auto left = import(flow, rows);
  EXPECT_EQ(left->text, flow);
  EXPECT_EQ(left->left.size(), 1u);
}

TEST(InventoryImport, AnEmptyEndIsLeftToWhoLeftItEmpty) {
  std::string text = kFile;
  text.replace(text.find(" 2027-03-19"), 11, "");
  const auto result = import(text, {row_of("Nightly", "2027-03-20")});
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result->text, text);
  EXPECT_EQ(result->left,
            std::vector<std::string>{
                "Nightly: expires_at stands empty in the file; put 2027-03-20 there"});
}

TEST(InventoryImport, SeveralIssuersAreAskedAbout) {
  std::string text = kFile;
  text.replace(text.find("integrations:"), 0, "  own: {kind: rekey, credential: admin.json}\n");
  text.replace(text.find("    owner:"), 0, "    issuer: mce\n");
  text.replace(text.find("    expires_at:"), 0, "    issuer: own\n");
  const std::vector<ImportRow> rows{row_of("New", "2027-02-01")};
  const auto asked = import(text, rows);
  ASSERT_FALSE(asked);
  EXPECT_NE(asked.error().detail.find("several issuers (mce, own); say with --issuer"),
            std::string::npos);
  EXPECT_TRUE(import_into_inventory({text, kPath, rows, "mce"}, builtin_drivers()));
}

TEST(InventoryImport, TheDiffShowsTheAdditionsInTheirPlaces) {
  const std::vector<ImportRow> rows{row_of("Order sync", "2027-02-01")};
  const auto result = import(kFile, rows);
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(diff_of({kFile, kPath, rows}, *result),
            "--- rekey.yaml\n+++ rekey.yaml\n@@ -5,6 +5,7 @@\n"
            " integrations:\n   - name: Order sync   # the shop's\n"
            "     client_id: abcdefghijklmnopqrstuvwx\n+    expires_at: 2027-02-01\n"
            "     owner: Shop team\n \n   - name: Nightly\n");
}

TEST(InventoryImport, AFileOfASingleIntegrationIsCompletedAndNotGrown) {
  const std::string single =
      "version: 1\nissuer: {kind: marketing-cloud, auth_url: "
      "\"https://tenant.auth.marketingcloudapis.com/\"}\n"
      "integration:\n  client_id: abcdefghijklmnopqrstuvwx\nconsumers:\n"
      "  - {name: a, sink: {kind: file, path: a.env, key: K}, reload: per_call, "
      "seen_as: {user_agent: a}, interval: 1d}\n";
  const auto result = import(
      single, {row_of("A", "2027-02-01", "abcdefghijklmnopqrstuvwx"), row_of("B", "2027-02-01")});
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_NE(result->text.find("stuvwx\n  expires_at: 2027-02-01\nconsumers:"), std::string::npos);
  EXPECT_EQ(result->left.size(), 1u);
}

RC_GTEST_PROP(InventoryImport, AnyVisibleNameComesBackAsItWas, ()) {
  const auto name =
      *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '\x7f')));
  const auto result = import(kFile, {row_of(name, "2027-02-01")});
  RC_ASSERT(result.has_value());
  const auto file = parse_inventory_file(result->text, kPath, builtin_drivers());
  RC_ASSERT(file.has_value());
  RC_ASSERT(std::any_of(file->integrations.begin(), file->integrations.end(),
                        [&](const Inventory& one) { return one.name == name; }));
}

}  // namespace
}  // namespace rekey::rotation
