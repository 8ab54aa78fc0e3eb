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

}  // namespace rekey::discovery
