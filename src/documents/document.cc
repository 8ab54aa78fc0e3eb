#include "documents/document.h"

#include <fmt/format.h>

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

}  // namespace

Result<Secret> read_value(const Format& format, std::string_view document, std::string_view key) {
  REKEY_TRY(Located spot, format.locate(document, key));
  return std::move(spot.value);
}

Result<Secret> replace_value(const Format& format, std::string_view document, std::string_view key,
                             std::string_view value) {
  REKEY_TRY(const Located spot, format.locate(document, key));
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
