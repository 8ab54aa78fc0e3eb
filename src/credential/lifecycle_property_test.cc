// What must hold whatever is asked, in whatever order, at whatever time.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <set>

#include "base/text.h"
#include "credential/lifecycle_test_support.h"
#include "credential/secret_format.h"

namespace rekey::credential::testing {
namespace {

// One step of a random story; the numbers mean what the action makes of them.
struct Step {
  int action = 0;
  int which = 0;
  int pause = 0;
};
void showValue(const Step& step, std::ostream& out) {
  out << "{action " << step.action << ", which " << step.which << ", pause " << step.pause << '}';
}

rc::Gen<std::vector<Step>> stories() {
  return rc::gen::container<std::vector<Step>>(
      rc::gen::build<Step>(rc::gen::set(&Step::action, rc::gen::inRange(0, 17)),
                           rc::gen::set(&Step::which, rc::gen::inRange(0, 64)),
                           rc::gen::set(&Step::pause, rc::gen::inRange(0, 24))));
}

const std::array<SlotTag, 3> kSlots{default_slot(), SlotTag{"aB3dE6"}, SlotTag{"zzzzz9"}};

// Pauses on, beside and between the bounds of both profiles; half of them are none at all.
Duration pause_of(int number) {
  static const std::array<Duration, 12> kPauses{kMoment,
                                                std::chrono::seconds{90},
                                                minutes{5} - kMoment,
                                                minutes{5},
                                                minutes{5},
                                                hours{24},
                                                Days{7} - kMoment,
                                                Days{7},
                                                Days{30},
                                                Days{89},
                                                Days{90},
                                                Days{180}};
  return static_cast<std::size_t>(number) < kPauses.size()
             ? kPauses[static_cast<std::size_t>(number)]
             : Duration{0};
}

std::vector<Policy> policies() {
  const auto standard = standard_policy();
  return {standard, marketing_cloud_policy(),
          with_settings(standard, {{"overlap", "until_expiry"}, {"live_limit", "2"}}).value(),
          with_settings(standard, {{"overlap", "0"}, {"settle", "5m"}, {"ttl", "30d"}}).value(),
          with_settings(standard, {{"activation_interval", "1d"}, {"dormancy", "7d"}}).value()};
}

constexpr int kCommands = 13;  // actions beyond it ask for a token

Command command_for(World& world, const Step& step) {
  const auto which = static_cast<std::size_t>(step.which);
  const auto& slot = kSlots[which % 8 < 6 ? 0 : which % 8 - 5];
  switch (step.action) {
    case 0:
    case 1:
    case 2:
    case 3:
      return StageSecret{slot, material(++world.last_id), "run", which % 4 == 3};
    case 4:
    case 5:
    case 6:
      return ActivateSecret{slot, std::nullopt, false, ""};
    case 7:
      return ActivateSecret{slot, std::nullopt, true, "it leaked"};
    case 8:
      return RevokeSecret{SecretId{step.which % (world.last_id + 1)}, "tidying"};
    case 9:
      return ImportSecret{slot, {material(++world.last_id), world.now - Days{step.which * 4}}, ""};
    case 10:
      return SetEnabled{which % 2 == 0};
    case 11:
      return step.which == 63 ? Command(DeletePackage{}) : Command(Sweep{});
    case 12:
      return UndoActivation{slot, std::nullopt, "the wrong one"};
    default:
      return Sweep{};
  }
}

bool is_accepted_now(const World& world, const ClientSecret& secret) {
  return is_accepted(world.status(secret.id));
}

bool has_accepted_secret(const World& world) {
  for (const auto& secret : world.state.secrets) {
    if (is_accepted_now(world, secret)) return true;
  }
  return false;
}

// ---- what is checked after each step -----------------------------------------------------------

void check_limits(const World& world) {
  for (const auto& slot : world.state.slots) {
    int live = 0;
    std::array<int, 3> in_phase{};
    for (const auto& secret : world.state.secrets) {
      if (secret.slot != slot.tag) continue;
      live += is_live(world.status(secret.id)) ? 1 : 0;
      if (secret.phase != Phase::kEnded) ++in_phase[static_cast<std::size_t>(secret.phase)];
    }
    RC_ASSERT(live <= world.policy.live_limit);
    for (const int count : in_phase) RC_ASSERT(count <= 1);
  }
  if (!world.policy.allows_extra_slots) RC_ASSERT(world.state.slots.size() == 1u);
}

// By the words of the rule, not by the functions under test.
void check_accepted_ones_are_within_their_time(const World& world) {
  for (const auto& secret : world.state.secrets) {
    if (!is_accepted_now(world, secret)) continue;
    RC_ASSERT(secret.phase != Phase::kEnded);
    RC_ASSERT(world.now >= secret.usable_from);
    RC_ASSERT(world.now < secret.expires_at);
    RC_ASSERT(!secret.ended_at.has_value());
    if (secret.phase == Phase::kSuperseded) RC_ASSERT(world.now < *secret.overlap_ends_at);
    const auto used = world.evidence.last_used_at(secret.id).value_or(secret.usable_from);
    RC_ASSERT(world.now < std::max(used, secret.usable_from) + secret.dormancy);
    if (secret.origin == Origin::kGenerated) {
      RC_ASSERT(secret.expires_at - secret.generated_at <= kLongestTimeToLive);
    }
  }
}

void check_replay(const World& world) {
  Integration replayed;
  for (const auto& event : world.events) replayed = apply(std::move(replayed), event);
  RC_ASSERT(replayed == world.state);
}

// Whoever holds a secret of the slot is none the wiser: what was accepted is accepted, until its
// own end, and nothing else is.
void check_undone(const World& world, const Integration& before) {
  for (const auto& secret : world.state.secrets) {
    const auto* was = find_secret(before, secret.id);
    const auto used = world.evidence.last_used_at(secret.id);
    RC_ASSERT(is_live(status_at(*was, used, world.now)) == is_live(world.status(secret.id)));
    RC_ASSERT(secret.expires_at == was->expires_at);
    if (was->phase == secret.phase || secret.phase == Phase::kEnded) continue;
    const bool is_back = was->phase == Phase::kSuperseded && secret.phase == Phase::kActive;
    const bool is_staged_again = was->phase == Phase::kActive && secret.phase == Phase::kStaged;
    RC_ASSERT(is_back || is_staged_again);
  }
}

// Takes one step and checks what must hold of the step itself.
void take(World& world, const Step& step) {
  world.pass(pause_of(step.pause));
  if (step.action >= kCommands) {
    const auto index = static_cast<std::size_t>(step.which) % world.state.secrets.size();
    const auto id = world.state.secrets[index].id;
    const auto status = world.status(id);
    RC_ASSERT((world.ask_for_token(id) == Refusal::kNone) == is_accepted(status));
    return;
  }
  const auto before = world.state;
  const bool was_accepted = has_accepted_secret(world);
  const auto command = command_for(world, step);
  const auto events = world.run(command);
  if (!events) {
    RC_ASSERT(world.state == before);
    RC_ASSERT(!events.error().detail.empty());
    return;
  }
  for (const auto& event : *events) RC_ASSERT(event.at == world.now);
  if (std::holds_alternative<ActivateSecret>(command) && was_accepted) {
    RC_ASSERT(has_accepted_secret(world));
  }
  if (std::holds_alternative<UndoActivation>(command)) check_undone(world, before);
}

RC_GTEST_PROP(Lifecycle, EveryStoryKeepsTheRules, ()) {
  auto world = world_with(*rc::gen::elementOf(policies()));
  std::set<SecretId> ended;
  for (const auto& step : *stories()) {
    take(world, step);
    check_limits(world);
    check_accepted_ones_are_within_their_time(world);
    for (const auto& secret : world.state.secrets) {
      const bool is_over = !is_live(world.status(secret.id));
      if (is_over) ended.insert(secret.id);
      RC_ASSERT(is_over == ended.contains(secret.id));
    }
  }
  check_replay(world);
}

RC_GTEST_PROP(Lifecycle, ASweepChangesNoAnswer, ()) {
  auto world = world_with(*rc::gen::elementOf(policies()));
  for (const auto& step : *stories()) take(world, step);
  const auto before = world;
  world.must(Sweep{});
  for (const auto& secret : world.state.secrets) {
    RC_ASSERT(world.status(secret.id) == before.status(secret.id));
    RC_ASSERT(is_live(world.status(secret.id)) == (secret.phase != Phase::kEnded));
    RC_ASSERT(secret.ended_at.value_or(world.now) <= world.now);
  }
}

RC_GTEST_PROP(Lifecycle, TheSameQuestionHasTheSameAnswer, ()) {
  auto world = world_with(*rc::gen::elementOf(policies()));
  for (const auto& step : *stories()) take(world, step);
  const auto command = command_for(
      world, *rc::gen::build<Step>(rc::gen::set(&Step::action, rc::gen::inRange(0, kCommands)),
                                   rc::gen::set(&Step::which, rc::gen::inRange(0, 64))));
  auto twin = world;
  const auto first = world.run(command);
  const auto second = twin.run(command);
  RC_ASSERT(first.has_value() == second.has_value());
  if (first) RC_ASSERT(kinds_of(*first) == kinds_of(*second));
  if (!first) RC_ASSERT(first.error().detail == second.error().detail);
  RC_ASSERT(world.state == twin.state);
}

// ---- no event, refusal or error holds a value --------------------------------------------------

std::string texts_of(const ClientSecret& secret) {
  return fmt::format("{} {} {}", secret.slot.value, secret.shown_prefix, secret.label);
}

// Every text that the ledger would write down for an event, fingerprints left out.
std::string texts_of(const Event& event) {
  const auto facts = [](const PackageFacts& package) {
    return fmt::format("{} {} {} {} {}", package.name, package.description,
                       fmt::join(package.owners, " "), fmt::join(package.contacts, " "),
                       package.documentation_link);
  };
  struct Texts {
    decltype(facts) package_texts;
    std::string operator()(const PackageCreated& body) const {
      return package_texts(body.package) + fmt::format("{}", fmt::join(body.scopes, " "));
    }
    std::string operator()(const PackageEdited& body) const {
      return package_texts(body.package) + fmt::format("{}", fmt::join(body.scopes, " "));
    }
    std::string operator()(const PackageEnabled&) const { return {}; }
    std::string operator()(const PackageDisabled&) const { return {}; }
    std::string operator()(const PackageDeleted&) const { return {}; }
    std::string operator()(const SlotOpened& body) const { return body.slot.value; }
    std::string operator()(const SecretIssued& body) const { return texts_of(body.secret); }
    std::string operator()(const SecretActivated& body) const { return body.forced_reason; }
    std::string operator()(const SecretEnded& body) const { return body.note; }
    std::string operator()(const ActivationUndone& body) const { return body.reason; }
    std::string operator()(const TokensRevoked& body) const { return body.reason; }
  };
  return std::visit(Texts{facts}, event.body);
}

struct Canary {
  std::string value;

