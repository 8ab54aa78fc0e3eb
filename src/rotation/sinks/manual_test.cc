#include "rotation/sinks/manual.h"

#include <gtest/gtest.h>

#include "platform/clock.h"
#include "rotation/engine/fakes_test_support.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Secret;

class ManualSinkTest : public testing::Test {
 protected:
  ManualSinkTest() { sink_ = manual_sink().make(spec_, {clock_, files_}).value(); }
  [[nodiscard]] std::string text_of(const HandOver& task) const {
    const Card card = sink_->card(task).value();
    std::string text = card.title + "\n" + card.why + "\n" + card.way_back + "\n";
    for (const auto& [name, value] : card.facts) text += name + ": " + value + "\n";
    for (const auto& step : card.steps) text += step + "\n";
    for (const auto& stop : card.stops) text += stop + "\n";
    return text;
  }
  DriverSpec spec_ = make_spec(manual_sink().kind, {{"where", "Settings > Connections"},
                                                    {"field", "Client Secret"},
                                                    {"url", "https://vendor.example/7"},
                                                    {"notes", "Press Test afterwards."}});
  platform::SetClock clock_{base::from_millis(0)};
  fakes::MemoryFiles files_;
  std::unique_ptr<Sink> sink_;
};

TEST_F(ManualSinkTest, NothingIsReadBackAndAWriteNeedsAPerson) {
  EXPECT_EQ(sink_->describe(), "Settings > Connections, field Client Secret");
  EXPECT_EQ(sink_->read().error().code, Code::kUnsupported);
  const auto status = sink_->write(Secret("canary-old"), Secret("canary-new"));
  EXPECT_EQ(status.error().code, Code::kNeedsPerson);
  EXPECT_EQ(status.error().detail.find("canary"), std::string::npos);
}

TEST_F(ManualSinkTest, WhatNobodyCanTypeIsRefused) {
  for (const std::string value : {"a\nb", "a\x7f", "a\xff", "\x1b"}) {
    EXPECT_EQ(sink_->check_writable(value).error().code, Code::kInvalidArgument);
  }
  EXPECT_TRUE(sink_->check_writable("plain_value-1 with $igns"));
}

TEST_F(ManualSinkTest, TheCardSaysWhereWhatAndHowToSayThatItIsDone) {
  const std::string text = text_of({"crm", "abcdefghijklmnopqrstuvwx", "ann@example.org", 64});
  for (const std::string_view part :
       {"new client secret of crm", "Where: Settings > Connections",
        "Address: https://vendor.example/7", "Field: Client Secret",
        "Client Id: abcdefghijklmnopqrstuvwx", "Answers for it: ann@example.org", "64 characters",
        "Press Test afterwards.", "`rekey run value crm`", "`rekey run attest crm"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
}

TEST_F(ManualSinkTest, TheCardOfTheWayBackAsksForTheEarlierValue) {
  const std::string text = text_of({"crm", "abcdefghijklmnopqrstuvwx", "", 0, true});
  EXPECT_NE(text.find("earlier client secret of crm"), std::string::npos);
  EXPECT_EQ(text.find("Answers for it"), std::string::npos);
  EXPECT_EQ(text.find("test button"), std::string::npos);
}

TEST_F(ManualSinkTest, InAnOutageTheCardDoesNotSayThatBothSecretsWork) {
  HandOver task{"crm", "abcdefghijklmnopqrstuvwx"};
  task.is_outage = true;
  const std::string text = text_of(task);
  EXPECT_EQ(text.find("Both secrets work"), std::string::npos);
  EXPECT_EQ(text.find("put the value back"), std::string::npos);
  EXPECT_NE(text.find("crm gets no token until"), std::string::npos);
}

TEST_F(ManualSinkTest, TwoFieldsOfOneFormAreTwoPlaces) {
  const auto other = manual_sink()
                         .make(make_spec(manual_sink().kind, {{"where", "Settings > Connections"},
                                                              {"field", "Client Secret 2"}}),
                               {clock_, files_})
                         .value();
  EXPECT_NE(other->address(), sink_->address());
}

}  // namespace
}  // namespace rekey::rotation
