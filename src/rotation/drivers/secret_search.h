// Where else a secret stands than in the places of its consumers: asked when a plan is made, and
// answered by whoever can search files. Reads only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace rekey::rotation {

// A place in which one of the values stands, and never the value.
struct FoundPlace {
  std::string path;     // of the file, absolute and without links; of an archive, the archive's
  bool is_file = true;  // its bytes are those of the file itself: not of a member, or a repository
  std::uint64_t begin = 0;  // bytes of the file, encodings on
  std::uint64_t end = 0;
  std::string part{};       // of the text at its key, as a sink's `part`; empty where none is known
  std::size_t value = 0;    // which of those that were looked for
  bool is_exposed = false;  // kept in a repository's past alone: nobody reads it from there
  std::string where{};      // for people: "/srv/shop/k8s.yaml:4, data.secret, base64"
};

struct SearchReport {
  std::vector<FoundPlace> places;  // in the order of their paths
  std::uint64_t files_read = 0;
  std::vector<std::string> not_read;  // for people; at most kMostTold
  std::uint64_t not_read_count = 0;
  static constexpr std::size_t kMostTold = 5;
  [[nodiscard]] bool is_complete() const noexcept { return not_read_count == 0; }
};

class SecretSearch {
 public:
  virtual ~SecretSearch() = default;
  // Looks for the values below `roots`, which are absolute, in every file and in what git
  // repositories keep, whatever they are encoded in. kUnavailable where a root is not there.
  [[nodiscard]] virtual base::Result<SearchReport> search(const std::vector<std::string>& roots,
                                                          std::span<const base::Secret> values) = 0;
};

}  // namespace rekey::rotation
