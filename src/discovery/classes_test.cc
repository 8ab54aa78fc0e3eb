#include "discovery/classes.h"

#include <gtest/gtest.h>

#include <cctype>
#include <random>
#include <string>
#include <tuple>

namespace rekey::discovery {
namespace {

const std::vector<Anchor> kAnchors{{"SFMC_", false, 0, 4}, {"secret", true, 0, 0},
                                   {"Q~", false, 0, 6},    {"marketingcloudapis", true, 6, 2},
                                   {"%4", false, 0, 7},    {"\\u00", false, 0, 3}};

bool is_alphanumeric(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 && static_cast<unsigned char>(c) < 128;
}

std::vector<std::pair<std::size_t, std::size_t>> runs_of(const Triggers& triggers) {
  std::vector<std::pair<std::size_t, std::size_t>> runs;
  for (const Run& run : triggers.runs) runs.emplace_back(run.begin, run.end);
  return runs;
}

std::vector<std::pair<std::size_t, std::size_t>> anchors_of(const Triggers& triggers) {
  std::vector<std::pair<std::size_t, std::size_t>> anchors;
  for (const AnchorHit& hit : triggers.anchors) anchors.emplace_back(hit.begin, hit.anchor);
  std::sort(anchors.begin(), anchors.end());
  return anchors;
}

// The same, said in the plainest way.
std::vector<std::pair<std::size_t, std::size_t>> plain_runs(const std::string& text) {
  std::vector<std::pair<std::size_t, std::size_t>> runs;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_alphanumeric(text[end])) ++end;
    if (end - at >= kRunSize) runs.emplace_back(at, end);
    at = end + 1;
  }
  return runs;
}

std::vector<std::pair<std::size_t, std::size_t>> plain_anchors(const std::string& text) {
  std::vector<std::pair<std::size_t, std::size_t>> anchors;
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (std::size_t i = 0; i < kAnchors.size(); ++i) {
      const std::string& literal = kAnchors[i].literal;
      bool fits = at + literal.size() <= text.size();
      for (std::size_t k = 0; fits && k < literal.size(); ++k) {
        const auto a = static_cast<unsigned char>(text[at + k]);
        const auto b = static_cast<unsigned char>(literal[k]);
        fits = kAnchors[i].ignores_case ? std::tolower(a) == std::tolower(b) : a == b;
      }
      if (fits) anchors.emplace_back(at, i);
    }
  }
  return anchors;
}

class EveryKernel : public testing::TestWithParam<Kernel> {};

TEST_P(EveryKernel, FindsWhatThePlainestSearchFinds) {
  const Classes classes(kAnchors, GetParam());
  std::mt19937 random(7);
  for (int round = 0; round < 600; ++round) {
    std::string text;
    const std::size_t size = random() % 700;
    while (text.size() < size) {
      const auto choice = random() % 8;
      if (choice < 4) {
        text.append(random() % 90, static_cast<char>('a' + random() % 26));
      } else if (choice < 6) {
        text += static_cast<char>(random());
      } else {
        text += kAnchors[random() % kAnchors.size()].literal;
      }
    }
    if (round % 3 == 0) text.resize(text.size() / 64 * 64);
    const Triggers triggers = classes.find(text);
    ASSERT_EQ(runs_of(triggers), plain_runs(text)) << "round " << round;
    ASSERT_EQ(anchors_of(triggers), plain_anchors(text)) << "round " << round;
  }
}

TEST_P(EveryKernel, FindsARunAtEveryPlaceAndOfEverySize) {
  const Classes classes({}, GetParam());
  for (std::size_t begin = 0; begin < 130; ++begin) {
    for (const std::size_t size : {23U, 24U, 25U, 63U, 64U, 65U, 128U, 200U}) {
      const std::string text =
          std::string(begin, '.') + std::string(size, 'x') + std::string(begin % 3, '-');
      const auto expected = plain_runs(text);
      ASSERT_EQ(runs_of(classes.find(text)), expected) << begin << " " << size;
      ASSERT_EQ(expected.size(), size >= 24 ? 1U : 0U);
    }
  }
}

TEST_P(EveryKernel, SeesUtf16AtEveryPlace) {
  const Classes classes({}, GetParam());
  for (std::size_t begin = 0; begin < 130; ++begin) {
    std::string text(begin, '.');
    for (int i = 0; i < 24; ++i) text += std::string("x\0", 2);
    EXPECT_FALSE(classes.find(text).alternations.empty()) << begin;
  }
  EXPECT_TRUE(classes.find(std::string(500, 'x')).alternations.empty());
  EXPECT_TRUE(classes.find("a short text, with words").alternations.empty());
}

TEST_P(EveryKernel, EndsWhereTheTextEnds) {
  const Classes classes(kAnchors, GetParam());
  EXPECT_TRUE(classes.find("").runs.empty());
  EXPECT_TRUE(classes.find("SFMC").anchors.empty());
  EXPECT_EQ(classes.find("SFMC_").anchors.size(), 1U);
  EXPECT_EQ(classes.find(std::string(60, '.') + "SFMC_").anchors.size(), 1U);
  EXPECT_EQ(classes.find(std::string(62, '.') + "Q~").anchors.size(), 1U);
  EXPECT_EQ(classes.find("%4").anchors.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Kernels, EveryKernel, testing::ValuesIn(kernels_here()));

}  // namespace
}  // namespace rekey::discovery
