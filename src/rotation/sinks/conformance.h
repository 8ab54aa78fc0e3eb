// What every sink must do, as one suite of tests over a real target. A driver registers itself in
// sinks/conformance_test.cc with a Target, which is made anew for each test:
//
//   static constexpr std::string_view kKind       the kind, as registered
//   DriverSpec spec() const                        of the target, as the inventory's reader gives
//   it std::unique_ptr<Sink> sink()                   made through the registry, of spec()
//   std::unique_ptr<Sink> sink_of(spec)            likewise
//   std::unique_ptr<Sink> sink_disturbed_by(f)     the same; f is called just before the effect
//   DriverSpec spec_of_neighbour() const           another place in the same holder
//   std::string name() const                       by which people know the target
//   std::string raw()                              everything that the target holds
//   std::string raw_with(value) const              what that has to be with `value` in its place
//   std::string attributes()                       what beside the content has to stay: mode, owner
//   void set_value(value)                          somebody else puts `value` there
//   void change_neighbour()                        somebody else changes what stands beside it
//   void remove(), void make_unreadable(), void garble()
//                                                  gone; there and not to be read; not its format,
//                                                  with the value still in it
//   static std::vector<std::string> uncarriable()  values that it has to refuse
//
// A new target holds kOldValue.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rotation/drivers/registry.h"

namespace rekey::rotation::conformance {

inline constexpr std::string_view kOldValue = "canary-old-value";
inline constexpr std::string_view kNewValue = "canary-new-value";
inline constexpr std::string_view kForeignValue = "canary-foreign-value";

template <typename Any>
concept CanWriteSink = requires(Any& sink, const base::Secret& value) {
  sink.write(value, value);
};
static_assert(!CanWriteSink<SinkReader>, "a plan is handed readers, which have no write verb");
static_assert(CanWriteSink<Sink>);

template <typename Target>
class SinkConformance : public testing::Test {
 protected:
  static base::Secret secret(std::string_view value) { return base::Secret(value); }
  static void expect_no_value_in(const base::Error& error) {
    EXPECT_EQ(error.detail.find("canary"), std::string::npos) << error.detail;
    EXPECT_FALSE(error.detail.empty());
  }
  void expect_value(std::string_view value) {
    const auto content = target_.sink()->read();
    ASSERT_TRUE(content) << content.error().detail;
    EXPECT_TRUE(content->value == secret(value));
  }
  // Every verb fails, names the target, tells no value.
  void expect_every_verb_to_fail() {
    const auto sink = target_.sink();
    const auto content = sink->read();
    const base::Status writable = sink->check_writable(kNewValue);
    const base::Status written = sink->write(secret(kOldValue), secret(kNewValue));
    ASSERT_TRUE(!content && !writable && !written);
    for (const base::Error& error : {content.error(), writable.error(), written.error()}) {
      EXPECT_NE(error.detail.find(target_.name()), std::string::npos) << error.detail;
      expect_no_value_in(error);
    }
  }

  Target target_;
};
TYPED_TEST_SUITE_P(SinkConformance);

TYPED_TEST_P(SinkConformance, ReadsBackWhatItWrote) {
  this->expect_value(kOldValue);
  const auto sink = this->target_.sink();
  const base::Status written = sink->write(this->secret(kOldValue), this->secret(kNewValue));
  ASSERT_TRUE(written) << written.error().detail;
  this->expect_value(kNewValue);
}

TYPED_TEST_P(SinkConformance, ChangesNothingButTheValue) {
  const std::string attributes = this->target_.attributes();
  ASSERT_TRUE(this->target_.sink()->write(this->secret(kOldValue), this->secret(kNewValue)));
  EXPECT_EQ(this->target_.raw(), this->target_.raw_with(kNewValue));
  EXPECT_EQ(this->target_.attributes(), attributes);
}

TYPED_TEST_P(SinkConformance, NeverOverwritesAForeignValue) {
  const auto sink = this->target_.sink();
  ASSERT_TRUE(sink->read());
  this->target_.set_value(kForeignValue);
  const std::string before = this->target_.raw();
  const base::Status status = sink->write(this->secret(kOldValue), this->secret(kNewValue));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::Code::kConflict);
  this->expect_no_value_in(status.error());
  EXPECT_EQ(this->target_.raw(), before);
}

TYPED_TEST_P(SinkConformance, NeverOverwritesAForeignValueThatComesAtTheLastMoment) {
  const auto sink =
      this->target_.sink_disturbed_by([this] { this->target_.set_value(kForeignValue); });
  const base::Status status = sink->write(this->secret(kOldValue), this->secret(kNewValue));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::Code::kConflict);
  this->expect_no_value_in(status.error());
  EXPECT_EQ(this->target_.raw(), this->target_.raw_with(kForeignValue));
}

TYPED_TEST_P(SinkConformance, KeepsAChangeBesideTheValueThatComesAtTheLastMoment) {
  bool has_come = false;
  const auto sink = this->target_.sink_disturbed_by([&] {
    if (!has_come) this->target_.change_neighbour();
    has_come = true;
  });
  const base::Status status = sink->write(this->secret(kOldValue), this->secret(kNewValue));
  ASSERT_TRUE(status) << status.error().detail;
  ASSERT_TRUE(has_come);
  EXPECT_EQ(this->target_.raw(), this->target_.raw_with(kNewValue));
}

