#include "rotation/inventory/config_tree.h"

#include <gtest/gtest.h>

namespace rekey::rotation {
namespace {

std::string error_of(std::string_view text) {
  const auto tree = parse_config(text, "a.yaml");
  return tree ? "" : tree.error().detail;
}

TEST(ConfigTree, GivesEveryPieceWithItsPlace) {
  const auto tree = parse_config("a: 1\nb:\n  - {c: \"x y\"}\n  - z\nd:\n", "a.yaml");
  ASSERT_TRUE(tree.has_value());
  ASSERT_EQ(tree->kind, ConfigNode::Kind::kMap);
  ASSERT_EQ(tree->members.size(), 3u);
  EXPECT_EQ(tree->members[0].name, "a");
  EXPECT_EQ(tree->members[0].value.text, "1");
  const ConfigNode& list = tree->members[1].value;
  ASSERT_EQ(list.items.size(), 2u);
  EXPECT_EQ(list.items[0].members[0].value.text, "x y");
  EXPECT_EQ(list.items[1].line, 4);
  EXPECT_EQ(list.items[1].column, 5);
  EXPECT_EQ(tree->members[2].value.kind, ConfigNode::Kind::kNothing);
}

TEST(ConfigTree, RefusesWhatTwoReadersCouldReadInTwoWays) {
  EXPECT_EQ(error_of("a: 1\na: 2\n"), "a.yaml:2:1: the key a stands twice");
  EXPECT_NE(error_of("a: &x 1\nb: *x\n").find("a.yaml:2:4: aliases"), std::string::npos);
  EXPECT_NE(error_of("a: 1\n---\nb: 2\n").find("first YAML document"), std::string::npos);
  EXPECT_NE(error_of("[a]: 1\n").find("plain word"), std::string::npos);
  EXPECT_NE(error_of("a: [1\n").find("not readable as YAML"), std::string::npos);
  EXPECT_NE(error_of("").find("empty"), std::string::npos);
  EXPECT_NE(error_of("a: \xff\n").find("UTF-8"), std::string::npos);
}

TEST(ConfigTree, IsBoundedInDepth) {
  EXPECT_NE(error_of(std::string(40, '[') + std::string(40, ']')).find("deeper"),
            std::string::npos);
}

}  // namespace
}  // namespace rekey::rotation
