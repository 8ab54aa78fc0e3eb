#include "authority/oauth_request.h"

#include "base/text.h"
#include "net/media_type.h"

namespace rekey::authority {

namespace {

tl::unexpected<TokenFailure> failure(TokenProblem problem, std::string_view detail = {}) {
  return tl::unexpected(TokenFailure{problem, detail});
}

}  // namespace

tl::expected<PresentedClient, TokenFailure> OAuthRequestParser::parse(
    const net::Request& request, const ClientHeaders& headers) {
  // RFC 6749 section 2.3.1: credentials are never part of the address; nor is anything else here.
  if (!request.query.empty()) return failure(TokenProblem::kParametersInAddress);
  if (!base::equal_ignoring_case(net::media_type_of(headers.content_type),
                                 "application/x-www-form-urlencoded")) {
    return failure(TokenProblem::kFormExpected);
  }
  if (!form_.parse(request.body, "resource")) {
    return failure(TokenProblem::kMalformedForm, form_.problem());
  }
  return read_client(headers.authorization);
}

tl::expected<PresentedClient, TokenFailure> OAuthRequestParser::read_client(
    std::string_view authorization) {
  const PresentedClient in_form{parameter("client_id"), parameter("client_secret"), {}};
  const bool has_header = !authorization.empty();
  const bool has_secret = !in_form.client_secret.empty();
  const bool has_assertion = !parameter("client_assertion").empty();
  // RFC 6749 section 2.3: one way to authenticate in one request.
  if (int{has_header} + int{has_secret} + int{has_assertion} > 1) {
    return failure(TokenProblem::kTwoAuthentications);
  }
  if (has_secret && !in_form.client_id.empty()) return in_form;
  if (!uses_basic(authorization)) return failure(TokenProblem::kNoClientAuthentication);
  if (!basic_.read(authorization)) return failure(TokenProblem::kMalformedClientAuthentication);
  // A client may name itself in the form too (section 3.2.1): itself, not another.
  if (!in_form.client_id.empty() && in_form.client_id != basic_.id()) {
    return failure(TokenProblem::kTwoAuthentications);
  }
  return PresentedClient{basic_.id(), basic_.secret(), {}};
}

std::string_view OAuthRequestParser::parameter(std::string_view name) const noexcept {
  const net::FlatForm::Member* member = form_.find(name);
  return member != nullptr ? member->value : std::string_view{};
}

void OAuthRequestParser::forget() noexcept {
  form_.forget();
  basic_.forget();
}

}  // namespace rekey::authority
