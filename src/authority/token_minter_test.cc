#include "authority/token_minter.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <atomic>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/text.h"
#include "crypto/random.h"
#include "crypto/token_cipher.h"
#include "net/json.h"

namespace rekey::authority {
namespace {

const base::Instant kNow = base::from_millis(1'800'000'000'000);
constexpr base::Duration kLife = std::chrono::seconds{1200};

base::Secret key_of(char fill) {
  return base::Secret(std::string(32, fill));
}

struct Tokens {
  Tokens() { keys.add_key({0xABCD0001, key_of('k'), 7, kNow}, kNow); }
  std::string mint(const TokenClaims& claims) {
    std::array<char, kMaxTokenSize> out;
    return std::string(out.data(), minter.mint(claims, out));
  }
  TokenKeys keys{kLife};
  TokenMinter minter{keys};
  TokenReader reader{keys};
};

TokenClaims some_claims() {
  TokenClaims claims;
  claims.tenant_id.value = 1;
  claims.client = *pack_client_id("abcdefgh0123456789ijklmn");
  claims.integration_id.value = 12;
  claims.secret_id.value = 17;
  claims.business_unit.value = 500000002;
  claims.enterprise.value = 500000001;
  claims.issued_at = kNow;
  claims.expires_at = kNow + kLife;
  claims.scopes.insert(3);
  return claims;
}

TokenClaims longest_claims() {
  constexpr std::int64_t kLongest = std::numeric_limits<std::int64_t>::max();
  TokenClaims claims = some_claims();
  claims.kind = TokenKind::kAdmin;
  claims.tenant_id.value = kLongest;
  claims.client = *pack_client_id("zzzzzzzzzzzzzzzzzzzzzzzz");
  claims.integration_id.value = kLongest;
  claims.secret_id.value = kLongest;
  claims.business_unit.value = kLongest;
  claims.enterprise.value = kLongest;
  for (std::size_t i = 0; i < credential::kMaxScopes; ++i) claims.scopes.insert(i);
  return claims;
}

RC_GTEST_PROP(TokenMinter, ReadsBackWhatItMinted, ()) {
  const auto id = rc::gen::positive<std::int64_t>();
  TokenClaims claims;
  claims.kind = *rc::gen::element(TokenKind::kServerToServer, TokenKind::kAdmin);
  claims.tenant_id.value = *id;
  claims.client = {*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::uint64_t>()};
  claims.integration_id.value = *id;
  claims.secret_id.value = *id;
  claims.business_unit.value = *id;
  claims.enterprise.value = *id;
  claims.issued_at = kNow;
  claims.expires_at = kNow + base::Duration{*rc::gen::inRange(1, 100'000'000)};
  claims.scopes = credential::ScopeSet::from_words(
      {*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::uint64_t>(),
       *rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::uint64_t>()});
  Tokens tokens;
  const auto read = tokens.reader.read(tokens.mint(claims), kNow);
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == claims);
}

RC_GTEST_PROP(TokenMinter, RefusesATokenWithAnyBitFlipped, ()) {
  Tokens tokens;
  std::string token = tokens.mint(some_claims());
  const auto at = *rc::gen::inRange<std::size_t>(0, token.size());
  token[at] = static_cast<char>(token[at] ^ (1 << *rc::gen::inRange(0, 8)));
  RC_ASSERT(!tokens.reader.read(token, kNow).has_value());
}

TEST(TokenMinter, FitsTheFullCatalogueAndTheLongestIdsInto512Characters) {
  Tokens tokens;
  const std::string token = tokens.mint(longest_claims());
  EXPECT_LE(token.size(), 512u);
  EXPECT_EQ(tokens.reader.read(token, kNow), longest_claims());
}

TEST(TokenMinter, MakesATokenOfUrlSafeCharacters) {
  Tokens tokens;
  EXPECT_EQ(tokens.mint(longest_claims())
                .find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789-_."),
            std::string::npos);
}

// RFC 7516 section 5.2, step by step, with nothing of the reader's code.
TEST(TokenMinter, MakesAJweThatDecryptsByTheStepsOfRfc7516) {
  Tokens tokens;
  const std::string token = tokens.mint(some_claims());
  std::vector<std::string> parts{""};
  for (const char c : token) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  ASSERT_EQ(parts.size(), 5u);
  const auto header_bytes = base::base64url_decode(parts[0]);
  const auto iv_bytes = base::base64url_decode(parts[2]);
  const auto ciphertext = base::base64url_decode(parts[3]);
  const auto tag_bytes = base::base64url_decode(parts[4]);
  ASSERT_TRUE(header_bytes && iv_bytes && ciphertext && tag_bytes);

  const auto header = net::parse_json(base::text_of(*header_bytes));
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->string_member("alg").value(), "dir");
  EXPECT_EQ(header->string_member("enc").value(), "A256GCM");
  EXPECT_EQ(header->string_member("kid").value(), "abcd0001");
  EXPECT_EQ(header->members().size(), 3u);
  EXPECT_EQ(parts[1], "");  // direct encryption has no encrypted key

  crypto::TokenIv iv;
  std::array<std::uint8_t, crypto::kTokenTagSize> tag;
  ASSERT_EQ(iv_bytes->size(), iv.size());
  ASSERT_EQ(tag_bytes->size(), tag.size());
  std::copy(iv_bytes->begin(), iv_bytes->end(), iv.begin());
  std::copy(tag_bytes->begin(), tag_bytes->end(), tag.begin());
  std::vector<std::uint8_t> plaintext(ciphertext->size());
  crypto::TokenCipher cipher(key_of('k'));
  ASSERT_TRUE(cipher.decrypt(iv, base::bytes_of(parts[0]), *ciphertext, tag, plaintext.data()));
  EXPECT_EQ(plaintext[0], 1);            // version
  EXPECT_EQ(plaintext[2 + 7], 1);        // tenant
  EXPECT_EQ(plaintext[2 + 24 + 7], 12);  // integration
}

