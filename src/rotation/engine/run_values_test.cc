// A sink whose program says in its errors what it read.
#include <gtest/gtest.h>

#include "base/text.h"
#include "rotation/engine/engine_scene_test_support.h"
#include "rotation/engine/run_values.h"

namespace rekey::rotation {
namespace {

using namespace fakes;

struct Talk {
  std::map<std::string, std::string>& places;
  std::function<std::string(const std::string& held)> says;  // empty: it works
};

class TalkativeSink final : public Sink {
 public:
  TalkativeSink(Talk& talk, std::string place) : talk_(talk), place_(std::move(place)) {}
  std::string describe() const override { return place_; }
  std::string address() const override { return "talk:" + place_; }
  base::Result<SinkContent> read() override {
    const std::string held = talk_.places[place_];
    if (talk_.says) return base::fail(Code::kIo, "readback: " + talk_.says(held));
    return SinkContent{Secret(held), "1"};
  }
  base::Status check_writable(std::string_view) override { return {}; }
  base::Status write(const Secret&, const Secret& value) override {
    talk_.places[place_] = std::string(value.reveal());
    return {};
  }

 private:
  Talk& talk_;
  std::string place_;
};

SinkKind talkative_sink(Talk& talk) {
  const KeySpec place{"place", KeyType::kText, true, "where it is"};
  return {
      {"talkative", {place}, nullptr, [](const DriverSpec& spec) { return spec.text("place"); }},
      [&talk](const DriverSpec& spec, const DriverParts&) -> base::Result<std::unique_ptr<Sink>> {
        return std::make_unique<TalkativeSink>(talk, spec.text("place"));
      }};
}

// The run until its sink was written; from then on the sink says what it was asked not to.
struct TalkativeScene : Scene {
  Talk talk{world.elsewhere, {}};

  TalkativeScene() : Scene(ends_old()) {
    drivers.kinds.sinks.push_back(talkative_sink(talk));
    inventory.consumers.resize(1);
    world.clients[1].is_declared = false;
    world.clients[1].is_running = false;
    world.elsewhere["vault"] = "old-value-1";
    world.clients[0].path = "vault";
    inventory.consumers[0].sinks = {make_spec(talkative_sink(talk).kind, {{"place", "vault"}})};
  }
  // What stands in the journal and was told.
  std::string everything_said() {
    std::string all;
    for (const auto& [id, events] : journal.runs) {
      for (const RunEvent& event : events) all += encode(event.body) + "\n";
    }
    for (const RunNotice& notice : reporter.notices) all += notice.message + "\n";
    return all;
  }
};

TEST(RunValues, NoValueComesIntoTheJournalByTheMessageOfAStepThatFailed) {
  const auto as_hex = [](const std::string& text) {
    return base::hex_encode(std::vector<std::uint8_t>(text.begin(), text.end()));
  };
  const std::string foreign = "SFMC_1p000000" + std::string(51, 'Z');
  for (const std::function<std::string(const std::string&)>& says :
       std::vector<std::function<std::string(const std::string&)>>{
           [](const std::string& held) { return "found " + held + " there"; },
           [&](const std::string& held) { return "found " + as_hex(held); },
           [](const std::string& held) { return "found " + held.substr(1, 9); },
           [&](const std::string&) { return "found " + foreign; }}) {
    TalkativeScene scene;
    for (int place = 1; scene.world.elsewhere["vault"] == "old-value-1"; ++place) {
      ASSERT_LT(place, 80);
      scene.world.crash_at = {scene.world.places + place};
      EXPECT_THROW(static_cast<void>(scene.rotate_once()), Crash);
    }
    scene.world.crash_at.clear();
    const std::string said = says(scene.world.elsewhere["vault"]);
    scene.talk.says = says;
    const auto outcome = scene.rotate_once();
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_EQ(outcome->ending, Ending::kParked);
    const std::string all = scene.everything_said() + outcome->message;
    EXPECT_EQ(all.find(said), std::string::npos) << all;
    EXPECT_NE(all.find("holds a part of a secret"), std::string::npos) << all;
    scene.talk.says = nullptr;
    const auto end = scene.rotate_to_the_end();
    ASSERT_TRUE(end) << end.error().detail;
    EXPECT_EQ(end->ending, Ending::kClosed);
  }
}

// In an outage a place may hold what is no secret: the messages about it have to stay readable.
TEST(RunValues, TheNamesOfARunAreToldThoughAPlaceHoldsOneOfThem) {
  Scene scene(ends_old());
  RunState state;
  state.plan.client_id = "abcdefghijklmnopqrstuvwx";
  const base::Secret held("abcdefghijklmnopqrstuvwx");
  state.old_values = {{scene.journal.fingerprint(held)}};
  scene.journal.kept[scene.journal.fingerprint(held)] = std::string(held.reveal());
  const std::string named = "not accepted for abcdefghijklmnopqrstuvwx (status 401)";
  EXPECT_EQ(tellable(scene.journal, "run-1", state, named), named);
  EXPECT_NE(tellable(scene.journal, "run-1", state, "it holds abcdefghijkl"),
            "it holds abcdefghijkl");
}

}  // namespace
}  // namespace rekey::rotation
