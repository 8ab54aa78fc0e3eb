#include "rotation/sinks/manual.h"

#include <gtest/gtest.h>

#include "platform/clock.h"
#include "rotation/fakes_test_support.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Secret;

class ManualSinkTest : public testing::Test {
 protected:
  ManualSinkTest() {
    sink_ = manual_sink().make(spec_, {clock_, files_}).value();
    by_hand_ = dynamic_cast<ByHandSink*>(sink_.get());
  }
  DriverSpec spec_ = make_spec(manual_sink().kind, {{"where", "https://vendor.example/settings"},
                                                    {"field", "Client Secret"},
                                                    {"instructions", "Press Test afterwards."},
                                                    {"max_length", "64"}});
  platform::SetClock clock_{base::from_millis(0)};
  fakes::MemoryFiles files_;
  std::unique_ptr<Sink> sink_;
  ByHandSink* by_hand_ = nullptr;
};

TEST_F(ManualSinkTest, IsToldFromSinksThatTheEngineCanWrite) {
  ASSERT_NE(by_hand_, nullptr);
  EXPECT_EQ(by_hand_->max_length(), 64);
  EXPECT_EQ(sink_->describe(), "https://vendor.example/settings, Client Secret");
}

TEST_F(ManualSinkTest, NothingIsReadBackAndAWriteNeedsAPerson) {
  EXPECT_EQ(sink_->read().error().code, Code::kUnsupported);
  const auto status = sink_->write(Secret("canary-old"), Secret("canary-new"));
  EXPECT_EQ(status.error().code, Code::kNeedsPerson);
  EXPECT_EQ(status.error().detail.find("canary"), std::string::npos);
}

TEST_F(ManualSinkTest, AValueThatTheFieldWouldCutIsRefused) {
  EXPECT_TRUE(sink_->check_writable(std::string(64, 'a')));
  std::string of_64_characters;
  for (int i = 0; i < 64; ++i) of_64_characters += "\xc3\xbc";
  EXPECT_TRUE(sink_->check_writable(of_64_characters));
  EXPECT_EQ(sink_->check_writable(std::string(65, 'a')).error().code, Code::kInvalidArgument);
  EXPECT_EQ(sink_->write(Secret("x"), Secret(std::string(65, 'a'))).error().code,
            Code::kInvalidArgument);
}

TEST_F(ManualSinkTest, TheCardSaysWhereWhatAndHowToSayThatItIsDone) {
  const std::string card = by_hand_->card({"crm", "abcdefghijklmnopqrstuvwx", "SFMC_11"});
  for (const std::string_view part :
       {"https://vendor.example/settings", "\"Client Secret\"", "`abcdefghijklmnopqrstuvwx`",
        "`SFMC_11`", "64 characters", "Press Test afterwards.", "`rekey run attest crm`"}) {
    EXPECT_NE(card.find(part), std::string::npos) << part;
  }
}

}  // namespace
}  // namespace rekey::rotation
