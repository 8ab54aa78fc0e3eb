// The pack reader: whatever the bytes, every object is given or lost, once, and the reader of
// single objects agrees with the walk.
//
// The first byte is the number of objects, then two bytes for each: where the index says that it
// is. The rest is the pack. Inputs rarely hold streams that inflate but for those of the corpus.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

#include "base/assert.h"
#include "base/text.h"
#include "discovery/git/delta_walk.h"
#include "discovery/git/multi_pack_index.h"

namespace {

namespace git = rekey::discovery::git;

constexpr std::uint64_t kLargestHeld = 1U << 16;

class Keeper final : public git::ObjectVisitor {
 public:
  void take(unsigned /*thread*/, const git::ObjectView& object) override {
    if (object.size_bytes > kLargestHeld) in_pieces.insert(object.id);
    auto& text = given[object.id];
    REKEY_ASSERT((object.offset_bytes > 0) == !text.empty() || object.size_bytes == 0);
    text.resize(object.offset_bytes);
    text += rekey::base::text_of(object.bytes);
  }
  std::map<git::ObjectId, std::string> given;
  std::set<git::ObjectId> in_pieces;  // which may break off before its size
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  if (size_bytes == 0) return 0;
  const std::size_t count = std::min<std::size_t>(data[0] & 31U, (size_bytes - 1) / 2);
  std::vector<std::array<std::uint8_t, 20>> ids(count);
  std::vector<git::PackIndexEntry> entries(count);
  for (std::size_t i = 0; i < count; ++i) {
    ids[i].fill(static_cast<std::uint8_t>(i * 8));
    entries[i] = {ids[i].data(), std::uint64_t{data[1 + i * 2]} << 8 | data[2 + i * 2]};
  }
  const auto index = git::write_pack_index(entries, 20);
  const std::vector<std::uint8_t> bytes(data + 1 + count * 2, data + size_bytes);

  git::Problems problems;
  auto pack = git::Pack::of_bytes("fuzzed", bytes, index, 20, problems);
  if (!pack) return 0;
  git::Holdings holdings;
  holdings.packs.push_back(std::move(*pack));
  const auto forest = git::PackForest::of(*holdings.packs[0], problems);
  const std::vector<git::PackToWalk> packs{{holdings.packs[0].get(), &forest, {}}};
  git::VisitOptions options;
  options.threads = 1;
  options.types = git::kContentTypes.with(git::ObjectType::kTree);
  options.budget_bytes = 256;
  options.largest_held_bytes = kLargestHeld;
  Keeper keeper;
  git::DeltaWalk walk(packs, holdings, options, keeper, problems);
  const auto counts = walk.run(0);
  std::uint64_t given = 0;
  for (const auto of_type : counts.given) given += of_type;
  REKEY_ASSERT(given + counts.lost + forest.misplaced().size() == count);

  git::ObjectReader reader(holdings, options.largest_held_bytes);
  for (const auto& [id, text] : keeper.given) {
    if (keeper.in_pieces.contains(id)) continue;
    const auto object = reader.read(id);
    REKEY_ASSERT(object && rekey::base::text_of(object->content()) == text);
  }
  return 0;
}
