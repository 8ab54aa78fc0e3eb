#include "rotation/sources/conformance.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

#include "rotation/sources/access_log_target.h"

namespace rekey::rotation::conformance {
namespace {

// A line a driver.
using Registered = testing::Types<LogFileTarget, LogCommandTarget>;
INSTANTIATE_TYPED_TEST_SUITE_P(Registered, UsageSourceConformance, Registered);

template <typename... Targets>
std::set<std::string_view> kinds_of(testing::Types<Targets...>) {
  return {Targets::kKind...};
}

TEST(UsageSourceRegistrations, NoKindIsLeftOutOfTheSuite) {
  const std::set<std::string_view> tested = kinds_of(Registered());
  for (const UsageSourceKind& kind : builtin_drivers().usage_sources) {
    EXPECT_EQ(tested.count(kind.kind.name), 1u) << kind.kind.name;
  }
}

}  // namespace
}  // namespace rekey::rotation::conformance
