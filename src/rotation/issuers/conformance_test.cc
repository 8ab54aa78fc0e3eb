#include "rotation/issuers/conformance.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

#include "rotation/issuers/rekey_target.h"

namespace rekey::rotation::conformance {
namespace {

// A line a driver.
using Registered = testing::Types<RekeyTarget>;
INSTANTIATE_TYPED_TEST_SUITE_P(Registered, IssuerConformance, Registered);

template <typename... Targets>
std::set<std::string_view> kinds_of(testing::Types<Targets...>) {
  return {Targets::kKind...};
}

TEST(IssuerRegistrations, NoKindIsLeftOutOfTheSuite) {
  const std::set<std::string_view> tested = kinds_of(Registered());
  for (const IssuerKind& kind : builtin_drivers().issuers) {
    EXPECT_EQ(tested.count(kind.kind.name), 1u) << kind.kind.name;
    EXPECT_NE(find_kind(builtin_drivers().probes, kind.usual_probe), nullptr) << kind.kind.name;
  }
}

}  // namespace
}  // namespace rekey::rotation::conformance
