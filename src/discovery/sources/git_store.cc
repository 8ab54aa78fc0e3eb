#include "discovery/sources/git_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/time.h"
#include "discovery/git/attribution.h"
#include "discovery/git/object_store.h"
#include "discovery/git/pieces.h"
#include "discovery/git/staged.h"
#include "discovery/sources/archive.h"
#include "discovery/sources/zip_place.h"

namespace rekey::discovery {
namespace {

using base::Status;

Unread reason_of(git::ProblemKind kind) {
  switch (kind) {
    case git::ProblemKind::kMissing:
    case git::ProblemKind::kCut:
      return Unread::kMissing;
    case git::ProblemKind::kTooLarge:
      return Unread::kLimit;
    case git::ProblemKind::kUnreadable:
      return Unread::kUnreadable;
    case git::ProblemKind::kChanged:
      return Unread::kChanged;
    case git::ProblemKind::kCorrupt:
    case git::ProblemKind::kUnsupported:
      return Unread::kBroken;
  }
  return Unread::kBroken;
}

// Where a file lies is not known before the commits are read: what a word in its path would make
// surer must not be lost until then.
std::string every_word_of(std::span<const Detector> detectors) {
  std::set<std::string> words;
  for (const Detector& detector : detectors) {
    words.insert(detector.near.begin(), detector.near.end());
  }
  return fmt::format("{}", fmt::join(words, " "));
}

// Notes which objects hold something.
class Candidates final : public git::ObjectVisitor {
 public:
  Candidates(const Matcher& matcher, Coverage& coverage, std::string store, unsigned threads)
      : matcher_(matcher),
        coverage_(coverage),
        store_(std::move(store)),
        words_(every_word_of(matcher.detectors())) {
    for (unsigned i = 0; i < threads; ++i) readers_.push_back(std::make_unique<Reader>(*this));
  }

  void take(unsigned thread, const git::ObjectView& object) override {
    const std::string_view bytes = base::text_of(object.bytes);
    const bool is_piece = bytes.size() < object.size_bytes;
    if (is_piece) tell_unopened(object, bytes);
    bool is_hit = false;
    if (!is_piece && is_to_unpack(bytes)) {
      Reader& reader = *readers_.at(thread);
      reader.is_hit = false;
      Place place{named(object.id), {}};
      place.is_editable = false;
      PrefixedStream stream(bytes, nullptr);
      reader.contents.read(place, stream, object.size_bytes);
      is_hit = reader.is_hit;
      const std::lock_guard lock(mutex_);
      ++opened_.objects;
      opened_.bytes += object.size_bytes;
    } else {
      is_hit = has_any(bytes, object.id);
      coverage_.advance(bytes.size());
    }
    if (!is_hit) return;
    const std::lock_guard lock(mutex_);
    const bool is_noted = is_piece && std::any_of(hits_.begin(), hits_.end(), [&](const auto& hit) {
                            return hit.id == object.id;
                          });
    if (!is_noted) hits_.push_back({object.id, object.type});
  }

  [[nodiscard]] const std::vector<git::Hit>& hits() const noexcept { return hits_; }

  // What was opened as a file is, and counted by that.
  struct Opened {
    std::uint64_t objects = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] const Opened& opened() const noexcept { return opened_; }

 private:
  // For members of archives within one object.
  struct Reader final : Visitor {
    explicit Reader(const Candidates& owner)
        : candidates(owner), contents(*this, owner.coverage_, limits) {}
    void visit(const Content& content) override {
      is_hit = is_hit || candidates.is_any(content.bytes, [&] { return describe(content.place); });
    }
    const Candidates& candidates;
    ArchiveLimits limits;
    Contents contents;
    bool is_hit = false;
  };

  [[nodiscard]] static bool is_to_unpack(std::string_view bytes) {
    PrefixedStream stream(bytes, nullptr);
    return may_be_archive(bytes) || !kind_not_unpacked(bytes).empty() || ends_as_zip(bytes, stream);
  }

  // Of what is too large to be held whole, no archive is opened.
  void tell_unopened(const git::ObjectView& object, std::string_view bytes) {
    const bool is_first = object.offset_bytes == 0;
    const bool is_last = object.offset_bytes + bytes.size() == object.size_bytes;
    const bool is_archive =
        (is_first && (may_be_archive(bytes) || !kind_not_unpacked(bytes).empty())) ||
        (is_last && is_end_of_zip(bytes));
    if (!is_archive) return;
    coverage_.problem(Unread::kLimit, named(object.id),
                      fmt::format("an archive of {} bytes, too large to be opened in a repository; "
                                  "check it out and scan the file",
                                  object.size_bytes));
  }