TYPED_TEST_P(SinkConformance, ItsVersionChangesWithWhatHoldsTheValue) {
  const auto sink = this->target_.sink();
  const std::string before = sink->read()->version;
  EXPECT_EQ(sink->read()->version, before);
  ASSERT_TRUE(sink->write(this->secret(kOldValue), this->secret(kNewValue)));
  const std::string after = sink->read()->version;
  EXPECT_NE(after, before);
  this->target_.set_value(kForeignValue);
  EXPECT_NE(sink->read()->version, after);
}

TYPED_TEST_P(SinkConformance, WritingASecondTimeIsDoneAndChangesNothing) {
  const auto sink = this->target_.sink();
  ASSERT_TRUE(sink->write(this->secret(kOldValue), this->secret(kNewValue)));
  const std::string version = sink->read()->version;
  const base::Status again = sink->write(this->secret(kOldValue), this->secret(kNewValue));
  EXPECT_TRUE(again) << again.error().detail;
  EXPECT_TRUE(sink->write(this->secret(kNewValue), this->secret(kNewValue)));
  EXPECT_EQ(sink->read()->version, version);
  EXPECT_EQ(this->target_.raw(), this->target_.raw_with(kNewValue));
}

TYPED_TEST_P(SinkConformance, AskingWhetherItCanBeWrittenChangesNothing) {
  const std::string before = this->target_.raw();
  const auto sink = this->target_.sink();
  const std::string version = sink->read()->version;
  EXPECT_TRUE(sink->check_writable(kNewValue));
  EXPECT_EQ(this->target_.raw(), before);
  EXPECT_EQ(sink->read()->version, version);
}

TYPED_TEST_P(SinkConformance, WhatItCannotCarryFailsWhenAskedAndIsNotWritten) {
  const std::string before = this->target_.raw();
  const auto sink = this->target_.sink();
  ASSERT_FALSE(TypeParam::uncarriable().empty());
  for (const std::string& value : TypeParam::uncarriable()) {
    const base::Status asked = sink->check_writable(value);
    ASSERT_FALSE(asked);
    this->expect_no_value_in(asked.error());
    const base::Status written = sink->write(this->secret(kOldValue), this->secret(value));
    ASSERT_FALSE(written);
    this->expect_no_value_in(written.error());
    EXPECT_EQ(this->target_.raw(), before);
  }
}

TYPED_TEST_P(SinkConformance, WhateverItSaysThatItCarriesReadsBackTheSame) {
  const auto sink = this->target_.sink();
  std::string present(kOldValue);
  for (const std::string_view value :
       {"0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz", "a b", " edges ",
        "it's", "say \"no\"", "a#b", "a #b", "$HOME ${X} $(x)", "back\\slash\\n", "two\nlines",
        "t\ta\tb", "\xc3\xbcml\xc3\xa4ut", "a=b;c:d,e", "{\"a\":[1]}", "`tick`", "%41+"}) {
    if (!sink->check_writable(value)) continue;
    const base::Status written = sink->write(this->secret(present), this->secret(value));
    ASSERT_TRUE(written) << written.error().detail;
    this->expect_value(value);
    present = value;
  }
  EXPECT_NE(present, kOldValue);
}

TYPED_TEST_P(SinkConformance, ATargetThatIsNotThereIsNamed) {
  this->target_.remove();
  this->expect_every_verb_to_fail();
  EXPECT_EQ(this->target_.sink()->read().error().code, base::Code::kNotFound);
}

TYPED_TEST_P(SinkConformance, ATargetThatCannotBeReadIsNamed) {
  this->target_.make_unreadable();
  this->expect_every_verb_to_fail();
}

TYPED_TEST_P(SinkConformance, ATargetOfAnotherFormIsNamedAndItsContentIsNotTold) {
  this->target_.garble();
  const std::string before = this->target_.raw();
  this->expect_every_verb_to_fail();
  EXPECT_EQ(this->target_.raw(), before);
}

TYPED_TEST_P(SinkConformance, ItsPlaceIsWhatItsKindSaysAndItsNeighboursIsAnother) {
  const DriverRegistry registry = builtin_drivers();
  const SinkKind* kind = find_kind(registry.sinks, TypeParam::kKind);
  ASSERT_NE(kind, nullptr);
  const DriverSpec spec = this->target_.spec();
  const auto sink = this->target_.sink();
  EXPECT_EQ(sink->describe(), kind->kind.location(spec));
  EXPECT_EQ(sink->describe(), spec.location);
  EXPECT_EQ(sink->address(), this->target_.sink()->address());
  const DriverSpec neighbour = this->target_.spec_of_neighbour();
  EXPECT_NE(neighbour.location, spec.location);
  EXPECT_NE(this->target_.sink_of(neighbour)->address(), sink->address());
}

REGISTER_TYPED_TEST_SUITE_P(
    SinkConformance, ReadsBackWhatItWrote, ChangesNothingButTheValue, NeverOverwritesAForeignValue,
    NeverOverwritesAForeignValueThatComesAtTheLastMoment,
    KeepsAChangeBesideTheValueThatComesAtTheLastMoment, ItsVersionChangesWithWhatHoldsTheValue,
    WritingASecondTimeIsDoneAndChangesNothing, AskingWhetherItCanBeWrittenChangesNothing,
    WhatItCannotCarryFailsWhenAskedAndIsNotWritten, WhateverItSaysThatItCarriesReadsBackTheSame,
    ATargetThatIsNotThereIsNamed, ATargetThatCannotBeReadIsNamed,
    ATargetOfAnotherFormIsNamedAndItsContentIsNotTold,
    ItsPlaceIsWhatItsKindSaysAndItsNeighboursIsAnother);

}  // namespace rekey::rotation::conformance
