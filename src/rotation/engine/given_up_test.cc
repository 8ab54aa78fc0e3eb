#include "rotation/engine/given_up.h"

#include <gtest/gtest.h>

#include "rotation/engine/engine_scene_test_support.h"

namespace rekey::rotation {
namespace {

using namespace fakes;

// A run that was given up, and the old secret has ended.
struct GivenUp : Scene {
  GivenUp() : Scene(ends_old()) {
    state.plan.run_id = "run-1";
    state.plan.slot = "-";
    for (const Consumer& consumer : inventory.consumers) {
      RunConsumer known;
      known.facts = consumer;
      state.consumers.push_back(known);
    }
    world.secrets[0].facts.state = SecretState::kEnded;
  }
  void accept(const std::string& value) {
    FakeSecret other = world.secrets[0];
    other.facts.id = "sec_2";
    other.facts.label = "run-2";
    other.facts.state = SecretState::kActive;
    other.value = value;
    world.secrets.push_back(other);
  }
  void put(const std::string& name, const std::string& value) {
    world.files.content["/apps/" + name + "/.env"] = "CLIENT_SECRET=" + value + "\n";
  }
  std::string said() {
    FakeIssuer issuer(world, journal);
    FakeProbe probe(world);
    return describe_given_up_without_old(state, issuer, probe, drivers);
  }
  RunState state;
};

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

TEST(GivenUp, WhereNothingIsAcceptedItsConsumersGetNoToken) {
  GivenUp run;
  EXPECT_TRUE(ends_with(run.said(), "its consumers get no token until one is")) << run.said();
}

TEST(GivenUp, WhereAnotherRunWasFasterAndMovedEverybodyNobodyIsCutOff) {
  GivenUp run;
  run.accept("value-of-run-2");
  run.put("shop", "value-of-run-2");
  run.put("nightly", "value-of-run-2");
  EXPECT_TRUE(ends_with(run.said(),
                        "but sec_2 (active, label \"run-2\") is accepted in slot -, and every "
                        "consumer's place holds a value that is accepted"))
      << run.said();
}

TEST(GivenUp, APlaceThatHoldsADeadValueOrCannotBeReadIsNamed) {
  GivenUp run;
  run.accept("value-of-run-2");
  run.world.files.content.erase("/apps/nightly/.env");
  EXPECT_TRUE(ends_with(run.said(),
                        "refused is what is held by shop (/apps/shop/.env, CLIENT_SECRET), who get "
                        "no token until an accepted one is there; not known is what is held by "
                        "nightly (/apps/nightly/.env, CLIENT_SECRET): look there"))
      << run.said();
}

}  // namespace
}  // namespace rekey::rotation
