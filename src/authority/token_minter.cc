#include "authority/token_minter.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace rekey::authority {

namespace {

constexpr std::uint8_t kPayloadVersion = 1;
constexpr std::size_t kPayloadSize = 1 + 1 + 8 + 16 + 8 + 8 + 8 + 8 + 8 + 4 + 32;
using Payload = std::array<std::uint8_t, kPayloadSize>;

// {"alg":"dir","enc":"A256GCM","kid":"xxxxxxxx"}
constexpr std::size_t kHeaderSize = base::base64url_size(46);
constexpr std::size_t kIvSize = base::base64url_size(std::tuple_size_v<crypto::TokenIv>);
constexpr std::size_t kCiphertextSize = base::base64url_size(kPayloadSize);
constexpr std::size_t kTagSize = base::base64url_size(crypto::kTokenTagSize);
// Header, an empty encrypted key, IV, ciphertext, tag; a dot between each two.
constexpr std::size_t kTokenSize = kHeaderSize + 2 + kIvSize + 1 + kCiphertextSize + 1 + kTagSize;
static_assert(kTokenSize <= kMaxTokenSize);

constexpr std::size_t kIvBegin = kHeaderSize + 2;
constexpr std::size_t kCiphertextBegin = kIvBegin + kIvSize + 1;
constexpr std::size_t kTagBegin = kCiphertextBegin + kCiphertextSize + 1;

// A worker that minted with the former key just before it saw the new one.
constexpr base::Duration kHandOverTime = std::chrono::minutes{1};

std::string header_of(std::uint32_t kid) {
  const std::string json = fmt::format(R"({{"alg":"dir","enc":"A256GCM","kid":"{:08x}"}})", kid);
  std::string header = base::base64url_encode(base::bytes_of(json));
  REKEY_ASSERT(header.size() == kHeaderSize);
  return header;
}

template <typename Number>
std::uint8_t* put(std::uint8_t* out, Number number) noexcept {
  for (std::size_t shift = sizeof(Number) * 8; shift > 0; shift -= 8) {
    *out++ = static_cast<std::uint8_t>(number >> (shift - 8));
  }
  return out;
}

std::uint8_t* put_id(std::uint8_t* out, std::int64_t id) noexcept {
  return put(out, static_cast<std::uint64_t>(id));
}

class PayloadReader {
 public:
  explicit PayloadReader(const Payload& payload) : next_(payload.data()) {}
  [[nodiscard]] std::uint64_t number(std::size_t size_bytes) noexcept {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < size_bytes; ++i) number = number << 8 | *next_++;
    return number;
  }
  [[nodiscard]] std::int64_t id() noexcept { return static_cast<std::int64_t>(number(8)); }

 private:
  const std::uint8_t* next_;
};

Payload encode(const TokenClaims& claims) noexcept {
  Payload payload;
  std::uint8_t* out = payload.data();
  *out++ = kPayloadVersion;
  *out++ = static_cast<std::uint8_t>(claims.kind);
  out = put_id(out, claims.tenant_id.value);
  out = put(out, claims.client.high);
  out = put(out, claims.client.low);
  out = put_id(out, claims.integration_id.value);
  out = put_id(out, claims.secret_id.value);
  out = put_id(out, claims.business_unit.value);
  out = put_id(out, claims.enterprise.value);
  out = put_id(out, base::to_millis(claims.issued_at));
  out = put(out, static_cast<std::uint32_t>((claims.expires_at - claims.issued_at).count()));
  for (const std::uint64_t word : claims.scopes.words()) out = put(out, word);
  REKEY_ASSERT(out == payload.data() + payload.size());
  return payload;
}

