#include "crypto/key_line.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>

#include "base/text.h"
#include "crypto/random.h"

namespace rekey::crypto {
namespace {

using base::Code;
using base::fail;

// Moves key bytes out of a buffer on the stack, which is wiped.
base::Secret take_key(std::array<std::uint8_t, kKeySize>& bytes) {
  base::Secret key(base::text_of(bytes));
  base::wipe(bytes.data(), bytes.size());
  return key;
}

std::string_view without_line_end(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

base::Secret random_key() {
  std::array<std::uint8_t, kKeySize> bytes;
  fill_random(bytes);
  return take_key(bytes);
}

base::Secret format_key_line(const KeyName& name, const base::Secret& key) {
  const auto bytes = base::bytes_of(key.reveal());
  std::string line(name.label);
  // Grown once, so that no shorter copy of the key stays behind in freed memory.
  line.resize(name.label.size() + base::base64url_size(bytes.size()) + 1);
  *base::base64url_encode_to(bytes, line.data() + name.label.size()) = '\n';
  return base::Secret::take(std::move(line));
}

base::Result<base::Secret> parse_key_line(const KeyName& name, std::string_view text) {
  text = without_line_end(text);
  if (!text.starts_with(name.label)) {
    return fail(
        Code::kInvalidArgument,
        fmt::format("this is not a {}: its line must begin with \"{}\"", name.words, name.label));
  }
  text.remove_prefix(name.label.size());
  std::array<std::uint8_t, kKeySize> bytes;
  const auto size = base::base64url_decode_to(text, bytes);
  if (!size || *size != kKeySize) {
    base::wipe(bytes.data(), bytes.size());
    return fail(Code::kInvalidArgument,
                fmt::format("this {} is damaged: 43 characters of base64url must follow its label",
                            name.words));
  }
  return take_key(bytes);
}

}  // namespace rekey::crypto