TEST(TokenMinter, NeverUsesAnIvTwiceUnderOneKey) {
  Tokens tokens;
  TokenMinter other_lane(tokens.keys);
  std::set<std::string> ivs;
  for (int i = 0; i < 1000; ++i) {
    ivs.insert(tokens.mint(some_claims()).substr(64, 16));
    std::array<char, kMaxTokenSize> out;
    const std::string token(out.data(), other_lane.mint(some_claims(), out));
    ivs.insert(token.substr(64, 16));
  }
  EXPECT_EQ(ivs.size(), 2000u);
}

TEST(TokenMinter, MintsNothingWithoutAKey) {
  TokenKeys keys(kLife);
  TokenMinter minter(keys);
  std::array<char, kMaxTokenSize> out;
  EXPECT_EQ(minter.mint(some_claims(), out), 0u);
  EXPECT_TRUE(keys.needs_new_key(kNow));
}

TEST(TokenReader, RefusesATokenFromItsEndOn) {
  Tokens tokens;
  const std::string token = tokens.mint(some_claims());
  EXPECT_TRUE(tokens.reader.read(token, kNow + kLife - base::Duration{1}).has_value());
  EXPECT_FALSE(tokens.reader.read(token, kNow + kLife).has_value());
}

TEST(TokenReader, RefusesTextThatIsNoTokenOfOurs) {
  Tokens tokens;
  const std::string token = tokens.mint(some_claims());
  for (const std::string& text : {std::string(), std::string("a.b.c"), token + "A", token.substr(1),
                                  std::string(240, '.'), std::string(100'000, 'A')}) {
    EXPECT_FALSE(tokens.reader.read(text, kNow).has_value());
  }
}

TEST(TokenReader, TellsADeadTokenOfOursFromWhatIsNone) {
  Tokens tokens;
  const std::string token = tokens.mint(some_claims());
  EXPECT_FALSE(tokens.reader.read(token, kNow + kLife));
  EXPECT_TRUE(tokens.reader.may_have_lived(token));
  // Its key is not kept any more: nothing but its shape can be told.
  tokens.keys.add_key({2, key_of('n'), 7, kNow}, kNow);
  tokens.keys.drop_unneeded(kNow + kLife + std::chrono::minutes{1});
  EXPECT_TRUE(tokens.reader.may_have_lived(token));
  std::string forged = tokens.mint(some_claims());
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  for (const std::string& text : {forged, std::string(), std::string("nonsense"), token + "A",
                                  std::string(token.size(), '.'), std::string(token.size(), 'x')}) {
    EXPECT_FALSE(tokens.reader.may_have_lived(text)) << text;
  }
}

TEST(TokenKeys, ReadTokensOfTheFormerKeyForATokensLife) {
  Tokens tokens;
  const std::string token = tokens.mint(some_claims());
  tokens.keys.add_key({2, key_of('n'), 7, kNow}, kNow);
  tokens.keys.drop_unneeded(kNow + kLife - base::Duration{1});
  EXPECT_TRUE(tokens.reader.read(token, kNow).has_value());
  EXPECT_TRUE(tokens.reader.read(tokens.mint(some_claims()), kNow).has_value());

  tokens.keys.drop_unneeded(kNow + kLife + std::chrono::minutes{1});
  EXPECT_FALSE(tokens.reader.read(token, kNow).has_value());
  EXPECT_TRUE(tokens.reader.read(tokens.mint(some_claims()), kNow).has_value());
}

TEST(TokenKeys, ReadTokensFromBeforeARestart) {
  Tokens before;
  const std::string token = before.mint(some_claims());
  TokenKeys keys(kLife);
  keys.add_key({9, key_of('x'), 8, kNow}, kNow);
  keys.add_earlier_key(0xABCD0001, key_of('k'), kNow + kLife);
  TokenReader reader(keys);
  EXPECT_EQ(reader.read(token, kNow), some_claims());
}

TEST(TokenKeys, AskForANewKeyAfterADay) {
  Tokens tokens;
  EXPECT_FALSE(tokens.keys.needs_new_key(kNow + std::chrono::hours{24} - base::Duration{1}));
  EXPECT_TRUE(tokens.keys.needs_new_key(kNow + std::chrono::hours{24}));
}

TEST(TokenKeysThreaded, ChangeUnderMintersAndReadersWithoutALostToken) {
  TokenKeys keys(kLife);
  keys.add_key({1, key_of('k'), 1, kNow}, kNow);
  std::atomic<bool> is_done{false};
  std::atomic<int> lost{0};
  std::atomic<std::uint32_t> minted{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < 2; ++i) {
    workers.emplace_back([&] {
      TokenMinter minter(keys);
      TokenReader reader(keys);
      std::array<char, kMaxTokenSize> out;
      while (!is_done.load()) {
        const std::string_view token(out.data(), minter.mint(some_claims(), out));
        if (reader.read(token, kNow) != some_claims()) ++lost;
        ++minted;
      }
    });
  }
  for (std::uint32_t kid = 2; kid < 60; ++kid) {
    keys.add_key({kid, key_of('n'), kid, kNow}, kNow);
    keys.drop_unneeded(kNow);
    EXPECT_FALSE(keys.needs_new_key(kNow));
    while (minted.load() < kid * 10) std::this_thread::yield();
  }
  is_done = true;
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(lost.load(), 0);
}

}  // namespace
}  // namespace rekey::authority