std::optional<TokenClaims> decode(const Payload& payload) noexcept {
  PayloadReader in(payload);
  if (in.number(1) != kPayloadVersion) return std::nullopt;
  TokenClaims claims;
  const std::uint64_t kind = in.number(1);
  if (kind != static_cast<std::uint64_t>(TokenKind::kServerToServer) &&
      kind != static_cast<std::uint64_t>(TokenKind::kAdmin)) {
    return std::nullopt;
  }
  claims.kind = static_cast<TokenKind>(kind);
  claims.tenant_id.value = in.id();
  claims.client.high = in.number(8);
  claims.client.low = in.number(8);
  claims.integration_id.value = in.id();
  claims.secret_id.value = in.id();
  claims.business_unit.value = in.id();
  claims.enterprise.value = in.id();
  claims.issued_at = base::from_millis(in.id());
  claims.expires_at = claims.issued_at + base::Duration{static_cast<std::int64_t>(in.number(4))};
  std::array<std::uint64_t, 4> words{};
  for (std::uint64_t& word : words) word = in.number(8);
  claims.scopes = credential::ScopeSet::from_words(words);
  return claims;
}

// Decodes exactly `out.size()` bytes; spare bits are refused, so a token has one spelling.
bool decode_exactly(std::string_view text, std::span<std::uint8_t> out) {
  const auto size = base::base64url_decode_to(text, out);
  return size && *size == out.size();
}

}  // namespace

void TokenKeys::add_key(TokenKey key, base::Instant now) {
  const std::lock_guard lock(mutex_);
  if (has_current_) entries_.back().readable_until = now + token_lifetime_ + kHandOverTime;
  entries_.push_back({.kid = key.kid,
                      .key = std::move(key.key),
                      .instance = key.instance,
                      .created_at = key.created_at});
  has_current_ = true;
  uses_before_current_ = uses_locked();
  generation_.fetch_add(1, std::memory_order_release);
}

void TokenKeys::add_earlier_key(std::uint32_t kid, base::Secret key, base::Instant readable_until) {
  const std::lock_guard lock(mutex_);
  entries_.insert(entries_.begin(),
                  Entry{.kid = kid, .key = std::move(key), .readable_until = readable_until});
  generation_.fetch_add(1, std::memory_order_release);
}

void TokenKeys::drop_unneeded(base::Instant now) {
  const std::lock_guard lock(mutex_);
  const std::size_t dropped =
      std::erase_if(entries_, [now](const Entry& entry) { return entry.readable_until <= now; });
  if (dropped > 0) generation_.fetch_add(1, std::memory_order_release);
}

bool TokenKeys::needs_new_key(base::Instant now) const {
  const std::lock_guard lock(mutex_);
  return !has_current_ || now >= entries_.back().created_at + kMaxKeyAge ||
         uses_locked() - uses_before_current_ >= kMaxKeyUses;
}

std::uint64_t TokenKeys::uses_locked() const noexcept {
  std::uint64_t uses = 0;
  const std::size_t lanes = std::min(lane_count_.load(), kMaxLanes);
  for (std::size_t i = 0; i < lanes; ++i) uses += lanes_[i].uses.load(std::memory_order_relaxed);
  return uses;
}

TokenMinter::TokenMinter(TokenKeys& keys) : keys_(keys), lane_(keys.lane_count_.fetch_add(1)) {
  REKEY_ASSERT(lane_ < TokenKeys::kMaxLanes);
}

void TokenMinter::refresh() {
  const std::lock_guard lock(keys_.mutex_);
  seen_generation_ = keys_.generation_.load(std::memory_order_acquire);
  if (!keys_.has_current_) return;
  const TokenKeys::Entry& entry = keys_.entries_.back();
  current_.emplace(Current{crypto::TokenCipher(entry.key), entry.instance, header_of(entry.kid)});
}

