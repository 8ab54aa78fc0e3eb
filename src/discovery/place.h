// Where bytes came from: a file, standard input, or a member of a container in one of them.
#pragma once

#include <string>
#include <vector>

namespace rekey::discovery {

// Of standard input.
inline constexpr const char* kInputPath = "-";

struct Place {
  std::string path;                 // as it is reached from where the scan was begun
  std::vector<std::string> inside;  // members of containers, from the outermost inward
  bool is_editable = true;          // a file of its own, which something could rewrite
  friend auto operator<=>(const Place&, const Place&) = default;
};

// "backup.tar.gz!etc/app.env". Names are bytes and may hold anything: escape them where they are
// shown (base/printable.h).
[[nodiscard]] std::string describe(const Place& place);

}  // namespace rekey::discovery
