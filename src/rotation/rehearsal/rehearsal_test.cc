#include "rotation/rehearsal/rehearsal.h"

#include <gtest/gtest.h>

#include "rotation/sinks/file.h"

namespace rekey::rotation {
namespace {

using base::Duration;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const base::Instant kStart = base::parse_instant("2026-12-01T08:00:00Z").value();

Descriptor ends_old() {
  Descriptor rules;
  rules.settle = minutes{5};
  rules.activation_ends_old = true;
  rules.live_limit = 2;
  return rules;
}

struct Case {
  Inventory inventory;
  Descriptor issuer = ends_old();

  Case() {
    inventory.client_id = inventory.name = "client";
    inventory.expires_at = kStart + base::Days{45};
    inventory.proof = {3, seconds{2}};
  }
  Consumer& add(const std::string& name, ReloadSpec reload, Duration interval) {
    Consumer consumer;
    consumer.name = name;
    consumer.sinks = {make_spec(
        file_sink().kind,
        {{"path", "/apps/" + name + "/.env"}, {"format", "dotenv"}, {"key", "CLIENT_SECRET"}})};
    consumer.seen_as.user_agent = name;
    consumer.reload = std::move(reload);
    consumer.interval = interval;
    inventory.consumers.push_back(std::move(consumer));
    return inventory.consumers.back();
  }
  [[nodiscard]] Rehearsal play() const {
    const DriverRegistry registry = builtin_drivers();
    return rehearse({inventory, registry, issuer, kStart});
  }
};

ReloadSpec every(ReloadForm form, Duration time) {
  ReloadSpec reload;
  reload.by_itself = form;
  reload.every = time;
  return reload;
}

bool is_told(const Rehearsal& rehearsal, std::string_view consumer, std::string_view what) {
  for (const Finding& finding : rehearsal.findings) {
    if (finding.consumer == consumer && finding.what.find(what) != std::string::npos) return true;
  }
  return false;
}

TEST(Rehearsal, ConsumersThatReadAgainInTheirRhythmAreMovedWithoutARefusal) {
  for (const bool is_overlapping : {false, true}) {
    Case one;
    if (is_overlapping) {
      one.issuer = Descriptor{};
      one.issuer.overlap = base::Days{7};
      one.issuer.live_limit = 3;
    }
    one.add("per-call", {}, minutes{20});
    one.add("cached", every(ReloadForm::kCached, minutes{90}), minutes{110}).instances = 3;
    one.add("nightly", every(ReloadForm::kSchedule, hours{24}), hours{25});
    ReloadSpec command;
    command.command = {"systemctl", "restart", "shop"};
    one.add("restarted", command, minutes{20});
    const Rehearsal played = one.play();
    EXPECT_TRUE(played.is_closed) << played.message;
    EXPECT_TRUE(played.is_good()) << render_text(played);
    EXPECT_GT(played.longest_wait, minutes{4});
    EXPECT_EQ(played.people_needed, 0);
    EXPECT_LT(played.moments.size(), 200u);
  }
}

TEST(Rehearsal, AnIntervalThatHidesACacheIsFoundByTheConsumerThatWouldBeCutOff) {
  Case one;
  one.add("cached", every(ReloadForm::kCached, hours{24}), minutes{5});
  // It is never seen on the new secret within its interval, and uses the old one all the time.
  const Rehearsal played = one.play();
  EXPECT_FALSE(played.is_good()) << render_text(played);
}

TEST(Rehearsal, WhoReadsOnlyAtItsStartWaitsForAPerson) {
  Case one;
  one.add("per-call", {}, minutes{20});
  ReloadSpec start_only = every(ReloadForm::kPerson, {});
  start_only.reads_at_start = true;
  one.add("nightly-import", start_only, minutes{20});
  const Rehearsal played = one.play();
  EXPECT_TRUE(played.is_closed) << render_text(played);
  EXPECT_TRUE(is_told(played, "nightly-import", "only at its start, and has no reload command"));
  EXPECT_EQ(played.people_needed, 1);
}

TEST(Rehearsal, PeopleStageApproveAttestAndActivateWhereTheIssuerNeedsThem) {
  Case one;
  const DriverRegistry registry = builtin_drivers();
  one.issuer = *find_kind(registry.issuers, "marketing-cloud")->usual_rules;
  one.inventory.approvals = 2;
  one.inventory.window = parse_window("tue-thu 09:00-15:00").value();
  one.inventory.waves = {{"canary", hours{1}}, {"rest", {}}};
  one.add("canary", {}, minutes{20});
  one.add("other", every(ReloadForm::kCached, hours{2}), hours{3}).wave = 1;
  const Rehearsal played = one.play();
  EXPECT_TRUE(played.is_closed) << render_text(played);
  EXPECT_TRUE(played.is_good()) << render_text(played);
  EXPECT_EQ(played.people_needed, 5) << "stage, two words, one round of approvals, activate";
}

TEST(Rehearsal, ARunThatCannotBeginSaysWhy) {
  Case one;
  one.inventory.expires_at = kStart + minutes{1};
  one.add("per-call", {}, hours{2});
  const Rehearsal played = one.play();
  EXPECT_FALSE(played.is_closed);
  EXPECT_TRUE(is_told(played, "", "too late to begin")) << render_text(played);
}

}  // namespace
}  // namespace rekey::rotation
