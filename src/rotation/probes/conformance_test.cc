#include "rotation/probes/conformance.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

#include "rotation/probes/token_target.h"

namespace rekey::rotation::conformance {
namespace {

// A line a driver.
using Registered = testing::Types<TokenTarget, UserinfoTarget>;
INSTANTIATE_TYPED_TEST_SUITE_P(Registered, ProbeConformance, Registered);

template <typename... Targets>
std::set<std::string_view> kinds_of(testing::Types<Targets...>) {
  return {Targets::kKind...};
}

TEST(ProbeRegistrations, NoKindIsLeftOutOfTheSuite) {
  const std::set<std::string_view> tested = kinds_of(Registered());
  for (const ProbeKind& kind : builtin_drivers().probes) {
    EXPECT_EQ(tested.count(kind.kind.name), 1u) << kind.kind.name;
  }
}

}  // namespace
}  // namespace rekey::rotation::conformance
