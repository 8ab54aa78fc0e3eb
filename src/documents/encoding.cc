#include "documents/encoding.h"

#include <array>
#include <string>

#include "base/text.h"
#include "documents/characters.h"

namespace rekey::documents {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Secret;

constexpr std::array<std::string_view, 3> kNames{"plain", "base64", "percent"};

bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("-._~").find(c) != std::string_view::npos;
}

std::string percent_text(std::string_view value) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  text.reserve(value.size() * 3);  // no growth: it would leave copies
  for (const char c : value) {
    if (is_unreserved(c)) {
      text += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    text += '%';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

Result<Secret> read_percent(std::string_view text) {
  // RFC 3986 sub-delims may stand bare in a user's part; '+' is a blank in forms.
  constexpr std::string_view kBare = "!$&'()*,;=";
  std::string value;
  value.reserve(text.size());  // no growth: it would leave copies
  const char* problem = nullptr;
  for (std::size_t i = 0; i < text.size() && problem == nullptr; ++i) {
    if (is_unreserved(text[i]) || kBare.find(text[i]) != std::string_view::npos) {
      value += text[i];
    } else if (text[i] == '%' && has_hex_at(text, i + 1, 2)) {
      value += static_cast<char>(hex_at(text, i + 1, 2));
      i += 2;
    } else if (text[i] == '+') {
      problem = "holds a '+', which is a blank for some readers; write %2B or %20";
    } else {
      problem = "is not percent-encoded";
    }
  }
  Secret result = Secret::take(std::move(value));
  if (problem != nullptr) return fail(Code::kUnsupported, std::string("the value ") + problem);
  return result;
}

}  // namespace

std::span<const std::string_view> encoding_names() noexcept {
  return kNames;
}

Encoding encoding_of(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Encoding>(i);
  }
  return Encoding::kPlain;
}

Secret encode_value(Encoding encoding, std::string_view value) {
  switch (encoding) {
    case Encoding::kPlain:
      break;
    case Encoding::kBase64:
      return Secret::take(base::base64_encode(base::bytes_of(value)));
    case Encoding::kPercent:
      return Secret::take(percent_text(value));
  }
  return Secret(value);
}

Result<Secret> decode_value(Encoding encoding, std::string_view text) {
  switch (encoding) {
    case Encoding::kPlain:
      break;
    case Encoding::kBase64: {
      auto bytes = base::base64_decode(text);
      if (!bytes) {
        return fail(Code::kUnsupported,
                    "the value is not base64 with its padding on one line; write it so, or take "
                    "away encoding: base64");
      }
      Secret value(base::text_of(*bytes));
      base::wipe(bytes->data(), bytes->size());
      return value;
    }
    case Encoding::kPercent:
      return read_percent(text);
  }
  return Secret(text);
}

}  // namespace rekey::documents
