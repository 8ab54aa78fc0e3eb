#include "discovery/git/object_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <set>

#include "discovery/git/loose_walk.h"
#include "discovery/git/multi_pack_index.h"
#include "discovery/threads.h"

namespace rekey::discovery::git {
namespace {

namespace fs = std::filesystem;
using base::Code;

// A repack replaces packs between the listing and the opening; it does not do so again and again.
constexpr int kMostListings = 3;

struct PackFolder {
  std::vector<std::string> packs;  // paths
  std::set<std::string> names;     // of all files
};

PackFolder list_packs(const std::string& folder, Problems& problems) {
  PackFolder listing;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    auto name = entry->path().filename().string();
    if (name.ends_with(".pack")) listing.packs.push_back(entry->path().string());
    listing.names.insert(std::move(name));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    problems.add(ProblemKind::kUnreadable, folder, error.message());
  }
  std::sort(listing.packs.begin(), listing.packs.end());
  for (const auto& name : listing.names) {
    if (!name.ends_with(".idx")) continue;
    const auto pack = name.substr(0, name.size() - 4) + ".pack";
    if (!listing.names.contains(pack)) {
      problems.add(ProblemKind::kMissing, folder + "/" + pack,
                   "there is an index of this pack and the pack is not there");
    }
  }
  return listing;
}

// The indexes that a multi-pack-index holds, where there is one.
std::vector<IndexOfOnePack> read_multi_pack_index(const std::string& folder, std::size_t hash_bytes,
                                                  Problems& problems) {
  const auto path = folder + "/multi-pack-index";
  const auto file = MappedFile::open(path);
  if (!file) {
    if (file.error().code != Code::kNotFound) {
      problems.add(ProblemKind::kUnreadable, path, file.error().detail);
    }
    return {};
  }
  auto indexes = split_multi_pack_index(file->bytes(), hash_bytes);
  if (indexes) return std::move(*indexes);
  problems.add(problem_of(indexes.error().code), path, indexes.error().detail);
  return {};
}

// Marks, in every pack, the objects that a pack before it holds too.
void mark_copies(std::vector<PackToWalk>& packs, std::size_t hash_bytes) {
  struct Copy {
    const std::uint8_t* id = nullptr;
    std::uint32_t pack = 0;
    std::uint32_t position = 0;
  };
  if (packs.size() < 2) return;
  std::vector<std::uint32_t> next(packs.size(), 0);
  for (auto& pack : packs) pack.given_elsewhere.assign(pack.pack->index().count(), false);
  std::vector<Copy> copies;
  for (unsigned first = 0; first < 256; ++first) {
    copies.clear();
    for (std::uint32_t i = 0; i < packs.size(); ++i) {
      const auto& index = packs[i].pack->index();
      for (auto& at = next[i]; at < index.count() && index.id_bytes(at)[0] <= first; ++at) {
        copies.push_back({index.id_bytes(at), i, at});
      }
    }
    std::sort(copies.begin(), copies.end(), [&](const Copy& a, const Copy& b) {
      const int order = std::memcmp(a.id, b.id, hash_bytes);
      return order != 0 ? order < 0 : a.pack < b.pack;
    });
    for (std::size_t i = 1; i < copies.size(); ++i) {
      if (std::memcmp(copies[i].id, copies[i - 1].id, hash_bytes) != 0) continue;
      packs[copies[i].pack].given_elsewhere[copies[i].position] = true;
    }
  }
}

// Objects whose place in the pack is not known, or that went away: by their id, from where else
// they may be.
class Stragglers {
 public:
  Stragglers(ObjectReader reader, const VisitOptions& options, ObjectVisitor& visitor)
      : reader_(std::move(reader)), options_(options), visitor_(visitor) {}

  // False where no other copy is there.
  bool give(const ObjectId& id, const Pack* but) {
    const auto object = but != nullptr ? reader_.read_elsewhere(id, *but) : reader_.read(id);
    if (!object) {
      ++counts_.lost;
      return false;
    }
    if (!options_.types.has(object->type)) {
      ++counts_.passed_over;
      return true;
    }
    const auto bytes = object->content();
    visitor_.take(0, {id, object->type, bytes.size(), 0, bytes});
    counts_.add_given(object->type, bytes.size());
    return true;
  }
  [[nodiscard]] const VisitCounts& counts() const noexcept { return counts_; }

 private:
  ObjectReader reader_;
  const VisitOptions& options_;
  ObjectVisitor& visitor_;
  VisitCounts counts_;
};

}  // namespace

base::Result<std::unique_ptr<ObjectStore>> ObjectStore::open(const std::string& path) {
  std::unique_ptr<ObjectStore> store(new ObjectStore);
  REKEY_TRY(store->repository_, open_repository(path, *store->problems_));
  store->holdings_.hash_bytes = store->repository_.hash_bytes;
  store->holdings_.object_folders = store->repository_.object_folders;
  store->open_packs();
  return store;
}

