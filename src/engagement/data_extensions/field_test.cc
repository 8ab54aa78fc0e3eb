#include "engagement/data_extensions/field.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engagement/data_extensions/date_text.h"

namespace rekey::engagement::data_extensions {
namespace {

using testing::HasSubstr;

std::string kept(FieldType type, const std::string& text, std::int64_t length = 6,
                 std::int64_t scale = 2) {
  Field field;
  field.name = "Column";
  field.type = type;
  field.length = length;
  field.scale = scale;
  const auto value = canonical(field, text);
  if (!value) return "refused";
  return value->value_or("null");
}

TEST(Field, KeepsEachTypeInOneForm) {
  EXPECT_EQ(kept(FieldType::kText, " ünï ", 6), " ünï ");
  EXPECT_EQ(kept(FieldType::kNumber, "+042"), "42");
  EXPECT_EQ(kept(FieldType::kNumber, "-2147483648"), "-2147483648");
  EXPECT_EQ(kept(FieldType::kBoolean, "yes"), "True");
  EXPECT_EQ(kept(FieldType::kBoolean, "0"), "False");
  EXPECT_EQ(kept(FieldType::kDecimal, "0012.50"), "12.5");
  EXPECT_EQ(kept(FieldType::kDecimal, "-.5"), "-0.5");
  EXPECT_EQ(kept(FieldType::kDecimal, "-0.00"), "0");
  EXPECT_EQ(kept(FieldType::kPhone, "+44 20 7946 0000"), "+44 20 7946 0000");
  EXPECT_EQ(kept(FieldType::kLocale, "en-US"), "en-US");
  EXPECT_EQ(kept(FieldType::kEmailAddress, "ann@example.org"), "ann@example.org");
}

TEST(Field, RefusesWhatItsTypeDoesNotTake) {
  EXPECT_EQ(kept(FieldType::kText, "ünïcode", 6), "refused");
  for (const char* text : {"1.0", "2147483648", "one", "1 ", "0x10"}) {
    EXPECT_EQ(kept(FieldType::kNumber, text), "refused") << text;
  }
  for (const char* text : {"12345", "1.234", "1e3", ".", "-", "1.2.3"}) {
    EXPECT_EQ(kept(FieldType::kDecimal, text), "refused") << text;
  }
  for (const char* text :
       {"ann", "@example.org", "ann@example", "ann@@example.org", "ann b@example.org",
        "ann@example..org", "ann@.org", "a\nb@example.org"}) {
    EXPECT_EQ(kept(FieldType::kEmailAddress, text), "refused") << text;
  }
  EXPECT_EQ(kept(FieldType::kBoolean, "maybe"), "refused");
  EXPECT_EQ(kept(FieldType::kPhone, "call me"), "refused");
  EXPECT_EQ(kept(FieldType::kLocale, "english"), "refused");
}

TEST(Field, TakesAnEmptyTextForNullWhereItIsNoText) {
  EXPECT_EQ(kept(FieldType::kNumber, ""), "null");
  EXPECT_EQ(kept(FieldType::kText, ""), "");
}

TEST(Field, SaysWhatItTakesAndNotWhatItWasGiven) {
  Field field;
  field.name = "Age";
  field.type = FieldType::kNumber;
  const auto refused = canonical(field, "seventeen");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("\"Age\" (Number) takes a whole number"));
  EXPECT_EQ(refused.error().detail.find("seventeen"), std::string::npos);
}

TEST(DateText, ReadsBothFormsIntoOne) {
  for (const char* text :
       {"2026-09-01", "2026-09-01T00:00:00Z", "2026-09-01 00:00", "9/1/2026", "09/01/2026 12:00 AM",
        "9/1/2026 0:00", "2026-09-01T02:00:00.123+02:00", "2026-08-31T19:30:00-0430"}) {
    EXPECT_EQ(canonical_date(text).value_or("refused"), "2026-09-01T00:00:00") << text;
  }
  EXPECT_EQ(canonical_date("9/1/2026 12:05:09 PM"), "2026-09-01T12:05:09");
  EXPECT_EQ(canonical_date("9/1/2026 1:05pm"), "2026-09-01T13:05:00");
}

TEST(DateText, RefusesDaysThatNoCalendarHas) {
  for (const char* text :
       {"2026-02-30", "13/1/2026", "2026-09-01T24:00:00", "9/1/2026 13:00 PM", "2026-09-01T10",
        "2026-09-01 10:00 nonsense", "1752-01-01", "", "today", "2026-9-1-1", "99999-01-01"}) {
    EXPECT_FALSE(canonical_date(text)) << text;
  }
}

}  // namespace
}  // namespace rekey::engagement::data_extensions