std::size_t TokenMinter::mint(const TokenClaims& claims, std::span<char> out) noexcept {
  REKEY_ASSERT(out.size() >= kTokenSize);
  if (seen_generation_ != keys_.generation_.load(std::memory_order_acquire)) refresh();
  if (!current_) return 0;

  ++counter_;
  keys_.lanes_[lane_].uses.store(counter_, std::memory_order_relaxed);
  crypto::TokenIv iv;
  put(put(iv.data(), current_->instance), static_cast<std::uint64_t>(lane_) << 56 | counter_);

  const Payload payload = encode(claims);
  Payload ciphertext;
  std::array<std::uint8_t, crypto::kTokenTagSize> tag;
  // The additional data are the ASCII octets of the encoded header (RFC 7516 section 5.1, step 14).
  current_->cipher.encrypt(iv, base::bytes_of(current_->header), payload, ciphertext.data(), tag);

  char* end = std::copy(current_->header.begin(), current_->header.end(), out.data());
  *end++ = '.';
  *end++ = '.';
  end = base::base64url_encode_to(iv, end);
  *end++ = '.';
  end = base::base64url_encode_to(ciphertext, end);
  *end++ = '.';
  end = base::base64url_encode_to(tag, end);
  return static_cast<std::size_t>(end - out.data());
}

void TokenReader::refresh() {
  const std::lock_guard lock(keys_.mutex_);
  seen_generation_ = keys_.generation_.load(std::memory_order_acquire);
  known_.clear();
  // The current key first: most tokens name it.
  for (auto entry = keys_.entries_.rbegin(); entry != keys_.entries_.rend(); ++entry) {
    known_.push_back({crypto::TokenCipher(entry->key), header_of(entry->kid)});
  }
}

namespace {

bool has_shape(std::string_view token) noexcept {
  return token.size() == kTokenSize && token[kHeaderSize] == '.' && token[kHeaderSize + 1] == '.' &&
         token[kCiphertextBegin - 1] == '.' && token[kTagBegin - 1] == '.';
}

// All headers begin alike: the key's name comes after that.
bool has_our_header(std::string_view token) {
  constexpr std::size_t kAlike = 44;
  return token.substr(0, kAlike) == header_of(0).substr(0, kAlike);
}

}  // namespace

TokenReader::Known* TokenReader::find_key(std::string_view token) {
  if (seen_generation_ != keys_.generation_.load(std::memory_order_acquire)) refresh();
  const std::string_view header = token.substr(0, kHeaderSize);
  const auto known = std::find_if(known_.begin(), known_.end(),
                                  [header](const Known& key) { return key.header == header; });
  return known == known_.end() ? nullptr : &*known;
}

std::optional<TokenClaims> TokenReader::decrypt(std::string_view token) {
  if (!has_shape(token)) return std::nullopt;
  const std::string_view header = token.substr(0, kHeaderSize);
  Known* known = find_key(token);
  if (known == nullptr) return std::nullopt;

  crypto::TokenIv iv;
  Payload ciphertext;
  Payload payload;
  std::array<std::uint8_t, crypto::kTokenTagSize> tag;
  if (!decode_exactly(token.substr(kIvBegin, kIvSize), iv) ||
      !decode_exactly(token.substr(kCiphertextBegin, kCiphertextSize), ciphertext) ||
      !decode_exactly(token.substr(kTagBegin), tag) ||
      !known->cipher.decrypt(iv, base::bytes_of(header), ciphertext, tag, payload.data())) {
    return std::nullopt;
  }
  return decode(payload);
}

std::optional<TokenClaims> TokenReader::read(std::string_view token, base::Instant now) {
  auto claims = decrypt(token);
  if (!claims || now >= claims->expires_at) return std::nullopt;
  return claims;
}

// A token has one spelling, so its digest is as good as its number.
TokenId TokenReader::id_of(std::string_view token) {
  const crypto::Digest digest = crypto::sha256(token);
  TokenId id;
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

bool TokenReader::may_have_lived(std::string_view token) {
  if (!has_shape(token) || !has_our_header(token)) return false;
  return find_key(token) == nullptr || decrypt(token);
}

}  // namespace rekey::authority
