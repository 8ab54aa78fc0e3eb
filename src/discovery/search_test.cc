// Layers that hold a whole text, and what the worst texts cost.
#include <gtest/gtest.h>

#include <string>

#include "discovery/layers_test_support.h"
#include "discovery/matcher_test_support.h"
#include "discovery/sources/archive_test_support.h"
#include "discovery/values_test_support.h"

namespace rekey::discovery {
namespace {

std::string wrapped_at(std::string text, std::size_t width) {
  for (std::size_t at = width; at < text.size(); at += width + 1) text.insert(at, "\n");
  return text;
}

class SearchTest : public FindTest {
 protected:
  Values values_{23};
};

TEST_F(SearchTest, CompressedDataInBase64IsRead) {
  const std::string secret = values_.ours();
  const std::string text = "some: text\nkey: " + secret + "\n";
  const std::string layers = "rekey-secret@base64@compressed";
  for (const std::string& data :
       {gzip_of(text), zlib_of(text), packed("raw", "zstd", {{"x", text}}),
        packed("raw", "xz", {{"x", text}}), packed("raw", "bzip2", {{"x", text}}),
        packed("zip", "", {{"a.txt", "nothing"}, {"b.txt", text}}),
        packed("gnutar", "gzip", {{"a.txt", text}})}) {
    const std::string encoded = base64_of(data);
    EXPECT_EQ(found("data: " + encoded + "\n", secret), layers) << encoded.substr(0, 8);
    EXPECT_EQ(found("path/to/" + encoded, secret), layers) << encoded.substr(0, 8);
    EXPECT_EQ(found("data: |\n" + wrapped_at(encoded, 64) + "\n", secret), layers);
  }
  EXPECT_EQ(found("'\\x" + base::hex_encode(base::bytes_of(gzip_of(text))) + "'", secret),
            "rekey-secret@hex@compressed");
}

TEST_F(SearchTest, AHelmReleaseIsReadDownToTheSecretsOfItsManifest) {
  const std::string secret = values_.legacy();
  const std::string release =
      R"({"name":"shop","manifest":"kind: Secret\ndata:\n  client_secret: )" + base64_of(secret) +
      R"(\n","config":{}})";
  const std::string stored =
      "data:\n  release: " + base64_of(base64_of(gzip_of(release))) + "\n  type: x\n";
  EXPECT_EQ(found(stored, secret), "mce-legacy-secret@base64@base64@compressed@base64");
}

TEST_F(SearchTest, EachValueOfCompressedDataIsTold) {
  std::string text;
  std::vector<std::string> secrets;
  for (int i = 0; i < 50; ++i) {
    secrets.push_back(values_.ours());
    text += "k: " + secrets.back() + "\n";
  }
  const std::string stored = "x: " + base64_of(gzip_of(text));
  const auto matches = matcher_.match(stored, "x");
  EXPECT_EQ(matches.hits.size(), secrets.size());
  for (const Hit& hit : matches.hits) {
    EXPECT_GE(hit.begin, 3U);
    EXPECT_LE(hit.end, stored.size());
  }
}

TEST_F(SearchTest, ABombIsToldAndNotUnfolded) {
  const std::string bomb = gzip_of(std::string(std::size_t{64} << 20, '.'));
  const auto matches = matcher_.match("x: " + base64_of(bomb), "x");
  EXPECT_TRUE(matches.is_cut);
  EXPECT_LT(matches.work_bytes, std::uint64_t{64} << 20);
  std::string nested = packed("zip", "", {{"x", "k: " + values_.ours()}});
  for (int i = 0; i < kMaxLayers; ++i) nested = packed("zip", "", {{"x", nested}});
  EXPECT_TRUE(matcher_.match("x: " + base64_of(nested), "x").is_cut);
}

TEST_F(SearchTest, CompressedDataThatBreaksOffIsToldAndWhatCameIsRead) {
  const std::string secret = values_.ours();
  std::string text = "k: " + secret + "\n";
  for (int i = 0; i < 2000; ++i) text += "line " + std::to_string(values_.number()) + "\n";
  const std::string encoded = base64_of(gzip_of(text));
  const std::string half = "x: " + encoded.substr(0, encoded.size() / 2) + "\n";
  EXPECT_EQ(found(half, secret), "rekey-secret@base64@compressed");
  EXPECT_TRUE(matcher_.match(half, "x").is_broken);
  EXPECT_FALSE(matcher_.match("x: H4sI" + values_.of(base::kBase62Alphabet, 400), "x").is_broken);
}

TEST_F(SearchTest, QuotedPrintableIsReadOverItsSoftBreaks) {
  for (std::size_t before = 0; before < 90; ++before) {
    const std::string secret = values_.legacy();
    const std::string text = "A line of words.\n" + std::string(before, 'w') +
                             " client_secret=" + secret + " and what follows.\n";
    const std::string encoded = quoted_printable_of(text);
    EXPECT_TRUE(found(encoded, secret).starts_with("mce-legacy-secret")) << before;
    const std::string ours = values_.ours();
    const std::string line = quoted_printable_of(std::string(before, 'w') + " " + ours + "\n");
    EXPECT_NE(found(line, ours), "nothing") << before;
  }
}

TEST_F(SearchTest, WhatOnlyLooksLikeASoftBreakIsNone) {
  const std::string secret = values_.ours();
  EXPECT_EQ(found("EMPTY=\n" + secret + "\n", secret), "rekey-secret");
  EXPECT_EQ(found("a == b\n" + secret + "=\n", secret), "rekey-secret");
}

// What the text costs, beside the one pass over it, for each of its bytes.
class CostTest : public SearchTest {
 protected:
  double cost(const std::string& part, std::size_t size) {
    std::string text;
    while (text.size() < size) text += part;
    return static_cast<double>(matcher_.match(text, "x").work_bytes) /
           static_cast<double>(text.size());
  }
};

TEST_F(CostTest, NoTextCostsMoreForEachByteTheLongerItIs) {
  const std::string run(24, 'a');
  const std::string run_of_classes = "aB3" + std::string(21, 'x');
  const std::string ours = values_.ours();
  const std::string legacy = values_.legacy();
  const std::vector<std::string> parts{
      escaped_of("x", "\\u00", ""),
      escaped_of("some text", "\\x", ""),
      octal_of(ours + " "),
      "\\1",
      "word\\\n",
      ours + "\\\n",
      escaped_of(ours + " ", "\\u00", ""),
      escaped_of(ours + " ", "%", ""),
      escaped_of(ours + " ", "&#x", ";"),
      "%25252541",
      "=3D",
      std::string(70, 'q') + "=\r\n",
      run + "_",
      run + "/",
      run + "=",
      run + ".",
      run + "-",
      run_of_classes + "+",
      run,
      utf16_of(run + " "),
      utf16_of(run),
      "client_secret=" + legacy + "\n",
      "sfmc secret: " + legacy + ";",
      "secret=" + run + "&",
      "access_token:" + run_of_classes + "~",
      base64_of("client_secret=" + legacy + "\n\n"),
      base64_of(base64_of(base64_of(ours + "\n"))) + "\n",
      "SFMC_" + run,
      "Q~",
      "eyJ",
      "x.auth.marketingcloudapis.com",
      "H4sI/",
      "eJx/",
  };
  for (const std::string& part : parts) {
    const double small = cost(part, std::size_t{1} << 15);
    const double large = cost(part, std::size_t{1} << 17);
    EXPECT_LT(large, 1.3 * small + 1) << part.substr(0, 30);
    EXPECT_LT(large, 400) << part.substr(0, 30);
  }
}

}  // namespace
}  // namespace rekey::discovery
