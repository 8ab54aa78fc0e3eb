#include "documents/document.h"

#include <fmt/format.h>

#include "documents/elsewhere.h"
#include "documents/position.h"

namespace rekey::documents {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Secret;

// The result is read again: the new text must end where it was put, so that whatever follows is
// read as before, and must mean the value.
base::Status check(const Format& format, std::string_view before, std::string_view after,
                   const Located& spot, std::size_t encoded_bytes, std::string_view key,
                   std::string_view value) {
  auto again = format.locate(after, key);
  if (!again) {
    return fail(Code::kInternal,
                fmt::format("the edited document could not be read again for the key \"{}\": {}",
                            key, again.error().detail));
  }
  const bool is_rest_equal = after.substr(0, spot.begin) == before.substr(0, spot.begin) &&
                             after.substr(spot.begin + encoded_bytes) == before.substr(spot.end);
  const bool is_in_place = again->begin == spot.begin && again->end == spot.begin + encoded_bytes;
  if (!is_rest_equal || !is_in_place ||
      !base::equal_in_constant_time(again->value.reveal(), value)) {
    return fail(Code::kInternal,
                fmt::format("editing the key \"{}\" would have changed something else; nothing "
                            "was written",
                            key));
  }
  return {};
}

// The value's place, where a secret stands there in clear text.
Result<Located> locate_secret(const Format& format, std::string_view document,
                              std::string_view key) {
  REKEY_TRY(Located spot, format.locate(document, key));
  const auto elsewhere = describe_elsewhere(spot.value.reveal());
  if (!elsewhere.empty()) {
    return fail(Code::kUnsupported,
                fmt::format("{}: the value of \"{}\" is {}",
                            describe_position(document, spot.begin), key, elsewhere));
  }
  return spot;
}

}  // namespace

Result<Secret> read_value(const Format& format, std::string_view document, std::string_view key) {
  REKEY_TRY(Located spot, locate_secret(format, document, key));
  return std::move(spot.value);
}

Result<Secret> replace_value(const Format& format, std::string_view document, std::string_view key,
                             std::string_view value) {
  REKEY_TRY(const Located spot, locate_secret(format, document, key));
  if (!describe_elsewhere(value).empty()) {
    return fail(Code::kInvalidArgument,
                "the new value has the shape of ciphertext or of a placeholder, and would not be "
                "read as it is");
  }
  if (base::equal_in_constant_time(spot.value.reveal(), value)) return Secret(document);
  REKEY_TRY(const Secret encoded, format.encode(document, spot, value));
  std::string edited;
  edited.reserve(document.size() + encoded.size_bytes());  // no growth: it would leave copies
  edited += document.substr(0, spot.begin);
  edited += encoded.reveal();
  edited += document.substr(spot.end);
  Secret result = Secret::take(std::move(edited));
  REKEY_CHECK(check(format, document, result.reveal(), spot, encoded.size_bytes(), key, value));
  return result;
}

}  // namespace rekey::documents
