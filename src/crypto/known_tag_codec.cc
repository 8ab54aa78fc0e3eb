#include "crypto/known_tag_codec.h"

#include <algorithm>
#include <limits>

#include "base/assert.h"

namespace rekey::crypto {
namespace {

using base::Code;
using base::fail;

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 3;
constexpr std::size_t kTagBytes = 1 + 4 + 4 + 8 + sizeof(TagBits);
constexpr SecretForm kLastForm = SecretForm::kBase64OfUtf16Be;

template <typename Number>
void put(std::vector<std::uint8_t>& bytes, Number number) {
  for (std::size_t i = sizeof number; i-- > 0;) {
    bytes.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
  }
}

std::uint8_t count_of(std::size_t size) {
  REKEY_ASSERT(size <= std::numeric_limits<std::uint8_t>::max());
  return static_cast<std::uint8_t>(size);
}

// Takes from the front; the caller has looked at the size.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  template <typename Number>
  Number number() {
    Number number = 0;
    for (const std::uint8_t byte : take(sizeof number)) {
      number = static_cast<Number>(std::uint64_t{number} << 8U | byte);
    }
    return number;
  }

  std::span<const std::uint8_t> take(std::size_t size) {
    const auto taken = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return taken;
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

tl::unexpected<base::Error> damaged() {
  return fail(Code::kCorrupt, "the tags of a secret are damaged; its next rotation makes new ones");
}

bool is_form(std::uint8_t byte) {
  return byte <= static_cast<std::uint8_t>(kLastForm);
}

}  // namespace

std::vector<std::uint8_t> encode_tags(const TaggedSecret& tagged) {
  std::vector<std::uint8_t> bytes{kVersion, count_of(tagged.tags.size()),
                                  count_of(tagged.without_window.size())};
  bytes.reserve(kHeaderBytes + tagged.tags.size() * kTagBytes + tagged.without_window.size());
  for (const KnownTag& tag : tagged.tags) {
    bytes.push_back(static_cast<std::uint8_t>(tag.form));
    put(bytes, tag.size_bytes);
    put(bytes, tag.window_at);
    put(bytes, tag.window_hash);
    bytes.insert(bytes.end(), tag.bits.begin(), tag.bits.end());
  }
  for (const SecretForm form : tagged.without_window) {
    bytes.push_back(static_cast<std::uint8_t>(form));
  }
  return bytes;
}

base::Result<TaggedSecret> decode_tags(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kHeaderBytes) return damaged();
  if (bytes[0] > kVersion) {
    return fail(Code::kUnsupported,
                "the tags of a secret were written by a newer version; use that one");
  }
  const std::size_t tags = bytes[1];
  const std::size_t without = bytes[2];
  if (bytes[0] != kVersion || bytes.size() != kHeaderBytes + tags * kTagBytes + without) {
    return damaged();
  }
  Reader reader(bytes.subspan(kHeaderBytes));
  TaggedSecret tagged;
  for (std::size_t i = 0; i < tags; ++i) {
    KnownTag tag;
    const auto form = reader.number<std::uint8_t>();
    tag.form = static_cast<SecretForm>(form);
    tag.size_bytes = reader.number<std::uint32_t>();
    tag.window_at = reader.number<std::uint32_t>();
    tag.window_hash = reader.number<std::uint64_t>();
    const auto bits = reader.take(tag.bits.size());
    std::copy(bits.begin(), bits.end(), tag.bits.begin());
    if (!is_form(form) || std::uint64_t{tag.window_at} + kWindowSize > tag.size_bytes) {
      return damaged();
    }
    tagged.tags.push_back(tag);
  }
  for (std::size_t i = 0; i < without; ++i) {
    const auto form = reader.number<std::uint8_t>();
    if (!is_form(form)) return damaged();
    tagged.without_window.push_back(static_cast<SecretForm>(form));
  }
  return tagged;
}

}  // namespace rekey::crypto
