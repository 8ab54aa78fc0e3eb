#include "crypto/sealed_box.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "base/assert.h"
#include "base/printable.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/hkdf.h"
#include "crypto/openssl_handles.h"
#include "crypto/token_cipher.h"

namespace rekey::crypto {
namespace {

using base::Code;
using base::fail;

constexpr std::string_view kAddressTag = "rkp1";
constexpr std::string_view kSealedTag = "rks1";
constexpr std::string_view kInfoPrefix = "rekey sealed value 1\n";
constexpr char kCurve[] = "P-256";
constexpr std::size_t kScalarBytes = 32;
constexpr std::size_t kCipherKeyBytes = 32;
constexpr std::size_t kShortIdBytes = 8;

using BigNumber = std::unique_ptr<BIGNUM, OpensslFree<BN_clear_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, OpensslFree<EVP_PKEY_CTX_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, OpensslFree<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, OpensslFree<OSSL_PARAM_free>>;

// A key that is none is an answer, not a fault: it must not surface in somebody's TLS error.
template <typename T>
T forgetting_errors(T value) {
  ERR_clear_error();
  return value;
}

// nullptr where the numbers are no key of the curve. `scalar` is nullptr for a public key.
PrivateOrPublicKey key_from(std::span<const std::uint8_t> point, const BIGNUM* scalar) {
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  REKEY_ASSERT(builder != nullptr);
  REKEY_ASSERT(
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, kCurve, 0) == 1);
  REKEY_ASSERT(OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                                point.data(), point.size()) == 1);
  if (scalar != nullptr) {
    REKEY_ASSERT(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar) == 1);
  }
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  REKEY_ASSERT(params != nullptr && context != nullptr);
  REKEY_ASSERT(EVP_PKEY_fromdata_init(context.get()) == 1);
  EVP_PKEY* key = nullptr;
  const int selection = scalar != nullptr ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
  if (EVP_PKEY_fromdata(context.get(), &key, selection, params.get()) != 1) {
    return forgetting_errors(PrivateOrPublicKey());
  }
  return PrivateOrPublicKey(key);
}

bool is_sound(EVP_PKEY* key, int (*check)(EVP_PKEY_CTX*)) {
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  REKEY_ASSERT(context != nullptr);
  return forgetting_errors(check(context.get()) == 1);
}

// nullptr where the bytes are no point of the curve, or the one at infinity.
PrivateOrPublicKey public_key_from(const IntakePublicKey& point) {
  if (point[0] != 0x04) return nullptr;
  auto key = key_from(point, nullptr);
  if (key == nullptr || !is_sound(key.get(), EVP_PKEY_public_check)) return nullptr;
  return key;
}

PrivateOrPublicKey new_key_pair() {
  PrivateOrPublicKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", kCurve));
  REKEY_ASSERT(key != nullptr);
  return key;
}

IntakePublicKey point_of(EVP_PKEY* key) {
  IntakePublicKey point;
  std::size_t size = 0;
  REKEY_ASSERT(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                               point.size(), &size) == 1);
  REKEY_ASSERT(size == point.size() && point[0] == 0x04);
  return point;
}

base::Secret agree(EVP_PKEY* own, EVP_PKEY* peer) {
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, own, nullptr));
  REKEY_ASSERT(context != nullptr);
  REKEY_ASSERT(EVP_PKEY_derive_init(context.get()) == 1);
  REKEY_ASSERT(EVP_PKEY_derive_set_peer(context.get(), peer) == 1);
  std::string shared(kScalarBytes, '\0');
  std::size_t size = shared.size();
  REKEY_ASSERT(
      EVP_PKEY_derive(context.get(), reinterpret_cast<unsigned char*>(shared.data()), &size) == 1);
  REKEY_ASSERT(size == shared.size());
  return base::Secret::take(std::move(shared));
}

struct MessageKey {
  TokenCipher cipher;
  TokenIv iv;
};

