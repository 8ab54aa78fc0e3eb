#include "rotation/look.h"

#include <gtest/gtest.h>

#include "platform/temp_folder.h"
#include "rotation/fakes_test_support.h"
#include "rotation/waiting.h"

namespace rekey::rotation {
namespace {

using namespace fakes;
using std::chrono::minutes;

// Nobody answers; that somebody asked is what counts here.
class DeafDrivers final : public Drivers {
 public:
  explicit DeafDrivers(FakeDrivers& fakes) : fakes_(fakes) {}
  int asked = 0;

  const DriverRegistry& registry() const noexcept override { return fakes_.registry(); }
  base::Result<std::unique_ptr<IssuerReader>> issuer_reader(const Inventory&) override {
    ++asked;
    return base::fail(Code::kUnavailable, "nobody answers");
  }
  base::Result<std::unique_ptr<Issuer>> issuer(const Inventory& one) override {
    return fakes_.issuer(one);
  }
  base::Result<std::unique_ptr<SinkReader>> sink_reader(const DriverSpec& spec) override {
    return fakes_.sink_reader(spec);
  }
  base::Result<std::unique_ptr<Sink>> sink(const DriverSpec& spec) override {
    return fakes_.sink(spec);
  }
  base::Result<std::unique_ptr<Probe>> probe(const DriverSpec& spec, const IntegrationFacts& facts,
                                             IssuerReader& issuer) override {
    return fakes_.probe(spec, facts, issuer);
  }
  base::Status check_reload(const ReloadSpec& reload) override {
    return fakes_.check_reload(reload);
  }
  base::Result<platform::ProcessResult> run_reload(const ReloadSpec& reload) override {
    return fakes_.run_reload(reload);
  }

 private:
  FakeDrivers& fakes_;
};

// A run that a person stages for, staged and on its way to the consumers.
class Look : public testing::Test {
 protected:
  explicit Look(bool is_by_hand = true) {
    inventory_.client_id = "client";
    inventory_.state_folder = temp_.path() + "/state";
    journal_ = *open_journal(files_, inventory_.state_folder, {"client", "-"}, clock_.now());
    RunPlanned planned;
    planned.run_id = "run-1";
    planned.client_id = "client";
    planned.slot = "-";
    planned.is_by_hand = is_by_hand;
    planned.outgoing = {"sec_1"};
    tell(planned);
    tell(IntentRecorded{Effect::kStage, "run-1"});
    tell(SecretStaged{"sec_2", {}, clock_.now() + base::Days{180}});
  }
  void tell(EventBody body) {
    ASSERT_TRUE(journal_->append("run-1", version_++, {{clock_.now(), std::move(body)}}, {}));
  }
  // Whether anybody was asked anything.
  bool is_looked_at() {
    World world({seconds{3}, Duration{}, true, 3});
    MemoryJournal memory(world);
    FakeDrivers fakes(world, memory);
    DeafDrivers drivers(fakes);
    EngineParts parts{clock_, files_, drivers};
    RecordingReporter reporter;
    static_cast<void>(look_at_waiting_run(inventory_, parts, reporter));
    return drivers.asked > 0;
  }

  platform::TempFolder temp_;
  platform::SystemFiles files_;
  platform::SetClock clock_{Instant{Duration{1'800'000'000'000}}};
  Inventory inventory_;
  std::unique_ptr<RunJournal> journal_;
  std::int64_t version_ = 0;
};

TEST_F(Look, ARunThatWasInterruptedIsLookedAtAfterAWhile) {
  clock_.advance(kInterruptedAfter);
  EXPECT_FALSE(is_looked_at()) << "somebody works on it";
  journal_.reset();
  EXPECT_TRUE(is_looked_at());
  clock_.advance(-minutes{1});
  EXPECT_FALSE(is_looked_at()) << "it may go on at any moment";
}

TEST_F(Look, ARunThatParkedAfterAFailureIsLookedAtAsOneThatWaits) {
  for (const bool is_waiting : {false, true}) {
    tell(RunParked{"stopped", false, is_waiting});
    journal_.reset();
    EXPECT_TRUE(is_looked_at()) << is_waiting;
    journal_ = *open_journal(files_, inventory_.state_folder, {"client", "-"}, clock_.now());
    tell(RunResumed{});
  }
}

class LookByApi : public Look {
 protected:
  LookByApi() : Look(false) {}
};

TEST_F(LookByApi, ARunIsLookedAtWhileItBelievesThatTheOldSecretWorks) {
  tell(RunParked{"no evidence", false, false});
  journal_.reset();
  EXPECT_TRUE(is_looked_at());
  journal_ = *open_journal(files_, inventory_.state_folder, {"client", "-"}, clock_.now());
  tell(RunResumed{});
  tell(OldSecretEnded{"sec_1 expired", true});
  tell(RunParked{"no evidence", false, false});
  journal_.reset();
  EXPECT_FALSE(is_looked_at()) << "it is known, and it stopped for something else";
}

TEST_F(Look, WhatAPersonParkedIsLeftAlone) {
  tell(RunParked{"another week", false, false, "ann"});
  journal_.reset();
  clock_.advance(kInterruptedAfter);
  EXPECT_FALSE(is_looked_at());
}

}  // namespace
}  // namespace rekey::rotation
