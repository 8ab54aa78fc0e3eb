#include "rotation/inventory/freeze.h"

#include <gtest/gtest.h>

namespace rekey::rotation {
namespace {

base::Instant at(std::string_view text) {
  return base::parse_instant(text).value();
}

TEST(Freeze, IsFromTheFirstDayToTheEndOfTheLast) {
  const std::vector<Freeze> freezes{parse_freeze("2026-12-20..2027-01-04").value(),
                                    parse_freeze("2027-01-04").value()};
  EXPECT_EQ(find_freeze(freezes, at("2026-12-19T23:59:59Z")), nullptr);
  EXPECT_EQ(find_freeze(freezes, at("2026-12-20T00:00:00Z")), freezes.data());
  EXPECT_EQ(find_freeze(freezes, at("2027-01-04T23:59:59Z")), freezes.data());
  EXPECT_EQ(find_freeze(freezes, at("2027-01-05T00:00:00Z")), nullptr);
  for (const Freeze& freeze : freezes) EXPECT_EQ(parse_freeze(to_text(freeze)).value(), freeze);
}

TEST(Freeze, WhatIsNoneIsRefusedWithAnExample) {
  for (const std::string_view text :
       {"", "christmas", "2026-12-20..", "..2027-01-04", "2026-12-20T10:00:00Z..2027-01-04",
        "2027-01-04..2026-12-20", "2026-12-20..2027-01-04..2027-01-05"}) {
    EXPECT_FALSE(parse_freeze(text)) << text;
  }
}

}  // namespace
}  // namespace rekey::rotation
