// What a scan found. A finding never holds the value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fingerprint.h"
#include "discovery/detector.h"
#include "discovery/place.h"

namespace rekey::discovery {

struct KnownSecret;

// How the bytes at a place have to be read to get the value.
enum class Layer : std::uint8_t {
  kBase64,
  kHex,
  kPercent,
  kEscapes,
  kEntities,
  kUtf16,
  kQuotedPrintable,
  kCompressed,  // gzip and the like, and archives: within another layer
};
inline constexpr std::size_t kLayerCount = 8;
[[nodiscard]] std::string_view name_of(Layer layer) noexcept;

// What its token endpoint said of a secret with the client id beside it.
enum class Verdict : std::uint8_t { kAccepted, kRefused, kNoAnswer, kNotTried };
[[nodiscard]] std::string_view name_of(Verdict verdict) noexcept;   // "no_answer"
[[nodiscard]] std::string_view words_of(Verdict verdict) noexcept;  // "no answer"

struct Verification {
  Verdict verdict = Verdict::kNotTried;
  std::string at{};      // the URL that was asked; empty: none was
  std::string detail{};  // why it was not tried, or what was answered; may be empty
};

// Who last changed the line that a value stands in.
struct LineAuthor {
  std::string commit;    // in hexadecimal digits; empty: the line is not committed yet
  std::string author;    // "Ann <ann@example.org>"
  std::string authored;  // RFC 3339
};

struct Finding {
  const Detector* detector = nullptr;
  Confidence confidence = Confidence::kMedium;
  Place place;
  std::uint64_t begin = 0;  // bytes of the place, before any layer is taken off
  std::uint64_t end = 0;
  std::uint64_t line = 1;     // from 1
  std::uint64_t column = 1;   // from 1, in bytes
  std::vector<Layer> layers;  // outermost first; none: the value stands there as it is
  std::string shown;          // what may be shown of the value; may be empty
  base::Fingerprint fingerprint;
  const KnownSecret* known = nullptr;  // which one it is, where known ones are looked for

  std::string format;     // of documents/; empty where it is none of them
  std::string key_path;   // in that format's language; empty where it is not known
  std::string part;       // of documents/part.h; empty: all of the text at the key
  std::string client_id;  // that stands with it; empty: none
  std::string host;       // the tenant's, "mc….auth.marketingcloudapis.com"; empty: none

  // By CODEOWNERS, several with blanks between; else who last changed the line; empty: nobody
  // known.
  std::string owner;
  std::optional<LineAuthor> blame;  // nullopt: it was not found out

  std::string not_rewritable;          // why no sink driver can rewrite it; empty: `file` can
  std::optional<std::string> allowed;  // an allow comment's reason
  bool is_known = false;               // the baseline has it
  std::optional<Verification> verification{};  // of client secrets, where that was asked for
};

// The host of the token endpoint of the tenant that has `host`, whichever of its hosts that is
// (contract section 1.1).
[[nodiscard]] std::string auth_host(std::string_view host);

// Neither allowed nor known, and sensitive: what an exit code is made of.
[[nodiscard]] bool counts(const Finding& finding) noexcept;

}  // namespace rekey::discovery
