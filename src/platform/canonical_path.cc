#include "platform/canonical_path.h"

#include <filesystem>
#include <system_error>

namespace rekey::platform {

std::string without_links(const std::string& path) {
  std::error_code failure;
  const auto canonical = std::filesystem::weakly_canonical(path, failure);
  return failure ? path : canonical.string();
}

}  // namespace rekey::platform
