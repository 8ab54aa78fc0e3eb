// Indexes of git: of a pack, of many packs, of a worktree; the insides of objects with them.
//
// The first byte chooses which, and the hash; the rest is the file.
#include "base/assert.h"
#include "base/text.h"
#include "discovery/git/codeowners.h"
#include "discovery/git/index_file.h"
#include "discovery/git/loose.h"
#include "discovery/git/multi_pack_index.h"
#include "discovery/git/object_text.h"
#include "discovery/git/pack_index.h"
#include "discovery/git/repository.h"

namespace {

namespace git = rekey::discovery::git;
using Bytes = std::span<const std::uint8_t>;

void read_pack_index(Bytes bytes, std::size_t hash_bytes) {
  const auto index = git::PackIndex::open(bytes, hash_bytes);
  if (!index) return;
  for (std::uint32_t i = 0; i < index->count(); ++i) {
    const auto found = index->find(index->id(i));
    REKEY_ASSERT(!found || index->id(*found) == index->id(i));
    [[maybe_unused]] const auto offset = index->offset(i);
  }
}

void read_multi_pack_index(Bytes bytes, std::size_t hash_bytes) {
  const auto indexes = git::split_multi_pack_index(bytes, hash_bytes);
  if (!indexes) return;
  // What is made of it is an index of one pack, whatever order its ids come in.
  for (const auto& index : *indexes) {
    REKEY_ASSERT(git::PackIndex::open(index.content, hash_bytes).has_value());
  }
}

void read_insides(Bytes bytes, std::size_t hash_bytes) {
  git::TreeReader tree(bytes, hash_bytes);
  while (tree.next()) {
  }
  [[maybe_unused]] const auto commit = git::parse_commit(bytes);
  [[maybe_unused]] const auto tag = git::parse_tag(bytes);
  const auto text = rekey::base::text_of(bytes);
  [[maybe_unused]] const auto header = git::parse_loose_header(text);
  [[maybe_unused]] const auto value = git::config_value(text, "remote *", "promisor");
  const auto owners = git::CodeOwners::parse(text);
  [[maybe_unused]] const auto of_path = owners.owners("docs/apps/logs/a.js");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  if (size_bytes == 0) return 0;
  const Bytes bytes(data + 1, size_bytes - 1);
  const std::size_t hash_bytes = (data[0] & 4U) != 0 ? 32 : 20;
  switch (data[0] & 3U) {
    case 0:
      read_pack_index(bytes, hash_bytes);
      break;
    case 1:
      read_multi_pack_index(bytes, hash_bytes);
      break;
    case 2: {
      [[maybe_unused]] const auto index = git::parse_index(bytes, hash_bytes);
      break;
    }
    default:
      read_insides(bytes, hash_bytes);
  }
  return 0;
}
