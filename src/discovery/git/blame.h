// Which commit last changed a line, and who made it, as git-blame(1) tells it: for a few lines of a
// few files, through every parent of every merge.
//
// A file is followed by its path: what renamed it counts as the one that wrote it. Lines are
// compared as they are, blanks too. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "discovery/git/attribution.h"
#include "discovery/git/object_store.h"

namespace rekey::discovery::git {

// Larger files are not gone into.
inline constexpr std::uint64_t kLargestBlamedBytes = std::uint64_t{4} << 20;

// Of all requests together: objects read, a large one counted once for each 4 KiB.
inline constexpr std::size_t kMostBlameReads = 100'000;

struct BlameRequest {
  ObjectId commit;         // from which it is gone back
  std::string path;        // in it
  std::uint32_t line = 0;  // from 0; there is one
};

// One for each request, in their order; nullopt where it could not be found out: the file is not
// there, it is too large or was rewritten wholly, history is cut or damaged there, or `most_reads`
// were not enough.
[[nodiscard]] std::vector<std::optional<CommitFacts>> blame(
    ObjectStore& store, std::span<const BlameRequest> requests,
    std::size_t most_reads = kMostBlameReads);

}  // namespace rekey::discovery::git
