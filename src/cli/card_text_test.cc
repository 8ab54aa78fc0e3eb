#include "cli/card_text.h"

#include <gtest/gtest.h>

namespace rekey::cli {
namespace {

const rotation::Card kCard{"Title",
                           "One two three four five six seven eight nine ten eleven twelve.",
                           {{"Package", "Order_sync"}},
                           {"First, with words that do not fit into one line of forty columns."},
                           {"it is another one"},
                           "there is none"};

TEST(CardText, IsReadInAnyTerminal) {
  const std::string text = to_terminal_text(kCard, 20);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    EXPECT_LE(end - begin, 40u) << text;
    begin = end + 1;
  }
  EXPECT_NE(text.find("  1. First"), std::string::npos) << text;
  EXPECT_NE(text.find("STOP, and change nothing, if\n  -  it is another one\n"), std::string::npos);
  EXPECT_NE(text.find("Way back: there is none\n"), std::string::npos);
}

TEST(CardText, InATicketIsAListToTickOffAndNothingInItIsMarkup) {
  const std::string text = to_markdown(kCard);
  EXPECT_NE(text.find("1. [ ] First"), std::string::npos) << text;
  EXPECT_NE(text.find("| Package | `Order_sync` |"), std::string::npos) << text;
}

TEST(CardText, ACommandOrAnAddressIsCopiedFromATicketAsItIs) {
  rotation::Card card = kCard;
  card.facts = {{"Seal to", "rkp1.KI_a*b"}, {"Package", "<b>Order_sync</b> [x](y)"}};
  card.steps = {"Start `rekey run attest a_b --reason TEXT` *now*.", "One `alone_ stays"};
  const std::string text = to_markdown(card);
  for (const auto* part :
       {"| Seal to | `rkp1.KI_a*b` |", R"(\<b\>Order\_sync\</b\> \[x\](y))",
        R"(Start `rekey run attest a_b --reason TEXT` \*now\*.)", R"(One \`alone\_ stays)"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  const std::string page = intake::card_page(to_page_card(card));
  EXPECT_NE(page.find("Start <code>rekey run attest a_b --reason TEXT</code>"), std::string::npos);
  EXPECT_NE(page.find("&lt;b&gt;Order_sync"), std::string::npos);
}

TEST(CardText, OnAPageEveryPartIsShown) {
  const std::string page = intake::card_page(to_page_card(kCard));
  for (const auto* part : {"<h1>Title</h1>", "One two three", "<dt>Package</dt><dd>Order_sync</dd>",
                           "<li>First, with", "<li>it is another one</li>", "there is none"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
}

}  // namespace
}  // namespace rekey::cli
