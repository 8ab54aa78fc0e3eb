#include "cli/run_subjects.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cli/watch_subjects.h"
#include "platform/temp_folder.h"
#include "rotation/journal/journal.h"

namespace rekey::cli {
namespace {

using base::Instant;
using notice::Subject;
using notice::SubjectKind;
using rotation::RunParked;
using std::chrono::minutes;

constexpr Instant kNow{base::Duration{1'800'000'000'000}};

// One integration with a run in a journal of its own, and a clock that stands where it is set.
class RunSubjects : public testing::Test {
 protected:
  RunSubjects() {
    one_.path = temp_.path() + "/rekey.yaml";
    one_.name = "Order sync";
    one_.owner = "crm@example.org";
    one_.client_id = "client";
    one_.state_folder = temp_.path() + "/state";
    journal_ =
        *rotation::open_journal(files_, one_.state_folder, {one_.client_id, one_.slot}, kNow);
    rotation::RunPlanned planned;
    planned.run_id = "run-1";
    planned.client_id = one_.client_id;
    planned.slot = one_.slot;
    planned.is_by_hand = true;
    planned.outgoing = {"sec_1"};
    tell(planned);
    for (const char* name : {"shop", "crm"}) {
      rotation::Consumer consumer;
      consumer.name = name;
      consumer.seen_as.user_agent = name;
      consumer.interval = minutes{1};
      tell(rotation::ConsumerDeclared{consumer, {base::Fingerprint{}}});
    }
  }

  // A minute later.
  void tell(rotation::EventBody body) {
    clock_.advance(minutes{1});
    ASSERT_TRUE(journal_->append("run-1", version_++, {{clock_.now(), std::move(body)}}, {}));
  }
  void stage() {
    tell(rotation::IntentRecorded{rotation::Effect::kStage, "run-1"});
    tell(rotation::SecretStaged{"sec_2", {}, kNow + base::Days{180}});
  }

  std::vector<Subject> read() {
    Context context{clock_, files_, {}, stdout, stderr};
    auto found = read_run_subjects(context, {one_});
    EXPECT_TRUE(found.unread.empty()) << found.unread.front().detail;
    return found.subjects;
  }
  Subject read_one() {
    const auto subjects = read();
    EXPECT_EQ(subjects.size(), 1u);
    return subjects.empty() ? Subject{} : subjects.front();
  }

