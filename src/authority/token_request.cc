#include "authority/token_request.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace rekey::authority {

namespace {

constexpr std::string_view kBasicScheme = "Basic ";
constexpr std::size_t kMaxAccountDigits = 10;

struct Field {
  enum class Kind { kAbsent, kText, kNumber, kWrongType };
  Kind kind = Kind::kAbsent;
  std::string_view text;
  std::int64_t number = 0;
};

Field field_of(const net::FlatJson& body, std::string_view name) noexcept {
  const net::FlatJson::Member* member = body.find(name);
  if (member == nullptr) return {};
  switch (member->type) {
    case net::FlatJson::Type::kNull:
      return {};
    case net::FlatJson::Type::kString:
      return {Field::Kind::kText, member->string, 0};
    case net::FlatJson::Type::kInteger:
      return {Field::Kind::kNumber, {}, member->integer};
    case net::FlatJson::Type::kBoolean:
    case net::FlatJson::Type::kOther:
      return {Field::Kind::kWrongType, {}, 0};
  }
  return {Field::Kind::kWrongType, {}, 0};
}

Field field_of(const net::FlatForm& body, std::string_view name) noexcept {
  const net::FlatForm::Member* member = body.find(name);
  if (member == nullptr) return {};
  return {Field::Kind::kText, member->value, 0};
}

bool is_given(const Field& field) noexcept {
  return field.kind != Field::Kind::kAbsent &&
         !(field.kind == Field::Kind::kText && field.text.empty());
}

// What a text field that must be there holds, or which of the two ways it fails.
tl::expected<std::string_view, TokenFailure> required_text(const Field& field, TokenProblem missing,
                                                           TokenProblem wrong_type) noexcept {
  if (!is_given(field)) return tl::unexpected(TokenFailure{missing, {}});
  if (field.kind != Field::Kind::kText) return tl::unexpected(TokenFailure{wrong_type, {}});
  return field.text;
}

std::optional<std::int64_t> number_of(const Field& field) noexcept {
  if (field.kind == Field::Kind::kNumber) return field.number;
  if (field.kind != Field::Kind::kText || field.text.size() > kMaxAccountDigits) return {};
  std::int64_t number = 0;
  for (const char c : field.text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

template <typename Body>
tl::expected<TokenRequest, TokenFailure> read_fields(const Body& body, bool has_basic) noexcept {
  TokenRequest request;
  const auto grant_type = required_text(
      field_of(body, "grant_type"), TokenProblem::kMissingGrantType, TokenProblem::kBadGrantType);
  if (!grant_type) return tl::unexpected(grant_type.error());
  request.grant_type = *grant_type;

  const Field id = field_of(body, "client_id");
  const Field secret = field_of(body, "client_secret");
  if (has_basic) {
    if (is_given(id) || is_given(secret)) {
      return tl::unexpected(TokenFailure{TokenProblem::kTwoAuthentications, {}});
    }
  } else {
    const auto client_id =
        required_text(id, TokenProblem::kMissingClientId, TokenProblem::kBadClientId);
    if (!client_id) return tl::unexpected(client_id.error());
    const auto client_secret =
        required_text(secret, TokenProblem::kMissingClientSecret, TokenProblem::kBadClientSecret);
    if (!client_secret) return tl::unexpected(client_secret.error());
    request.client_id = *client_id;
    request.client_secret = *client_secret;
  }

  if (const Field scope = field_of(body, "scope"); scope.kind == Field::Kind::kText) {
    request.scope = scope.text;
  } else if (scope.kind != Field::Kind::kAbsent) {
    return tl::unexpected(TokenFailure{TokenProblem::kBadScope, {}});
  }

  if (const Field account = field_of(body, "account_id"); is_given(account)) {
    const auto number = number_of(account);
    if (!number || *number <= 0) {
      return tl::unexpected(TokenFailure{TokenProblem::kBadAccountId, {}});
    }
    request.account_id = credential::BusinessUnitId{*number};
  }
  return request;
}

// The media type alone: parameters such as charset are tolerated.
std::string_view media_type_of(std::string_view content_type) noexcept {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ') || content_type.ends_with('\t')) {
    content_type.remove_suffix(1);
  }
  return content_type;
}

// One half of a Basic credential: form-encoded (RFC 6749 section 2.3.1), no NUL, UTF-8.
std::optional<base::Secret> decode_half(std::string_view encoded) {
  auto decoded = base::percent_decode_form(encoded);
  if (!decoded) return std::nullopt;
  base::Secret value = base::Secret::take(*std::move(decoded));
  const std::string_view text = value.reveal();
  if (text.empty() || text.find('\0') != std::string_view::npos || !base::is_valid_utf8(text)) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

bool uses_basic(std::string_view authorization) noexcept {
  return base::equal_ignoring_case(authorization.substr(0, kBasicScheme.size()), kBasicScheme);
}

std::optional<TokenFailure> TokenRequestParser::read_basic(std::string_view credentials) {
  const TokenFailure malformed{TokenProblem::kMalformedBasic, {}};
  credentials.remove_prefix(std::min(credentials.find_first_not_of(' '), credentials.size()));
  auto decoded = base::base64_decode(credentials);
  if (!decoded) return malformed;
  const base::Secret pair{base::text_of(*decoded)};
  base::wipe(decoded->data(), decoded->size());

  const std::size_t colon = pair.reveal().find(':');
  if (colon == std::string_view::npos) return malformed;
  auto id = decode_half(pair.reveal().substr(0, colon));
  auto secret = decode_half(pair.reveal().substr(colon + 1));
  if (!id || !secret) return malformed;
  basic_id_ = *std::move(id);
  basic_secret_ = *std::move(secret);
  return std::nullopt;
}

tl::expected<TokenRequest, TokenFailure> TokenRequestParser::parse(const TokenRequestParts& parts) {
  const bool has_basic = uses_basic(parts.authorization);
  if (has_basic) {
    if (const auto failure = read_basic(parts.authorization.substr(kBasicScheme.size()))) {
      return tl::unexpected(*failure);
    }
  }

  const std::string_view media_type = media_type_of(parts.content_type);
  const bool is_json = media_type.empty()
                           ? parts.body.starts_with('{')
                           : base::equal_ignoring_case(media_type, "application/json");
  if (!is_json && !media_type.empty() &&
      !base::equal_ignoring_case(media_type, "application/x-www-form-urlencoded")) {
    return tl::unexpected(TokenFailure{TokenProblem::kUnsupportedMediaType, {}});
  }
  if (is_json && !json_.parse(parts.body)) {
    return tl::unexpected(TokenFailure{TokenProblem::kMalformedJson, json_.problem()});
  }
  if (!is_json && !form_.parse(parts.body)) {
    return tl::unexpected(TokenFailure{TokenProblem::kMalformedForm, form_.problem()});
  }

  auto request = is_json ? read_fields(json_, has_basic) : read_fields(form_, has_basic);
  if (request && has_basic) {
    request->client_id = basic_id_.reveal();
    request->client_secret = basic_secret_.reveal();
  }
  return request;
}

void TokenRequestParser::forget() noexcept {
  json_.forget();
  form_.forget();
  basic_id_ = base::Secret();
  basic_secret_ = base::Secret();
}

}  // namespace rekey::authority
