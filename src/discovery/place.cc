#include "discovery/place.h"

namespace rekey::discovery {

std::string describe(const Place& place) {
  std::string text = place.path;
  if (place.revision) text += "@" + place.revision->standing;
  for (const std::string& member : place.inside) {
    text += '!';
    text += member;
  }
  return text;
}

std::string_view without_dot(std::string_view path) noexcept {
  while (path.starts_with("./")) path.remove_prefix(2);
  return path;
}

bool is_exposed_only(const Place& place) noexcept {
  return place.revision && place.revision->standing != "tip" && place.revision->standing != "index";
}

}  // namespace rekey::discovery