  platform::TempFolder temp_;
  platform::SystemFiles files_;
  platform::SetClock clock_{kNow};
  rotation::Inventory one_;
  std::unique_ptr<rotation::RunJournal> journal_;
  std::int64_t version_ = 0;
};

TEST_F(RunSubjects, AWordThatCameIsNotAskedForAgain) {
  tell(RunParked{"the words of shop and crm are missing", false, true});
  const Subject first = read_one();
  EXPECT_EQ(first.kind, SubjectKind::kRunWaits);
  EXPECT_EQ(first.at, clock_.now());
  tell(rotation::ConsumerAttested{"shop", "omar", "orders arrive", false});
  EXPECT_EQ(read_one().at, first.at);
  tell(rotation::RunResumed{});
  EXPECT_TRUE(read().empty()) << "it is at work";
  tell(RunParked{"the words of shop and crm are missing", false, true});
  EXPECT_EQ(read_one().at, first.at) << "a round that stops for the same thing";
  tell(rotation::RunResumed{});
  tell(RunParked{"the word of crm is missing", false, true});
  EXPECT_EQ(read_one().at, clock_.now()) << "what is missing now was not said yet";
}

TEST_F(RunSubjects, AnEarlyCutNamesWholeConsumersFirstAndWhatToDoForEach) {
  rotation::Consumer form;
  form.name = "the vendor's form";
  form.is_by_hand = true;
  tell(rotation::ConsumerDeclared{form, {base::Fingerprint{}}});
  for (int i = 0; i < 11; ++i) {
    rotation::Consumer consumer;
    consumer.name = fmt::format("a-consumer-with-a-long-name-{}", i);
    consumer.seen_as.user_agent = consumer.name;
    tell(rotation::ConsumerDeclared{consumer, {base::Fingerprint{}}});
  }
  stage();
  tell(rotation::SecretSettled{});
  tell(rotation::SecretActivated{"sec_2", "", {}, true});
  tell(RunParked{"the sink of shop cannot be written", false, false});
  const auto subjects = read();
  ASSERT_EQ(subjects.size(), 2u);
  const Subject& cut = subjects[0].kind == SubjectKind::kCutTooEarly ? subjects[0] : subjects[1];
  EXPECT_EQ(cut.id, "cut/run-1");
  const std::string told = notice::clean_text(cut.detail, notice::kMaxLongTextBytes);
  for (const std::string_view part :
       {"Put the new one in by hand now: the vendor's form;", "Not written yet", "shop, crm",
        "a-consumer-with-a-long-name-0,", ", and "}) {
    EXPECT_NE(told.find(part), std::string::npos) << part << "\n" << told;
  }
  EXPECT_EQ(told.find("Restart now"), std::string::npos) << "there is nothing to read again yet";
  EXPECT_EQ(cut.command, "rekey rotate -f " + one_.path + " -i client");
}

TEST_F(RunSubjects, AnOldSecretThatEndedTooEarlyIsAnAlarmThatSaysHowItEnded) {
  stage();
  tell(rotation::SecretSettled{});
  tell(rotation::OldSecretEnded{"sec_1 expired at noon", true});
  const Subject cut = read_one();
  EXPECT_EQ(cut.kind, SubjectKind::kCutTooEarly);
  EXPECT_NE(cut.detail.find("Not written yet"), std::string::npos) << cut.detail;
  EXPECT_NE(cut.detail.find("sec_1 expired at noon"), std::string::npos) << cut.detail;
}

TEST_F(RunSubjects, OneOfSeveralOldSecretsThatEndedIsAnAlarmForThoseWhoHoldIt) {
  stage();
  tell(rotation::OneOldSecretEnded{"sec_0", "the issuer does not list sec_0 any more", {}});
  EXPECT_TRUE(read().empty()) << "nobody holds it";
  tell(rotation::OneOldSecretEnded{"sec_1", "sec_1 expired at noon", {"crm"}});
  const Subject cut = read_one();
  EXPECT_EQ(cut.kind, SubjectKind::kCutTooEarly);
  EXPECT_EQ(cut.id, "cut/run-1/2");
  EXPECT_NE(cut.detail.find("`rekey rotate` does it: crm."), std::string::npos) << cut.detail;
  EXPECT_EQ(cut.detail.find("shop"), std::string::npos) << cut.detail;
}

TEST_F(RunSubjects, ThatNobodyGetsATokenIsNoRoutineWait) {
  stage();
  tell(rotation::StagedSecretGone{"sec_2", "both are refused", {}, true});
  const Instant found = clock_.now();
  tell(RunParked{"nobody is there to generate a new secret", false, true});
  const Subject subject = read_one();
  EXPECT_EQ(subject.kind, SubjectKind::kNoSecretWorks);
  EXPECT_EQ(subject.at, found);
  for (const std::string_view part : {"disabled", "service user", "business unit", "last resort"}) {
    EXPECT_NE(subject.detail.find(part), std::string::npos) << part;
  }
  tell(rotation::RunResumed{});
  stage();
  tell(RunParked{"the word of shop is missing", false, true});
  EXPECT_EQ(read_one().kind, SubjectKind::kRunWaits) << "the new one is accepted";
}

TEST_F(RunSubjects, AStagedSecretThatEndedIsAnAlarmThatNamesWhoHoldsIt) {
  stage();
  tell(rotation::SecretSettled{});
  tell(rotation::IntentRecorded{rotation::Effect::kWrite, "shop"});
  tell(rotation::SinkWritten{"shop"});
  tell(RunParked{"nobody answers", false, false});
  EXPECT_EQ(read_one().kind, SubjectKind::kRunParked);
  tell(rotation::StagedSecretGone{"sec_2", "somebody revoked it", {}});
  const Instant found = clock_.now();
  clock_.advance(minutes{1});
  const auto subjects = read();
  ASSERT_EQ(subjects.size(), 2u);
  EXPECT_EQ(subjects[0].kind, SubjectKind::kStagedEnded);
  EXPECT_EQ(subjects[0].at, found);
  EXPECT_EQ(subjects[0].detail,
            "Cut off: shop. The old one still works, and `rekey rotate` gives it back to them.");
  EXPECT_NE(subjects[1].detail.find("it stopped for something else"), std::string::npos)
      << subjects[1].detail;
  tell(rotation::RunResumed{});
  tell(rotation::SinkRestored{"shop"});
  EXPECT_EQ(read_one().kind, SubjectKind::kStagedEnded) << "it may have read the dead one";
  tell(rotation::ConsumerReloaded{"shop", clock_.now()});
  EXPECT_TRUE(read().empty());
}

TEST_F(RunSubjects, AnInterruptedRunIsToldWhenNobodyWorksOnItForAWhile) {
  stage();
  const Instant last = clock_.now();
  clock_.advance(minutes{30});
  EXPECT_TRUE(read().empty()) << "somebody has its journal";
  journal_.reset();
  const Subject subject = read_one();
  EXPECT_EQ(subject.id, "run/run-1");
  EXPECT_EQ(subject.kind, SubjectKind::kRunWaits);
  EXPECT_EQ(subject.at, last);
  EXPECT_NE(subject.detail.find("It was interrupted in Staged"), std::string::npos)
      << subject.detail;
  EXPECT_EQ(subject.command, "rekey rotate -f " + one_.path + " -i client");
  clock_.set(last + minutes{9});
  EXPECT_TRUE(read().empty()) << "it may be about to go on";
}

}  // namespace
}  // namespace rekey::cli
