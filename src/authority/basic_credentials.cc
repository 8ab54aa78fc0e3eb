#include "authority/basic_credentials.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

#include "base/decode_to.h"
#include "base/secret.h"
#include "base/text.h"

namespace rekey::authority {

namespace {

constexpr std::string_view kScheme = "Basic ";

// One half, decoded in place: form-encoded, no NUL, UTF-8.
std::optional<std::string_view> decode_half(std::span<char> half) {
  const auto size = base::percent_decode_form_to({half.data(), half.size()}, half);
  if (!size || *size == 0) return std::nullopt;
  const std::string_view text(half.data(), *size);
  if (text.find('\0') != std::string_view::npos || !base::is_valid_utf8(text)) return std::nullopt;
  return text;
}

}  // namespace

bool uses_basic(std::string_view authorization) noexcept {
  return base::equal_ignoring_case(authorization.substr(0, kScheme.size()), kScheme);
}

bool BasicCredentials::read(std::string_view authorization) {
  forget();
  std::string_view text = authorization.substr(std::min(kScheme.size(), authorization.size()));
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::span<std::uint8_t> room(reinterpret_cast<std::uint8_t*>(buffer_.data()),
                                     buffer_.size());
  used_ = std::min(buffer_.size(), text.size());  // whatever of it was decoded is wiped
  const auto size = base::base64_decode_to(text, room);
  if (!size) return false;
  const std::span<char> pair = std::span(buffer_).first(*size);
  const auto colon = std::find(pair.begin(), pair.end(), ':');
  if (colon == pair.end()) return false;
  const auto before = static_cast<std::size_t>(colon - pair.begin());
  const auto id = decode_half(pair.first(before));
  const auto secret = decode_half(pair.subspan(before + 1));
  if (!id || !secret) return false;
  id_ = *id;
  secret_ = *secret;
  return true;
}

void BasicCredentials::forget() noexcept {
  base::wipe(buffer_.data(), used_);
  used_ = 0;
  id_ = {};
  secret_ = {};
}

}  // namespace rekey::authority
