// What lies within other things: compressed data in base64, zips behind zips, quoted-printable.
// Nothing crashes, no hit lies outside of the bytes, and no input unfolds without a bound.
#include <string>

#include "base/assert.h"
#include "base/text.h"
#include "discovery/git/line_diff.h"
#include "discovery/matcher.h"
#include "discovery/near_words.h"
#include "discovery/sources/contents.h"
#include "discovery/tokens.h"
#include "discovery/unpack.h"

namespace {

using namespace rekey::discovery;

struct Counted final : Visitor {
  void visit(const Content& content) override {
    REKEY_ASSERT(content.bytes.size() <= kWindowBytes);
    bytes += content.bytes.size();
  }
  std::uint64_t bytes = 0;
};

// Everything that is read of a file of these bytes.
void check_contents(std::string_view bytes) {
  Counted counted;
  Coverage coverage;
  ArchiveLimits limits;
  limits.bytes = std::uint64_t{4} << 20;
  limits.members = 1000;
  Contents contents(counted, coverage, limits);
  PrefixedStream stream(bytes, nullptr);
  contents.read(Place{"x", {}}, stream, bytes.size());
}

void check_matches(const Matcher& matcher, std::string_view text) {
  const Matches matches = matcher.match(text, "a.yaml");
  for (const Hit& hit : matches.hits) {
    REKEY_ASSERT(hit.begin < hit.end && hit.end <= text.size());
  }
}

// Words that are asked for in order are those that are asked for alone.
void check_tokens(std::string_view text) {
  Tokens tokens(text);
  NearWords near(text);
  const std::vector<std::string> words{"ab", "c"};
  for (std::size_t at = 0; at + 3 <= text.size(); at += 2) {
    const Span core{at, at + 1};
    for (const Alphabet alphabet :
         {Alphabet::kAlphanumeric, Alphabet::kBase64, Alphabet::kDotted}) {
      REKEY_ASSERT(tokens.around(core, alphabet) == token_around(text, core, alphabet));
    }
    const Span around{at - at % 5, at + 3};
    REKEY_ASSERT(near.has_any(around, words) == NearWords(text).has_any(around, words));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  if (size_bytes == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size_bytes);
  static const Matcher matcher;
  check_contents(bytes);
  check_matches(matcher, "x: " + rekey::base::base64_encode(rekey::base::bytes_of(bytes)));
  check_matches(matcher, "a=3D" + std::string(bytes));
  check_tokens(bytes);
  const std::size_t half = bytes.size() / 2;
  static_cast<void>(
      git::lines_kept(git::lines_of(bytes.substr(0, half)), git::lines_of(bytes.substr(half))));
  return 0;
}
