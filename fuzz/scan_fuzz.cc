// The matcher with its decoders, the allow comments and the ignore rules: nothing crashes, no hit
// lies outside of the bytes, and what decodes says truly where it comes from.
#include <string>

#include "base/assert.h"
#include "discovery/allow_comment.h"
#include "discovery/ignore.h"
#include "discovery/layers.h"
#include "discovery/matcher.h"

namespace {

using namespace rekey::discovery;

void check_origins(const Decoded& decoded, std::size_t size) {
  for (std::size_t i = 0; i < decoded.text().size(); ++i) {
    const Span origin = decoded.origin(i, i + 1);
    REKEY_ASSERT(origin.begin < origin.end && origin.end <= size);
  }
}

void check_layers(std::string_view text) {
  const Span all{0, text.size()};
  for (std::size_t phase = 0; phase < 4; ++phase) {
    check_origins(decode_base64(text, all, phase), text.size());
  }
  check_origins(decode_hex(text, all), text.size());
  for (const auto& decoded :
       {decode_percent(text, all), decode_escapes(text, all), decode_entities(text, all)}) {
    if (decoded) check_origins(*decoded, text.size());
  }
  const Span run{text.size() / 2, text.size() / 2};
  const Span span = base64_span(text, run);
  REKEY_ASSERT(span.begin <= run.begin && span.end >= run.end && span.end <= text.size());
  if (const auto decoded = decode_utf16(text, text.size() / 2)) {
    check_origins(*decoded, text.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const std::string_view text(reinterpret_cast<const char*>(data), size_bytes);
  static const Matcher matcher;
  for (const Hit& hit : matcher.match(text, "a.env").hits) {
    REKEY_ASSERT(hit.begin < hit.end && hit.end <= text.size());
    REKEY_ASSERT(!hit.value.is_empty());
    static_cast<void>(reason_for(text, hit.begin));
  }
  if (text.empty()) return 0;
  check_layers(text);
  if (const auto reason = reason_for(text, text.size() / 2)) {
    REKEY_ASSERT(!reason->empty() && reason->size() <= kLongestReason);
  }
  const std::size_t half = text.size() / 2;
  static_cast<void>(IgnoreRules::parse(text.substr(0, half)).leaves_out(text.substr(half), false));
  return 0;
}
