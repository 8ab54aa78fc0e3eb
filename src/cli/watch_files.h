// The inventories that a pass of the watcher looks at: one that cannot be read silences nobody
// else.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "notice/subject.h"
#include "rotation/inventory/inventory.h"

namespace rekey::cli {

struct WatchedFiles {
  std::vector<rotation::Inventory> integrations;  // with their newest known ends
  std::vector<notice::Unread> unread;
  std::vector<std::string> problems;   // a line each: what is there twice
  std::optional<base::Error> blind{};  // why there is nothing, where no file at all could be read
};
[[nodiscard]] WatchedFiles read_watched_files(Context& context,
                                              const std::vector<std::string>& paths);

// `what` names it among all that is watched, and for good; it may be a path.
[[nodiscard]] notice::Unread unread_of(const std::string& what, const std::string& detail,
                                       const std::string& inventory_path);

}  // namespace rekey::cli
