// From a hit to the record that a rotation needs: format, key path, part, and whether the sink
// `file` could rewrite it.
#pragma once

#include <string>
#include <string_view>

#include "discovery/content.h"
#include "discovery/finding.h"
#include "discovery/matcher.h"
#include "documents/document.h"

namespace rekey::discovery {

// Larger files are none that a sink edits.
inline constexpr std::size_t kLargestDocument = std::size_t{4} << 20;

// Of one content, bytes that are parsed to tell key paths: each key takes a walk over its document.
inline constexpr std::size_t kParsedPerContent = std::size_t{16} << 20;

struct Located {
  std::string format;
  std::string key_path;
  std::string part;
  std::string not_rewritable;  // why; empty: it can be
};

// Locates the hits of one content, which stays; one thread. Where there are so many that
// the bytes to be parsed do not do, the rest have no key path and say so.
class Locator {
 public:
  explicit Locator(const Content& content, std::size_t most_parsed_bytes = kParsedPerContent);

  [[nodiscard]] Located locate(const Hit& hit);
  // Documents walked over so far.
  [[nodiscard]] std::size_t walks() const noexcept { return walks_; }

 private:
  [[nodiscard]] Located locate_key(const Hit& hit);

  const Content& content_;
  std::size_t most_parsed_bytes_;
  std::string_view format_name_;
  const documents::Format* format_ = nullptr;
  std::size_t walks_ = 0;
};

// The format of documents/ that the file's name or its first bytes tell; empty where neither does.
[[nodiscard]] std::string_view format_of(std::string_view path, std::string_view document);

}  // namespace rekey::discovery
