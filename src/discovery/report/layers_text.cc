#include "discovery/report/layers_text.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

namespace rekey::discovery {

std::string layers_text(std::span<const Layer> layers) {
  std::vector<std::string_view> names;
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    names.push_back(name_of(*layer));
  }
  return fmt::format("{}", fmt::join(names, " in "));
}

}  // namespace rekey::discovery