// An ephemeral key serves one message, so the IV may come from the same derivation.
MessageKey message_key(const base::Secret& shared, const IntakePublicKey& ephemeral,
                       const IntakePublicKey& recipient, std::string_view context) {
  const auto salt = std::string(base::text_of(ephemeral)).append(base::text_of(recipient));
  const auto info = std::string(kInfoPrefix).append(context);
  const auto material = hkdf_sha256({.key = shared.reveal(), .salt = salt, .info = info},
                                    kCipherKeyBytes + std::tuple_size_v<TokenIv>);
  const auto bytes = material.reveal();
  TokenIv iv;
  const auto iv_bytes = base::bytes_of(bytes.substr(kCipherKeyBytes));
  std::copy(iv_bytes.begin(), iv_bytes.end(), iv.begin());
  return {TokenCipher(base::Secret(bytes.substr(0, kCipherKeyBytes))), iv};
}

std::string short_id(std::string_view bytes) {
  const auto digest = sha256(bytes);
  return base::base64url_encode(std::span(digest).first(kShortIdBytes));
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// Exactly `count` parts, or nothing.
std::vector<std::string_view> parts_of(std::string_view text, std::size_t count) {
  std::vector<std::string_view> parts;
  for (std::size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
    parts.push_back(text.substr(0, dot));
    text.remove_prefix(dot + 1);
  }
  parts.push_back(text);
  if (parts.size() != count) parts.clear();
  return parts;
}

std::optional<IntakePublicKey> point_from(std::string_view text) {
  IntakePublicKey point;
  const auto size = base::base64url_decode_to(text, point);
  if (!size || *size != point.size()) return std::nullopt;
  return point;
}

bool is_context(std::string_view context) {
  return !context.empty() && context.size() <= kMaxIntakeContextBytes &&
         base::is_valid_utf8(context) && !base::find_hidden_character(context);
}

tl::unexpected<base::Error> damaged() {
  return fail(Code::kCorrupt,
              "the sealed value was changed or cut on its way; copy the whole line again, or seal "
              "the value anew");
}

}  // namespace

std::string to_text(const IntakeAddress& address) {
  REKEY_ASSERT(is_context(address.context));
  return fmt::format("{}.{}.{}", kAddressTag, base::base64url_encode(address.key),
                     base::base64url_encode(base::bytes_of(address.context)));
}

base::Result<IntakeAddress> intake_address_from_text(std::string_view text) {
  const auto parts = parts_of(trimmed(text), 3);
  if (parts.empty() || parts[0] != kAddressTag) {
    return fail(Code::kInvalidArgument,
                "this is no intake address: it begins with rkp1. and is one line; copy it whole "
                "from what the rotation printed");
  }
  const auto point = point_from(parts[1]);
  const auto context = base::base64url_decode(parts[2]);
  if (!point || public_key_from(*point) == nullptr || !context ||
      !is_context(base::text_of(*context))) {
    return fail(Code::kInvalidArgument,
                "the intake address is damaged; copy it whole from what the rotation printed");
  }
  return IntakeAddress{*point, std::string(base::text_of(*context))};
}

std::string fingerprint_of(const IntakeAddress& address) {
  const auto digest = sha256(to_text(address));
  const auto hex = base::hex_encode(std::span(digest).first(kShortIdBytes));
  const std::string_view digits = hex;
  return fmt::format("{}-{}-{}-{}", digits.substr(0, 4), digits.substr(4, 4), digits.substr(8, 4),
                     digits.substr(12, 4));
}

struct IntakeKey::State {
  PrivateOrPublicKey pair;
  IntakePublicKey point;
};

