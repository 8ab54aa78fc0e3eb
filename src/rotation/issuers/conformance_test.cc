#include "rotation/issuers/conformance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
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

// Issuers without an API cannot be asked what this suite asks: whole runs test them, in the file
// named.
constexpr std::array<std::string_view, 2> kByHand{"marketing-cloud",  // marketing_cloud_test.cc
                                                  "generic-oauth2"};  // generic_oauth2_test.cc

TEST(IssuerRegistrations, NoKindIsLeftOutOfTheSuite) {
  const std::set<std::string_view> tested = kinds_of(Registered());
  for (const IssuerKind& kind : builtin_drivers().issuers) {
    const bool is_by_hand =
        std::find(kByHand.begin(), kByHand.end(), kind.kind.name) != kByHand.end();
    EXPECT_NE(tested.count(kind.kind.name) == 1, is_by_hand) << kind.kind.name;
    EXPECT_NE(find_kind(builtin_drivers().probes, kind.usual_probe), nullptr) << kind.kind.name;
  }
}

}  // namespace
}  // namespace rekey::rotation::conformance