  // Twelve characters in a row of what may not be shown are enough, in any form.
  [[nodiscard]] bool is_in(const std::string& text) const {
    for (auto rest = std::string_view(value).substr(kSecretShownSize); rest.size() >= 12;
         rest.remove_prefix(1)) {
      const auto part = rest.substr(0, 12);
      for (const auto& form : {std::string(part), base::hex_encode(base::bytes_of(part)),
                               base::base64url_encode(base::bytes_of(part))}) {
        if (text.find(form) != std::string::npos) return true;
      }
    }
    return false;
  }
};

Canary draw_canary() {
  const auto entropy =
      *rc::gen::container<std::vector<std::uint8_t>>(256, rc::gen::arbitrary<std::uint8_t>());
  SecretShape shape;
  shape.kind = SecretKind::kTest;
  const auto value = make_secret(shape, entropy);
  RC_PRE(value.has_value());
  return {std::string(value->reveal())};
}

// A command of somebody who pastes a value into every text there is.
Command careless_command(World& world, const std::string& text) {
  EditPackage edit;
  edit.package = PackageFacts{text, text, {text}, {text}, "https://wiki.example/" + text};
  EditPackage edit_scopes;
  edit_scopes.scopes = std::vector<std::string>{text};
  EditPackage edit_policy;
  edit_policy.policy_overrides = std::vector<PolicySetting>{{"ttl", text}};
  auto shown = material(++world.last_id);
  shown.shown_prefix = text;
  const auto fresh = material(++world.last_id);
  return *rc::gen::elementOf(std::vector<Command>{
      edit, edit_scopes, edit_policy, StageSecret{default_slot(), fresh, text, false},
      StageSecret{default_slot(), shown, "", false},
      ImportSecret{SlotTag{"aB3dE6"}, {fresh, world.now}, text},
      ImportSecret{SlotTag{"aB3dE6"}, {shown, world.now}, ""}, RevokeSecret{kFirst, text},
      RevokeTokens{std::nullopt, text}, UndoActivation{default_slot(), std::nullopt, text},
      ActivateSecret{default_slot(), std::nullopt, true, text}});
}

RC_GTEST_PROP(Lifecycle, NoEventRefusalOrErrorHoldsAValue, ()) {
  auto world = world_with(*rc::gen::elementOf(policies()));
  const auto canary = draw_canary();
  const auto around = *rc::gen::element<std::string>("", "it was ", "key=\xc3\xa4 ");
  for (const auto& step : *stories()) {
    take(world, step);
    const auto events = world.run(careless_command(world, around + canary.value));
    if (!events) RC_ASSERT(!canary.is_in(events.error().detail));
  }
  for (const auto& event : world.events) RC_ASSERT(!canary.is_in(texts_of(event)));
}

TEST(Canary, TheSearchFindsWhatItLooksFor) {
  const Canary canary{std::string(13, 'S') + std::string(51, 'x')};
  EXPECT_TRUE(canary.is_in("label " + canary.value));
  EXPECT_TRUE(canary.is_in("12 of them: " + canary.value.substr(52)));
  EXPECT_TRUE(canary.is_in(base::hex_encode(base::bytes_of(canary.value))));
  EXPECT_TRUE(canary.is_in(base::base64url_encode(base::bytes_of(canary.value))));
  EXPECT_FALSE(canary.is_in("label " + canary.value.substr(0, 13)));
}

}  // namespace
}  // namespace rekey::credential::testing