  // By the same windows as the contents of files.
  [[nodiscard]] bool has_any(std::string_view bytes, const git::ObjectId& id) const {
    constexpr std::size_t kStep = kWindowBytes - kWindowOverlapBytes;
    for (std::size_t at = 0;; at += kStep) {
      const std::string_view window = bytes.substr(at, kWindowBytes);
      if (is_any(window, [&] { return named(id); })) return true;
      if (at + window.size() == bytes.size()) return false;
    }
  }

  // `where` is asked only for what is to be told.
  template <typename Where>
  [[nodiscard]] bool is_any(std::string_view bytes, const Where& where) const {
    const Matches matches = matcher_.match(bytes, words_);
    if (matches.is_cut || matches.is_broken) tell_unread(matches, where(), coverage_);
    return !matches.hits.empty();
  }

  [[nodiscard]] std::string named(const git::ObjectId& id) const {
    return fmt::format("{}, object {}", store_, id.hex());
  }

  const Matcher& matcher_;
  Coverage& coverage_;
  std::string store_;
  std::string words_;
  std::vector<std::unique_ptr<Reader>> readers_;
  std::mutex mutex_;
  std::vector<git::Hit> hits_;
  Opened opened_;
};

std::string path_in(const std::string& repository, const git::Place& place) {
  if (!place.path.empty()) {
    return repository.ends_with('/') ? repository + place.path : repository + "/" + place.path;
  }
  return fmt::format("{}, {} {}", repository, git::name_of(place.type), place.object.hex());
}

Place place_of(const std::string& repository, const git::Place& found) {
  Place place{path_in(repository, found), {}};
  place.is_editable = false;
  Revision revision{std::string(git::name_of(found.standing)), {}, {}, {}, found.object.hex()};
  if (!found.refs.empty()) revision.ref = found.refs.front();
  if (found.introduced_by) {
    const git::CommitFacts& commit = *found.introduced_by;
    revision.commit = commit.id.hex();
    revision.author = fmt::format("{} <{}>", commit.author_name, commit.author_email);
    revision.authored = base::format_instant(commit.authored);
  }
  place.revision = std::move(revision);
  return place;
}

// Shows what is too large to be held whole, by the pieces in which a visit gives it.
class LargeObjects final : public git::ObjectVisitor {
 public:
  explicit LargeObjects(Visitor& visitor) : visitor_(visitor) {}

  // Before the visit; several for one object too. `error`: why it could not be read whole.
  void add(const git::ObjectId& id, std::vector<Place> places, const std::string& error) {
    Object& object = objects_[id];
    object.error = error;
    std::move(places.begin(), places.end(), std::back_inserter(object.places));
  }
  [[nodiscard]] bool is_empty() const noexcept { return objects_.empty(); }

  // The pieces of one object come in order, on one thread.
  void take(unsigned /*thread*/, const git::ObjectView& view) override {
    const auto found = objects_.find(view.id);
    if (found == objects_.end()) return;
    Object& object = found->second;
    const std::string_view bytes = base::text_of(view.bytes);
    const Stretch& at = object.begin;
    const bool is_last = view.offset_bytes + bytes.size() == view.size_bytes;
    for (const Place& place : object.places) {
      visitor_.visit(
          {place, bytes, at.offset, at.line_feeds, at.line_bytes, view.offset_bytes == 0, is_last});
    }
    object.is_given = is_last;
    const std::size_t kept = std::min(bytes.size(), git::kPieceOverlapBytes);
    object.begin = behind(at, bytes.substr(0, bytes.size() - kept));
  }

  void tell_missed(Coverage& coverage) const {
    for (const auto& [id, object] : objects_) {
      if (object.is_given) continue;
      for (const Place& place : object.places) {
        coverage.problem(Unread::kLimit, describe(place), object.error);
      }
    }
  }

 private:
  struct Object {
    std::vector<Place> places;
    std::string error;
    Stretch begin{};  // of the next piece
    bool is_given = false;
  };
  Visitor& visitor_;
  std::map<git::ObjectId, Object> objects_;
};

class Reading {
 public:
  Reading(const std::string& path, git::ObjectStore& store, Visitor& visitor, Coverage& coverage,
          std::uint64_t largest_held_bytes)
      : path_(path),
        store_(store),
        visitor_(visitor),
        coverage_(coverage),
        largest_held_bytes_(largest_held_bytes) {}

