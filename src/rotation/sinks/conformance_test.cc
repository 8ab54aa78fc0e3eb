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
    EXPECT_EQ(tested.count(kind.kind.name), 1u) << kind.kind.name;
  }
  const std::set<std::string_view> formats = formats_of(Registered());
  for (const std::string_view format : documents::format_names()) {
    EXPECT_EQ(formats.count(format), 1u) << format;
  }
}

}  // namespace
}  // namespace rekey::rotation::conformance
