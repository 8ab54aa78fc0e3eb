#include "cli/terminal.h"

#include <gtest/gtest.h>

namespace rekey::cli {
namespace {

TEST(Terminal, ATextThatFitsIsLeftAsItIs) {
  EXPECT_EQ(cut_to_columns("", 4), "");
  EXPECT_EQ(cut_to_columns("wait", 4), "wait");
}

TEST(Terminal, ALongerTextKeepsItsBeginAndEndsWithAnEllipsis) {
  EXPECT_EQ(cut_to_columns("waiting", 4), "wai…");
  EXPECT_EQ(cut_to_columns("waiting", 1), "…");
}

TEST(Terminal, ColumnsAreCharactersAndNoneIsCutInHalf) {
  EXPECT_EQ(cut_to_columns("äöüß", 4), "äöüß");
  EXPECT_EQ(cut_to_columns("äöüßä", 4), "äöü…");
}

TEST(Terminal, WhatIsNoTerminalIsEightyColumnsWide) {
  std::FILE* file = std::tmpfile();
  EXPECT_FALSE(is_terminal(file));
  EXPECT_EQ(terminal_columns(file), 80U);
  std::fclose(file);
}

}  // namespace
}  // namespace rekey::cli