  void everything(unsigned threads, const Matcher& matcher) {
    Candidates candidates(matcher, coverage_, path_, threads);
    git::VisitOptions options;
    options.threads = threads;
    options.largest_held_bytes = largest_held_bytes_;
    constexpr double kContentShare = 0.7;  // of the time, about; then trees come
    options.on_share = [&](double share) { coverage_.reach(share * kContentShare); };
    const git::VisitCounts counts = store_.visit_and_find_missing(options, candidates);
    std::uint64_t given = 0;
    std::uint64_t bytes = 0;
    for (const auto type :
         {git::ObjectType::kBlob, git::ObjectType::kCommit, git::ObjectType::kTag}) {
      given += counts.of(type);
      bytes += counts.bytes_of(type);
    }
    given -= candidates.opened().objects;
    bytes -= candidates.opened().bytes;
    coverage_.expect(given + counts.lost);
    coverage_.read(bytes, given);
    const auto places = git::attribute(store_, candidates.hits(), threads, [&](double share) {
      coverage_.reach(kContentShare + share * (1 - kContentShare));
    });
    show(places, threads);
    tell_problems();
  }

  Status staged(const std::string& index_path) {
    REKEY_TRY(const auto files, git::staged_files(store_, index_path));
    for (const git::StagedFile& file : files) {
      git::Place place;
      place.object = file.id;
      place.path = file.path;
      place.standing = git::Standing::kIndex;
      read({&place, 1}, coverage_);
    }
    show_large(1);
    tell_problems();
    return {};
  }

 private:
  // Counted already when they were looked at first. Those of one object follow each other.
  void show(const std::vector<git::Place>& places, unsigned threads) {
    Coverage again;
    for (auto first = places.begin(); first != places.end();) {
      const auto last = std::find_if(first, places.end(), [&](const git::Place& place) {
        return place.object != first->object;
      });
      read({first, last}, again);
      first = last;
    }
    show_large(threads);
  }

  // Seldom are there any: then the store is gone through once more.
  void show_large(unsigned threads) {
    if (large_.is_empty()) return;
    git::VisitOptions options;
    options.threads = threads;
    options.largest_held_bytes = largest_held_bytes_;
    static_cast<void>(store_.visit(options, large_));
    large_.tell_missed(coverage_);
  }

  // The places of one object.
  void read(std::span<const git::Place> places, Coverage& coverage) {
    auto object = store_.reader(largest_held_bytes_).read(places.front().object);
    if (!object) return keep_unread(places, object.error());
    const ArchiveLimits limits;
    Contents contents(visitor_, coverage, limits);
    for (const git::Place& found : places) {
      const Place place = place_of(path_, found);
      const auto bytes = object->content();
      PrefixedStream stream(base::text_of(bytes), nullptr);
      contents.read(place, stream, bytes.size());
    }
  }

  void keep_unread(std::span<const git::Place> found, const base::Error& error) {
    std::vector<Place> places;
    for (const git::Place& one : found) places.push_back(place_of(path_, one));
    if (error.code == base::Code::kLimitReached) {
      return large_.add(found.front().object, std::move(places), error.detail);
    }
    for (const Place& place : places) {
      coverage_.problem(Unread::kBroken, describe(place), error.detail);
    }
  }

  void tell_problems() {
    std::uint64_t told = 0;
    for (const git::Problem& problem : store_.problems().list()) {
      ++told;
      coverage_.problem(reason_of(problem.kind), fmt::format("{}, {}", path_, problem.subject),
                        problem.detail);
    }
    const std::uint64_t all = store_.problems().count();
    if (all > told) {
      coverage_.problem(Unread::kBroken, path_, fmt::format("{} problems more", all - told));
    }
  }

  const std::string& path_;
  git::ObjectStore& store_;
  Visitor& visitor_;
  Coverage& coverage_;
  std::uint64_t largest_held_bytes_;
  LargeObjects large_{visitor_};
};

}  // namespace

std::vector<std::string> stores_of(const std::vector<std::string>& repositories,
                                   Coverage& coverage) {
  std::vector<std::string> stores;
  std::vector<std::string> submodules;
  std::set<std::string> seen;
  const auto take = [&](const std::string& path) {
    git::Problems problems;
    const auto repository = git::open_repository(path, problems);
    if (!repository) return coverage.problem(Unread::kBroken, path, repository.error().detail);
    std::error_code failure;
    const auto folder = std::filesystem::weakly_canonical(repository->common_dir, failure);
    if (!seen.insert(failure ? repository->common_dir : folder.string()).second) return;
    stores.push_back(path);
    for (std::string& inner : git::submodule_repositories(*repository)) {
      submodules.push_back(std::move(inner));
    }
  };
  for (const std::string& path : repositories) take(path);
  // Those that are checked out were named, by the paths at which they lie.
  for (std::size_t i = 0; i < submodules.size(); ++i) take(std::string(submodules[i]));
  return stores;
}

Status GitStoreSource::run(unsigned threads, Visitor& visitor, Coverage& coverage) {
  REKEY_TRY(const auto store, git::ObjectStore::open(path_));
  Reading reading(path_, *store, visitor, coverage, largest_held_bytes_);
  if (what_ == What::kStaged) return reading.staged(index_path_);
  reading.everything(threads, matcher_);
  return {};
}

}  // namespace rekey::discovery
