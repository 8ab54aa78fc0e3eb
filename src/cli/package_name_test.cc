#include "cli/package_name.h"

#include <gtest/gtest.h>

namespace rekey::cli {
namespace {

constexpr std::string_view kListed = R"({"packages":[
  {"package":{"id":"pkg_2","name":"Order sync"},"integration":{"client_id":"a"}},
  {"package":{"id":"pkg_3","name":"order sync"},"integration":{"client_id":"b"}},
  {"package":{"id":"pkg_4","name":"Twice"},"integration":{"client_id":"c"}},
  {"package":{"id":"pkg_5","name":"Twice"},"integration":{"client_id":"d"}},
  {"package":{"id":"pkg_6","name":"Alone"}}]})";

base::Result<std::string> named(std::string_view name) {
  return package_named(net::parse_json(kListed).value(), name);
}

TEST(PackageName, IsThePackagesOfThatName) {
  EXPECT_EQ(named("Order sync"), "pkg_2");
  EXPECT_EQ(named("order sync"), "pkg_3");
  EXPECT_EQ(named("ALONE"), "pkg_6");
}

TEST(PackageName, ThatSeveralHaveIsAnErrorThatListsTheirIds) {
  const auto twice = named("Twice");
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, base::Code::kInvalidArgument);
  EXPECT_EQ(twice.error().detail,
            "2 packages are called \"Twice\": pkg_4 (client id c), pkg_5 (client id d); say which "
            "by its id");
  EXPECT_FALSE(named("ORDER SYNC"));
}

TEST(PackageName, ThatNobodyHasSaysWhereToLook) {
  const auto nobody = named("Order");
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, base::Code::kNotFound);
  EXPECT_NE(nobody.error().detail.find("rekey package list"), std::string::npos);
}

}  // namespace
}  // namespace rekey::cli