void ObjectStore::open_packs() {
  for (const auto& objects : holdings_.object_folders) {
    const auto folder = objects + "/pack";
    int listings = 1;
    while (open_packs_of(folder) && listings < kMostListings) ++listings;
    if (listings < kMostListings) continue;
    problems_->add(ProblemKind::kChanged, folder, "packs went away whenever they were to be read");
  }
}

bool ObjectStore::open_packs_of(const std::string& folder) {
  bool has_vanished = false;
  const auto listing = list_packs(folder, *problems_);
  std::optional<std::vector<IndexOfOnePack>> others;
  for (const auto& path : listing.packs) {
    const bool is_open = std::any_of(holdings_.packs.begin(), holdings_.packs.end(),
                                     [&](const auto& pack) { return pack->path() == path; });
    if (is_open) continue;
    const auto name = fs::path(path).filename().string();
    base::Result<std::unique_ptr<Pack>> pack =
        base::fail(Code::kUnsupported,
                   "it has no index, so its objects have no names and git does not see them: they "
                   "are not read; \"git index-pack\" makes one");
    if (listing.names.contains(name.substr(0, name.size() - 5) + ".idx")) {
      pack = Pack::open(path, hash_bytes(), *problems_);
    } else {
      if (!others) others = read_multi_pack_index(folder, hash_bytes(), *problems_);
      for (auto& other : *others) {
        if (other.pack_name != name) continue;
        pack = Pack::open_with_index(path, std::move(other.content), hash_bytes(), *problems_);
      }
    }
    if (pack) {
      holdings_.packs.push_back(std::move(*pack));
    } else if (pack.error().code == Code::kNotFound) {
      has_vanished = true;
    } else {
      problems_->add(problem_of(pack.error().code), path, pack.error().detail);
    }
  }
  return has_vanished;
}

void ObjectStore::plant_forests(unsigned threads) {
  for (auto i = forests_.size(); i < holdings_.packs.size(); ++i) {
    forests_.push_back(
        std::make_unique<PackForest>(PackForest::of(*holdings_.packs[i], *problems_, threads)));
  }
}

std::vector<PackToWalk> ObjectStore::packs_to_walk() const {
  std::vector<PackToWalk> packs;
  for (std::size_t i = 0; i < holdings_.packs.size(); ++i) {
    packs.push_back({holdings_.packs[i].get(), forests_[i].get(), {}});
  }
  mark_copies(packs, hash_bytes());
  return packs;
}

VisitCounts ObjectStore::visit(const VisitOptions& asked, ObjectVisitor& visitor) {
  auto options = asked;
  options.threads = std::max(options.threads, 1U);
  plant_forests(options.threads);
  const auto packs = packs_to_walk();
  DeltaWalk packed(packs, holdings_, options, visitor, *problems_);
  LooseWalk loose(holdings_, options, visitor, *problems_);
  std::vector<VisitCounts> of_threads(options.threads);
  on_threads(options.threads, [&](unsigned thread) {
    of_threads[thread] += packed.run(thread);
    of_threads[thread] += loose.run(thread);
  });
  VisitCounts counts;
  for (const auto& of_thread : of_threads) counts += of_thread;
  counts.expected = loose.count();
  for (const auto& pack : packs) {
    const auto elsewhere =
        std::count(pack.given_elsewhere.begin(), pack.given_elsewhere.end(), true);
    counts.expected += pack.pack->index().count() - static_cast<std::uint64_t>(elsewhere);
  }
  // What was loose when the visit began may be in a new pack by now.
  if (!loose.vanished().empty()) open_packs();
  Stragglers stragglers(reader(options.largest_held_bytes), options, visitor);
  for (const auto& id : loose.vanished()) {
    if (stragglers.give(id, nullptr)) continue;
    problems_->add(ProblemKind::kChanged, "object " + id.hex(), "it went away while it was read");
  }
  for (const auto& pack : packs) {
    for (const auto position : pack.forest->misplaced()) {
      if (pack.is_given_elsewhere(position)) continue;
      [[maybe_unused]] const bool is_given =
          stragglers.give(pack.pack->index().id(position), pack.pack);
    }
  }
  counts += stragglers.counts();
  report_changes();
  return counts;
}

void ObjectStore::report_changes() {
  for (const auto& pack : holdings_.packs) {
    if (!pack->has_shrunk()) continue;
    problems_->add(ProblemKind::kChanged, pack->path(), "it was cut short while it was read");
  }
}

bool ObjectStore::has(const ObjectId& id) const {
  const bool is_packed =
      std::any_of(holdings_.packs.begin(), holdings_.packs.end(),
                  [&](const auto& pack) { return pack->index().find(id).has_value(); });
  if (is_packed) return true;
  return std::any_of(holdings_.object_folders.begin(), holdings_.object_folders.end(),
                     [&](const std::string& folder) {
                       std::error_code ignored;
                       return fs::exists(loose_path(folder, id), ignored);
                     });
}

}  // namespace rekey::discovery::git
