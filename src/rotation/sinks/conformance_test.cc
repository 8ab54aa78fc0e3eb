#include "rotation/sinks/conformance.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

#include "documents/document.h"
#include "rotation/sinks/exec_target.h"
#include "rotation/sinks/file_target.h"

namespace rekey::rotation::conformance {
namespace {

// A line a driver, or several where it has several ways to hold a value.
using Registered = testing::Types<FileTarget<DotenvText>,      //
                                  FileTarget<JsonText>,        //
                                  FileTarget<IniText>,         //
                                  FileTarget<PropertiesText>,  //
                                  FileTarget<YamlText>,        //
                                  FileTarget<TomlText>,        //
                                  FileTarget<XmlText>,         //
                                  FileTarget<PhpText>,         //
                                  FileTarget<KubernetesText>,  //
                                  FileTarget<AirflowText>,     //
                                  ExecTarget>;
INSTANTIATE_TYPED_TEST_SUITE_P(Registered, SinkConformance, Registered);

template <typename... Targets>
std::set<std::string_view> kinds_of(testing::Types<Targets...>) {
  return {Targets::kKind...};
}
template <typename... Targets>
std::set<std::string_view> formats_of(testing::Types<Targets...>) {
  return {Targets::kFormat...};
}

TEST(SinkRegistrations, NoKindAndNoFormatIsLeftOutOfTheSuite) {
  const std::set<std::string_view> tested = kinds_of(Registered());
  for (const SinkKind& kind : builtin_drivers().sinks) {
    if (kind.kind.is_by_hand) continue;
    EXPECT_EQ(tested.count(kind.kind.name), 1u) << kind.kind.name;
  }
  const std::set<std::string_view> formats = formats_of(Registered());
  for (const std::string_view format : documents::format_names()) {
    EXPECT_EQ(formats.count(format), 1u) << format;
  }
}

// There is nothing to read or to write there: what else they must do is in the tests of each.
TEST(SinkRegistrations, AKindThatIsByHandHasACardAndLeavesReadingAndWritingToPeople) {
  platform::SetClock clock{base::from_millis(0)};
  platform::SystemFiles files;
  for (const SinkKind& kind : builtin_drivers().sinks) {
    const auto sink = kind.make(DriverSpec{std::string(kind.kind.name), {}, {}}, {clock, files});
    if (!kind.kind.is_by_hand) {
      EXPECT_FALSE(sink && (*sink)->card({"crm", "id"})) << kind.kind.name;
      continue;
    }
    ASSERT_TRUE(sink) << kind.kind.name;
    EXPECT_TRUE((*sink)->card({"crm", "id"})) << kind.kind.name;
    EXPECT_EQ((*sink)->read().error().code, base::Code::kUnsupported) << kind.kind.name;
    EXPECT_EQ((*sink)->write(base::Secret("a"), base::Secret("b")).error().code,
              base::Code::kNeedsPerson)
        << kind.kind.name;
  }
}

}  // namespace
}  // namespace rekey::rotation::conformance