IntakeKey::IntakeKey(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
IntakeKey::IntakeKey(IntakeKey&&) noexcept = default;
IntakeKey& IntakeKey::operator=(IntakeKey&&) noexcept = default;
IntakeKey::~IntakeKey() = default;

base::Result<IntakeKey> IntakeKey::from_private_bytes(const base::Secret& bytes) {
  IntakePublicKey point;
  if (bytes.size_bytes() != kScalarBytes + point.size()) {
    return fail(Code::kCorrupt, "the stored intake key has another size than a key has");
  }
  const auto all = base::bytes_of(bytes.reveal());
  std::copy_n(all.begin() + kScalarBytes, point.size(), point.begin());
  const BigNumber scalar(BN_bin2bn(all.data(), static_cast<int>(kScalarBytes), nullptr));
  REKEY_ASSERT(scalar != nullptr);
  auto pair = key_from(point, scalar.get());
  if (pair == nullptr || !is_sound(pair.get(), EVP_PKEY_check)) {
    return fail(Code::kCorrupt, "the stored intake key is damaged: its halves do not match");
  }
  return IntakeKey(std::unique_ptr<State>(new State{std::move(pair), point}));
}

IntakeAddress IntakeKey::address(std::string context) const {
  REKEY_ASSERT(is_context(context));
  return {state_->point, std::move(context)};
}

base::Secret IntakeKey::private_bytes() const {
  BIGNUM* number = nullptr;
  REKEY_ASSERT(EVP_PKEY_get_bn_param(state_->pair.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1);
  const BigNumber scalar(number);
  std::string bytes(kScalarBytes, '\0');
  REKEY_ASSERT(BN_bn2binpad(scalar.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                            static_cast<int>(kScalarBytes)) == static_cast<int>(kScalarBytes));
  // The capacity is had beforehand so that no copy of the scalar stays behind in freed memory.
  std::string both;
  both.reserve(kScalarBytes + state_->point.size());
  both.append(bytes).append(base::text_of(state_->point));
  base::wipe(bytes.data(), bytes.size());
  return base::Secret::take(std::move(both));
}

IntakeKey make_intake_key() {
  auto pair = new_key_pair();
  const auto point = point_of(pair.get());
  return IntakeKey(std::unique_ptr<IntakeKey::State>(new IntakeKey::State{std::move(pair), point}));
}

base::Result<std::string> seal_to(const IntakeAddress& address, const base::Secret& value) {
  REKEY_ASSERT(is_context(address.context));
  if (value.is_empty()) return fail(Code::kInvalidArgument, "there is no value to seal");
  if (value.size_bytes() > kMaxSealedValueBytes) {
    return fail(Code::kInvalidArgument, "the value is longer than 4 KiB, which no secret is");
  }
  const auto recipient = public_key_from(address.key);
  if (recipient == nullptr) {
    return fail(Code::kInvalidArgument, "the intake address holds no public key of P-256");
  }
  const auto pair = new_key_pair();
  const auto ephemeral = point_of(pair.get());
  auto key =
      message_key(agree(pair.get(), recipient.get()), ephemeral, address.key, address.context);
  const auto header = fmt::format("{}.{}.{}.{}", kSealedTag, short_id(base::text_of(address.key)),
                                  short_id(address.context), base::base64url_encode(ephemeral));
  std::vector<std::uint8_t> sealed(value.size_bytes() + kTokenTagSize);
  key.cipher.encrypt(key.iv, base::bytes_of(header), base::bytes_of(value.reveal()), sealed.data(),
                     std::span(sealed).last<kTokenTagSize>());
  return fmt::format("{}.{}", header, base::base64url_encode(sealed));
}

base::Result<base::Secret> open_sealed(const IntakeKey& key, std::string_view context,
                                       std::string_view text) {
  const auto line = trimmed(text);
  if (!line.starts_with(kSealedTag) || line.substr(kSealedTag.size(), 1) != ".") {
    return fail(Code::kInvalidArgument,
                "this is no sealed value: one begins with rks1. and is made by `rekey seal` or by "
                "the intake page");
  }
  const auto parts = parts_of(line, 5);
  if (parts.empty() || line.size() > kMaxSealedTextBytes) return damaged();
  if (parts[1] != short_id(base::text_of(key.state_->point))) {
    return fail(Code::kNotFound,
                "the value was sealed to another key; seal it again to the address that this run "
                "shows now");
  }
  if (parts[2] != short_id(context)) {
    return fail(Code::kConflict,
                "the value was sealed for another run or client id; seal it again to the address "
                "that this run shows now");
  }
  const auto ephemeral = point_from(parts[3]);
  const auto sealed = base::base64url_decode(parts[4]);
  if (!ephemeral || !sealed || sealed->size() <= kTokenTagSize) return damaged();
  const auto peer = public_key_from(*ephemeral);
  if (peer == nullptr) return damaged();

  auto message = message_key(agree(key.state_->pair.get(), peer.get()), *ephemeral,
                             key.state_->point, context);
  const auto header = line.substr(0, line.size() - parts[4].size() - 1);
  const std::span<const std::uint8_t> bytes = *sealed;
  std::string value(bytes.size() - kTokenTagSize, '\0');
  if (!message.cipher.decrypt(message.iv, base::bytes_of(header), bytes.first(value.size()),
                              bytes.last<kTokenTagSize>(),
                              reinterpret_cast<std::uint8_t*>(value.data()))) {
    return damaged();
  }
  return base::Secret::take(std::move(value));
}

}  // namespace rekey::crypto
