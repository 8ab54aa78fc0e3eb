// Where bytes came from: a file, standard input, or a member of a container in one of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rekey::discovery {

// Of standard input.
inline constexpr const char* kInputPath = "-";

// Of what comes out of a repository's store, and not from the files that lie there.
struct Revision {
  std::string standing;  // what keeps it alive: "tip", "index", "history", "stash", …
  std::string commit;    // that brought it, in hexadecimal digits; empty where none is known
  std::string author;    // of that commit: "Ann <ann@example.org>"
  std::string authored;  // when, RFC 3339
  std::string object;    // the blob, commit or tag
  std::string ref{};     // whose tip holds it: HEAD, or the first of them; empty where none does
  friend auto operator<=>(const Revision&, const Revision&) = default;
};

struct Place {
  std::string path;                 // as it is reached from where the scan was begun
  std::vector<std::string> inside;  // members of containers, from the outermost inward
  bool is_editable = true;          // a file of its own, which something could rewrite
  std::optional<Revision> revision{};
  friend auto operator<=>(const Place&, const Place&) = default;
};

// "backup.tar.gz!etc/app.env"; "shop/.env@history", whichever commit brought it. Names are bytes
// and may hold anything: escape them where they are shown (base/printable.h).
[[nodiscard]] std::string describe(const Place& place);

// Without the "./" before it, which says nothing: "./code" is "code".
[[nodiscard]] std::string_view without_dot(std::string_view path) noexcept;

// Only the past of a repository holds it: nobody reads it from there.
[[nodiscard]] bool is_exposed_only(const Place& place) noexcept;

}  // namespace rekey::discovery
