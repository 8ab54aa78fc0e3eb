#include "authority/identifiers.h"

#include <array>
#include <cstring>

#include "crypto/random.h"

namespace rekey::authority {

namespace {

constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

// Bytes from 252 on are drawn again, so that every character is equally likely.
std::string random_text(std::size_t size) {
  constexpr std::uint8_t kFair = 256 / 36 * 36 - 1;
  std::string text;
  while (text.size() < size) {
    for (const std::uint8_t byte : crypto::random_bytes(size * 2)) {
      if (byte <= kFair && text.size() < size) text += kAlphabet[byte % kAlphabet.size()];
    }
  }
  return text;
}

}  // namespace

credential::ClientId random_client_id() {
  return credential::ClientId{random_text(credential::kClientIdSize)};
}

std::string random_tenant_name() {
  return "mc" + random_text(credential::kTenantNameSize - 2);
}

credential::BusinessUnitId random_business_unit() {
  std::array<std::uint8_t, 8> bytes{};
  crypto::fill_random(bytes);
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), bytes.size());
  constexpr std::int64_t kFirst = 500'000'000;
  constexpr std::uint64_t kCount = 499'999'999;
  return credential::BusinessUnitId{kFirst + static_cast<std::int64_t>(number % kCount)};
}

}  // namespace rekey::authority
