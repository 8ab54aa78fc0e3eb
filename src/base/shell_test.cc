#include "base/shell.h"

#include <gtest/gtest.h>

namespace rekey::base {
namespace {

TEST(ShellText, IsOneWordToAShell) {
  EXPECT_EQ(shell_quoted("conf/rekey-2.yaml"), "conf/rekey-2.yaml");
  EXPECT_EQ(shell_quoted("Order sync"), "'Order sync'");
  EXPECT_EQ(shell_quoted("O'Neil $(x)"), "'O'\\''Neil $(x)'");
  EXPECT_EQ(shell_quoted(""), "''");
}

}  // namespace
}  // namespace rekey::base
