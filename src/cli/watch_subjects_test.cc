#include "cli/watch_subjects.h"

#include <gtest/gtest.h>

namespace rekey::cli {
namespace {

using notice::Subject;
using rotation::Inventory;

Inventory integration(const std::string& name, const std::string& client_id,
                      const std::string& tenant) {
  Inventory one;
  one.path = "/srv/rekey.yaml";
  one.name = name;
  one.client_id = client_id;
  one.issuer.kind = "marketing-cloud";
  one.issuer.location = "https://" + tenant + ".example.org";
  one.expires_at = base::from_millis(1'800'000'000'000);
  return one;
}

TEST(ForeignSubjects, AnEntryThatGetsItsClientIdIsTheOneThatItWas) {
  const auto before = foreign_subjects_of({integration("Order sync", "", "a")}, {});
  const auto after = foreign_subjects_of({integration("Order sync", "client", "a")}, {});
  ASSERT_EQ(before.size() + after.size(), 2u);
  EXPECT_EQ(after.front().id, "foreign/client/-");
  EXPECT_EQ(after.front().former_id, before.front().id);
}

TEST(ForeignSubjects, PackagesOfOneNameInTwoTenantsAreTwo) {
  const auto subjects = foreign_subjects_of(
      {integration("Order sync", "", "a"), integration("Order sync", "", "b")}, {});
  ASSERT_EQ(subjects.size(), 2u);
  EXPECT_NE(subjects[0].id, subjects[1].id);
}

TEST(ForeignSubjects, AnIntegrationInTwoFilesIsToldOnceToTheOwnersOfBoth) {
  auto old = integration("Order sync", "client", "a");
  old.owner = "crm";
  auto fresh = integration("Orders", "client", "a");
  fresh.owner = "shop";
  fresh.expires_at = *old.expires_at + base::Days{180};
  const auto subjects = foreign_subjects_of({old, fresh}, {});
  ASSERT_EQ(subjects.size(), 1u);
  EXPECT_EQ(subjects[0].recipients, (std::vector<std::string>{"crm", "shop"}));
  EXPECT_EQ(subjects[0].at, *fresh.expires_at) << "the newest end that anybody knows";
}

TEST(LeakSubjects, ASecretIsToldOnceWithWhatWasReportedFirst) {
  const auto packages =
      net::parse_json(R"({"packages":[{"package":{"name":"Orders","owners":["crm"],"contacts":[]},)"
                      R"("integration":{"client_id":"c1"}}]})");
  const auto leaks = net::parse_json(
      R"({"as_of":"2026-11-30T00:00:00Z","leaks":[)"
      R"({"client_id":"c1","secret_id":"sec_2","source":"partner","place":"https://b",)"
      R"("action":"notified","reported_at":"2026-11-29T00:00:00Z"},)"
      R"({"client_id":"c1","secret_id":"sec_2","source":"partner","place":"https://a",)"
      R"("action":"notified","reported_at":"2026-11-28T00:00:00Z"},)"
      R"({"client_id":"gone","secret_id":"sec_3","source":"api","place":"",)"
      R"("action":"revoked","reported_at":"2026-11-28T00:00:00Z"},)"
      R"({"client_id":"c1","secret_id":"sec_4","source":"api","place":"",)"
      R"("action":"revoked","reported_at":"2026-01-01T00:00:00Z"}]})");
  const auto subjects = leak_subjects_of(*leaks, *packages);
  ASSERT_TRUE(subjects) << subjects.error().detail;
  ASSERT_EQ(subjects->size(), 1u);
  const Subject& one = subjects->front();
  EXPECT_EQ(one.id, "leak/sec_2");
  EXPECT_EQ(base::format_instant(one.at), "2026-11-28T00:00:00Z");
  EXPECT_EQ(one.recipients, std::vector<std::string>{"crm"});
  EXPECT_EQ(one.detail, "Reported by partner at https://a; rotate it, and revoke it.");
}

}  // namespace
}  // namespace rekey::cli
