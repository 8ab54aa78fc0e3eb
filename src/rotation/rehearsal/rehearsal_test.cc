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
  std::optional<std::vector<IssuedSecret>> secrets{};
  std::optional<UsageReport> usage{};
  std::optional<Duration> token_life{};

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
    KnownFacts facts;
    facts.rules = issuer;
    facts.secrets = secrets;
    facts.usage = usage;
    facts.token_life = token_life;
    return rehearse({inventory, registry, facts, kStart});
  }
};

// As an issuer would tell it.
IssuedSecret told(const std::string& id, SecretState state, base::Instant generated_at,
                  base::Instant ends_at) {
  IssuedSecret secret{id, "-", "", state, generated_at, generated_at, ends_at, ends_at, {}};
  if (state == SecretState::kActive) secret.activated_at = generated_at;
  return secret;
}

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

TEST(Rehearsal, ACacheThatIsLongerThanTheIntervalIsWaitedOut) {
  Case one;
  one.add("cached", every(ReloadForm::kCached, hours{24}), minutes{5});
  // It asks with the old one, every five minutes, until its cache has come round.
  const Rehearsal played = one.play();
  EXPECT_TRUE(played.is_good()) << render_text(played);
  EXPECT_GE(played.ended_at - played.begun_at, hours{1});
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

TEST(Rehearsal, NamesWhatTheLongestWaitWasFor) {
  Case slow;
  slow.add("per-call", {}, minutes{20});
  slow.add("nightly", every(ReloadForm::kSchedule, hours{24}), hours{25});
  const Rehearsal by_consumer = slow.play();
  EXPECT_GT(by_consumer.longest_wait, hours{1});
  EXPECT_NE(by_consumer.longest_wait_for.find("evidence that nightly ("), std::string::npos)
      << by_consumer.longest_wait_for;
  Case by_hand;
  const DriverRegistry registry = builtin_drivers();
  by_hand.issuer = *find_kind(registry.issuers, "marketing-cloud")->usual_rules;
  ReloadSpec restart;
  restart.command = {"systemctl", "restart", "shop"};
  restart.reads_at_start = true;
  by_hand.add("restarted", restart, minutes{20});
  const Rehearsal by_issuer = by_hand.play();
  EXPECT_EQ(by_issuer.longest_wait, minutes{30}) << render_text(by_issuer);
  EXPECT_EQ(by_issuer.longest_wait_for, "a person to generate a new secret");
  by_hand.add("per-call", {}, minutes{20});
  const Rehearsal by_owner = by_hand.play();
  EXPECT_GT(by_owner.longest_wait, minutes{30}) << "until it asks, and until somebody says so";
  EXPECT_NE(by_owner.longest_wait_for.find("a person: both secrets work"), std::string::npos)
      << by_owner.longest_wait_for;
  Case settling;
  settling.issuer.settle = hours{10};
  settling.add("per-call", {}, minutes{20});
  EXPECT_NE(settling.play().longest_wait_for.find("the settle time of"), std::string::npos);
}

TEST(Rehearsal, ShowsNoDigestThatNobodyCouldApprove) {
  Case one;
  one.add("per-call", {}, minutes{20});
  int accepted = 0;
  for (const RehearsedMoment& moment : one.play().moments) {
    if (moment.what.find("plan is accepted") == std::string::npos) continue;
    ++accepted;
    EXPECT_EQ(moment.what.find_first_of("0123456789"), std::string::npos) << moment.what;
  }
  EXPECT_EQ(accepted, 1);
}

TEST(Rehearsal, GoesByTheSecretsThatTheIssuerTells) {
  Case one;
  one.add("per-call", {}, minutes{20});
  one.secrets = {
      told("sec_1", SecretState::kActive, kStart - base::Days{100}, kStart + base::Days{45})};
  EXPECT_TRUE(one.play().is_good()) << render_text(one.play());

  one.secrets->front().ends_at = kStart + minutes{2};
  const Rehearsal late = one.play();
  EXPECT_TRUE(is_told(late, "", "too late to begin")) << render_text(late);
  EXPECT_TRUE(is_told(late, "", "sec_1 ends 2026-12-01T08:02:00Z, and the inventory says"));

  one.secrets->front().ends_at = kStart + base::Days{45};
  one.secrets->push_back(told("sec_2", SecretState::kStaged, kStart - hours{2}, base::kFarFuture));
  const Rehearsal occupied = one.play();
  EXPECT_FALSE(occupied.is_closed);
  EXPECT_TRUE(is_told(occupied, "", "sec_2 is staged in slot - already")) << render_text(occupied);
}

// Requests of the consumer `name` with sec_1 until the run begins, one in each `gap`.
UsageRow used(const std::string& name, Duration gap, std::int64_t count) {
  return {"sec_1", {"10.0.0.7", name, "-", false}, kStart - gap * (count - 1), kStart, count};
}

TEST(Rehearsal, AnIntervalThatUsageDoesNotConfirmIsPlayedAsThePlanTakesIt) {
  Case one;
  one.add("shop", {}, minutes{1});
  one.secrets = {
      told("sec_1", SecretState::kActive, kStart - base::Days{100}, kStart + base::Days{45})};
  const Rehearsal supposed = one.play();
  EXPECT_LT(supposed.ended_at - supposed.begun_at, minutes{10}) << render_text(supposed);
  UsageReport usage;
  usage.complete_since = kStart - base::Days{30};
  usage.as_of = kStart;
  usage.rows = {used("shop", minutes{10}, 50)};
  one.usage = usage;
  const Rehearsal slow = one.play();
  EXPECT_TRUE(slow.is_good()) << render_text(slow);
  EXPECT_GT(slow.ended_at - slow.begun_at, minutes{18}) << "the life of a token is waited for";
  one.usage->rows = {used("shop", seconds{50}, 500)};
  const Rehearsal confirmed = one.play();
  EXPECT_TRUE(confirmed.is_good()) << render_text(confirmed);
  EXPECT_LT(confirmed.ended_at - confirmed.begun_at, minutes{10}) << render_text(confirmed);
  // Told some days before the run begins.
  one.usage->as_of -= base::Days{3};
  one.usage->complete_since -= base::Days{3};
  one.usage->rows.front().first_seen -= base::Days{3};
  one.usage->rows.front().last_seen -= base::Days{3};
  const Rehearsal later = one.play();
  EXPECT_EQ(later.ended_at, confirmed.ended_at) << render_text(later);
}

TEST(Rehearsal, ACallerThatNobodyDeclaredIsToldBeforehand) {
  Case one;
  one.add("shop", {}, minutes{20});
  one.secrets = {
      told("sec_1", SecretState::kActive, kStart - base::Days{100}, kStart + base::Days{45})};
  UsageReport usage;
  usage.complete_since = kStart - base::Days{30};
  usage.as_of = kStart;
  usage.rows = {used("shop", minutes{10}, 50), used("forgotten/1.0", minutes{10}, 50)};
  one.usage = usage;
  const Rehearsal played = one.play();
  EXPECT_TRUE(played.is_closed) << render_text(played);
  EXPECT_TRUE(is_told(played, "", "forgotten/1.0")) << render_text(played);
  SeenAs stranger;
  stranger.user_agent = "forgotten/*";
  one.inventory.waivers.push_back({stranger, "R. Meyer", "switched off"});
  EXPECT_FALSE(is_told(one.play(), "", "forgotten/1.0"));
}

TEST(Rehearsal, TheLifeOfATokenIsTheIssuersWhereItTellsIt) {
  Case one;
  one.add("shop", {}, {});
  one.token_life = seconds{2};
  const Rehearsal told_life = one.play();
  EXPECT_TRUE(told_life.is_good()) << render_text(told_life);
  EXPECT_EQ(render_text(told_life).find("tokens live"), std::string::npos);
  one.token_life.reset();
  const Rehearsal supposed = one.play();
  EXPECT_GT(supposed.ended_at, told_life.ended_at);
  EXPECT_NE(render_text(supposed).find("assumed: tokens live 17m59s"), std::string::npos);
}

TEST(Rehearsal, KeepsTheTimeThatTheIssuerWantsBetweenTwoSecrets) {
  Case one;
  one.add("per-call", {}, minutes{20});
  one.issuer.generation_interval = hours{6};
  one.secrets = {told("sec_1", SecretState::kActive, kStart - hours{1}, kStart + base::Days{45})};
  const Rehearsal played = one.play();
  EXPECT_TRUE(played.is_good()) << render_text(played);
  EXPECT_EQ(played.longest_wait, hours{5});
  EXPECT_EQ(played.longest_wait_for, "the issuer's least time between two secrets");
}

TEST(Rehearsal, OfAClientWhoseSecretHasEndedIsTheWayOut) {
  Case one;
  one.add("per-call", {}, minutes{20});
  one.secrets = {
      told("sec_1", SecretState::kEnded, kStart - base::Days{200}, kStart - base::Days{20})};
  const Rehearsal played = one.play();
  EXPECT_TRUE(played.is_closed) << render_text(played);
  EXPECT_TRUE(is_told(played, "", "its consumers are cut off already"));
}

// Told three months before the run is due, when it would have fallen dormant if nobody used it.
TEST(Rehearsal, ASecretThatIsInUseDoesNotFallDormantBeforeTheRun) {
  const auto told_at = kStart - base::Days{90};
  Case one;
  one.add("per-call", {}, minutes{20});
  one.secrets = {
      told("sec_1", SecretState::kActive, kStart - base::Days{135}, kStart + base::Days{45})};
  one.secrets->front().dormant_at = told_at + base::Days{60};
  one.usage = UsageReport{{}, told_at - base::Days{30}, told_at};
  const Rehearsal rehearsal = one.play();
  EXPECT_TRUE(rehearsal.is_good()) << rehearsal.message;
  EXPECT_TRUE(rehearsal.is_closed) << rehearsal.message;

  // Nobody asks before: that it ends then is what a rehearsal is to find.
  one.inventory.consumers.front().interval = base::Days{10};
  one.usage->as_of = kStart;
  one.secrets->front().dormant_at = kStart + base::Days{1};
  EXPECT_FALSE(one.play().is_good());
  one.secrets->front().dormant_at.reset();
  EXPECT_TRUE(one.play().is_good());
}

}  // namespace
}  // namespace rekey::rotation
