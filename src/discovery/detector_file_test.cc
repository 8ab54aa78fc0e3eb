#include "discovery/detector_file.h"

#include <gtest/gtest.h>

namespace rekey::discovery {
namespace {

std::string problem_of(const std::string& text) {
  const auto read = read_detectors("own.yaml", text);
  return read ? "none" : read.error().detail;
}

TEST(DetectorFile, ARowIsReadWithAllThatItSays) {
  const auto read = read_detectors("own.yaml", R"(detectors:
  - id: acme
    title: Acme's client secret
    role: access-token
    issuer: acme
    prefix: acme_
    alphabet: url
    sizes: [40, 44]
    check: random
    near: [Acme]
    confidence: high
  - id: other
    keys: [acme_client-secret]
    needs_near: true
    near: [acme]
    min_size: 20
    max_size: 60
)");
  ASSERT_TRUE(read) << read.error().detail;
  const Detector& acme = read->at(0);
  EXPECT_EQ(acme.title, "Acme's client secret");
  EXPECT_EQ(acme.role, Role::kToken);
  EXPECT_EQ(acme.prefix, "acme_");
  EXPECT_EQ(acme.alphabet, Alphabet::kUrl);
  EXPECT_EQ(acme.sizes, (std::vector<std::size_t>{40, 44}));
  EXPECT_EQ(acme.check, Check::kRandom);
  EXPECT_EQ(acme.near, std::vector<std::string>{"acme"});
  EXPECT_EQ(acme.confidence, Confidence::kHigh);
  EXPECT_EQ(read->at(1).keys, std::vector<std::string>{"acmeclientsecret"});
  EXPECT_EQ(read->at(1).key_words, std::vector<std::string>{"secret"});
  EXPECT_TRUE(read->at(1).needs_near);
}

TEST(DetectorFile, WhatCouldFindNothingIsRefused) {
  const auto problem = [](const std::string& row) {
    return problem_of("detectors: [{id: a, " + row + "}]");
  };
  EXPECT_NE(problem("keys: [s_key], sizes: [9], needs_near: true").find("needs words in `near`"),
            std::string::npos);
  EXPECT_NE(problem("prefix: acme_, keys: [s_key], sizes: [20]").find("make two detectors"),
            std::string::npos);
  EXPECT_NE(problem("keys: [s_key], sizes: [9], max_size: 20").find("not both"), std::string::npos);
  EXPECT_NE(problem("prefix: acme_secret_, sizes: [9]").find("includes the prefix"),
            std::string::npos);
  EXPECT_NE(problem("keys: [a_b], sizes: [9]").find("a word of at least 3"), std::string::npos);
  EXPECT_NE(problem("keys: [aaaa, bbbb, cccc, dddd, eeee, ffff, gggg, hhhh, iiii], sizes: [9]")
                .find("at most 8 different words"),
            std::string::npos);
  EXPECT_EQ(problem("keys: [s_key], sizes: [9]"), "none");
}

TEST(DetectorFile, AMistakeIsToldWithItsPlace) {
  EXPECT_EQ(problem_of("detectors:\n  - id: a\n    prefx: acme_\n"),
            "own.yaml:3:5: unknown key prefx; did you mean prefix?");
  EXPECT_EQ(problem_of("detectors:\n  - id: a\n    sizes: [20]\n"),
            "own.yaml:2:5: a detector needs a `prefix`, or `keys` that its values stand at");
  EXPECT_NE(problem_of("detectors:\n  - id: a\n    prefix: acme_\n").find("needs `sizes`"),
            std::string::npos);
  EXPECT_NE(
      problem_of("detectors:\n  - id: a\n    prefix: ab\n    sizes: [20]\n").find("at least 3"),
      std::string::npos);
  EXPECT_NE(
      problem_of("detectors:\n  - id: a\n    prefix: acme_\n    sizes: [20]\n    check: crc\n")
          .find("a check is one of none, random"),
      std::string::npos);
  EXPECT_NE(problem_of("detectors:\n  - id: a\n    prefix: acme_\n    sizes: x\n").find("a list"),
            std::string::npos);
  EXPECT_NE(problem_of("[").find("own.yaml:"), std::string::npos);
  EXPECT_NE(problem_of("").find("expected `detectors:`"), std::string::npos);
  EXPECT_NE(
      problem_of("detectors: [{id: a, keys: [key], sizes: [9]}, {id: a, keys: [key], sizes: [9]}]")
          .find("a second id a"),
      std::string::npos);
}

}  // namespace
}  // namespace rekey::discovery
