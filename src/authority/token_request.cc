#include "authority/token_request.h"

#include "base/text.h"
#include "net/media_type.h"

namespace rekey::authority {

namespace {

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

}  // namespace

tl::expected<TokenRequest, TokenFailure> TokenRequestParser::parse(const TokenRequestParts& parts) {
  const bool has_basic = uses_basic(parts.authorization);
  if (has_basic && !basic_.read(parts.authorization)) {
    return tl::unexpected(TokenFailure{TokenProblem::kMalformedBasic, {}});
  }

  const std::string_view media_type = net::media_type_of(parts.content_type);
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
    request->client_id = basic_.id();
    request->client_secret = basic_.secret();
  }
  return request;
}

void TokenRequestParser::forget() noexcept {
  json_.forget();
  form_.forget();
  basic_.forget();
}

}  // namespace rekey::authority
