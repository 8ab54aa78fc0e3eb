// Who last changed the lines that findings stand in, by the history of the repository.
#pragma once

#include <string>
#include <vector>

#include "discovery/finding.h"
#include "discovery/git/object_store.h"

namespace rekey::discovery {

// Of findings in files of a work tree, of its index and of tips, which lie below `folder`, the path
// of the repository with a slash at its end; others are left as they are. What is in the work tree
// or the index and not in HEAD has no commit. Bounded: see git/blame.h.
void name_authors(const std::vector<Finding*>& findings, const std::string& folder,
                  git::ObjectStore& store);

}  // namespace rekey::discovery
