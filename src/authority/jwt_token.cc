#include "authority/jwt_token.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "crypto/random.h"
#include "net/json.h"

namespace rekey::authority {

namespace {

constexpr std::size_t kJtiMillis = 6;  // bytes

std::string json_string(std::string_view text) {
  std::string json;
  net::append_json_string(json, text);
  return json;
}

// Encoded, with the dot behind it.
std::string header_of(const crypto::JwsKey& key) {
  const std::string json = fmt::format(R"({{"alg":"{}","typ":"at+jwt","kid":"{}"}})",
                                       name_of(key.algorithm()), key.thumbprint());
  return base::base64url_encode(base::bytes_of(json)) + '.';
}

TokenId new_jti(base::Instant issued_at) {
  TokenId id;
  auto millis = static_cast<std::uint64_t>(base::to_millis(issued_at));
  for (std::size_t i = kJtiMillis; i-- > 0; millis >>= 8) id[i] = static_cast<std::uint8_t>(millis);
  crypto::fill_random(std::span(id).subspan(kJtiMillis));
  return id;
}

base::Instant issue_of(const TokenId& jti) noexcept {
  std::int64_t millis = 0;
  for (std::size_t i = 0; i < kJtiMillis; ++i) millis = millis << 8 | jti[i];
  return base::from_millis(millis);
}

std::int64_t seconds_of(base::Instant at) noexcept {
  return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

}  // namespace

// ---- minting ------------------------------------------------------------------------------------

JwtMinter::JwtMinter(const SigningKeys& keys, std::string_view issuer)
    : keys_(keys), issuer_json_(json_string(issuer)) {}

void JwtMinter::refresh() {
  seen_generation_ = keys_.generation();
  signers_.clear();
  for (const SigningKeys::Entry& entry : keys_.entries()) {
    signers_.push_back(
        {entry.times, entry.key.algorithm(), crypto::JwsSigner(entry.key), header_of(entry.key)});
  }
}

void JwtMinter::write_claims(const JwtClaims& claims) noexcept {
  const std::int64_t issued_at = seconds_of(claims.issued_at);
  std::array<char, base::base64url_size(std::tuple_size_v<TokenId>)> jti;
  base::base64url_encode_to(new_jti(claims.issued_at), jti.data());
  claims_.clear();
  claims_.append(R"({"iss":)");
  claims_.append(issuer_json_);
  claims_.append(R"(,"sub":")");
  claims_.append(claims.client_id);
  claims_.append(R"(","client_id":")");
  claims_.append(claims.client_id);
  claims_.append(R"(","aud":)");
  claims_.append(claims.audience_json);
  claims_.append(R"(,"iat":)");
  claims_.append(issued_at);
  claims_.append(R"(,"exp":)");
  claims_.append(issued_at + kJwtLifetime.count());
  claims_.append(R"(,"jti":")");
  claims_.append({jti.data(), jti.size()});
  claims_.append(R"(","secret_id":"sec_)");
  claims_.append(claims.secret_id.value);
  if (!claims.scope.empty()) {
    claims_.append(R"(","scope":")");
    claims_.append(claims.scope);
  }
  claims_.append(R"("})");
}

std::size_t JwtMinter::mint(const JwtClaims& claims, std::span<char> out) noexcept {
  REKEY_ASSERT(out.size() >= kMaxJwtSize);
  if (seen_generation_ != keys_.generation()) refresh();
  const auto signer = std::find_if(signers_.begin(), signers_.end(), [&](const Signer& one) {
    return one.algorithm == claims.algorithm && claims.issued_at >= one.times.signs_from &&
           claims.issued_at < one.times.signs_until;
  });
  if (signer == signers_.end()) return 0;

  write_claims(claims);
  char* end = std::copy(signer->header.begin(), signer->header.end(), out.data());
  end = base::base64url_encode_to(base::bytes_of(claims_.text()), end);
  const std::string_view input(out.data(), static_cast<std::size_t>(end - out.data()));
  std::array<std::uint8_t, crypto::kMaxJwsSignature> signature;
  const std::size_t signature_size = signer->signer.sign(input, signature);
  *end++ = '.';
  end = base::base64url_encode_to(std::span(signature).first(signature_size), end);
  return static_cast<std::size_t>(end - out.data());
}

// ---- reading ------------------------------------------------------------------------------------

namespace {

struct Parts {
  std::string_view header;  // with its dot
  std::string_view claims;
  std::string_view signature;
  std::string_view signed_input;
};

std::optional<Parts> split(std::string_view token) noexcept {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  return Parts{token.substr(0, first + 1), token.substr(first + 1, second - first - 1),
               token.substr(second + 1), token.substr(0, second)};
}

base::Result<ReadJwt> read_claims(const net::JsonValue& json) {
  ReadJwt read;
  REKEY_TRY(const std::string client, json.string_member("client_id"));
  const auto key = pack_client_id(client);
  REKEY_TRY(const std::string secret, json.string_member("secret_id"));
  REKEY_TRY(read.claims.secret_id, credential::parse_secret_id(secret));
  REKEY_TRY(const std::string jti, json.string_member("jti"));
  REKEY_TRY(const std::size_t jti_size, base::base64url_decode_to(jti, read.id));
  REKEY_TRY(const std::int64_t expires_at, json.integer_member("exp"));
  REKEY_TRY(read.audience, json.string_member("aud"));
  REKEY_TRY(read.scope, json.string_member_or("scope", ""));
  const bool is_an_instant =
      expires_at >= 0 && expires_at <= base::to_millis(base::kFarFuture) / 1000;
  if (!key || jti_size != read.id.size() || !is_an_instant) {
    return base::fail(base::Code::kInvalidArgument, "no token of ours");
  }
  read.claims.client = *key;
  read.claims.issued_at = issue_of(read.id);
  read.claims.expires_at = base::from_millis(expires_at * 1000);
  return read;
}

}  // namespace

void JwtReader::refresh() {
  seen_generation_ = keys_.generation();
  verifiers_.clear();
  for (const SigningKeys::Entry& entry : keys_.entries()) {
    verifiers_.push_back({entry.times, entry.key, header_of(entry.key)});
  }
}

std::optional<ReadJwt> JwtReader::read(std::string_view token, std::string_view issuer,
                                       base::Instant now) {
  if (seen_generation_ != keys_.generation()) refresh();
  const auto parts = split(token);
  if (!parts || token.size() > kMaxJwtSize) return std::nullopt;
  const auto verifier = std::find_if(
      verifiers_.begin(), verifiers_.end(),
      [&](const Verifier& one) { return one.header == parts->header && now < one.times.gone_at; });
  if (verifier == verifiers_.end()) return std::nullopt;
  const auto signature = base::base64url_decode(parts->signature);
  if (!signature || !verifier->key.is_signature_of(parts->signed_input, *signature)) {
    return std::nullopt;
  }
  const auto bytes = base::base64url_decode(parts->claims);
  const auto json = bytes ? net::parse_json(base::text_of(*bytes)) : net::parse_json("");
  if (!json || json->string_member_or("iss", "").value_or("") != issuer) return std::nullopt;
  auto read = read_claims(*json);
  if (!read || now >= read->claims.expires_at) return std::nullopt;
  return *std::move(read);
}

}  // namespace rekey::authority
