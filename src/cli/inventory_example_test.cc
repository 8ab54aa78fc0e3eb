#include "cli/inventory_example.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "rotation/drivers/registry.h"
#include "rotation/inventory/inventory.h"
#include "rotation/inventory/inventory_gaps.h"

namespace rekey::cli {
namespace {

TEST(InventoryExample, IsTheFileThatTheDocumentationShows) {
  std::ifstream file(REKEY_SOURCE_DIR "/examples/marketing-cloud.yaml");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text, kInventoryExample);
}

TEST(InventoryExample, IsCompleteButForTheTenant) {
  const auto file = rotation::parse_inventory_file(kInventoryExample, "/srv/rekey.yaml",
                                                   rotation::builtin_drivers());
  ASSERT_TRUE(file) << file.error().detail;
  ASSERT_EQ(file->integrations.size(), 1u);
  EXPECT_EQ(rotation::find_gaps(file->integrations[0]),
            std::vector<std::string>{"auth_url (still the example's)"});
}

TEST(InventoryExample, BecomesAFirstFileThatNamesNobodysPackages) {
  const std::string text = first_inventory();
  const auto file =
      rotation::parse_inventory_file(text, "/srv/rekey.yaml", rotation::builtin_drivers());
  ASSERT_TRUE(file) << file.error().detail;
  EXPECT_TRUE(file->integrations.empty());
  EXPECT_EQ(file->issuers.size(), 1u);
  EXPECT_NE(text.find("\n  # - name: Order sync "), std::string::npos);
}

}  // namespace
}  // namespace rekey::cli
