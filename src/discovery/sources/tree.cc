#include "discovery/sources/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <system_error>
#include <utility>

#include "discovery/ignore.h"
#include "discovery/sources/archive.h"
#include "discovery/sources/zip_place.h"
#include "discovery/threads.h"
#include "platform/descriptor.h"

namespace rekey::discovery {
namespace {

using base::Code;
using base::Status;

constexpr std::size_t kBatch = 32;  // files of one folder that a thread takes at once
constexpr std::uint64_t kSparseBytes = std::uint64_t{1} << 20;
constexpr std::uint64_t kNoSizeBytes = std::uint64_t{64} << 20;  // of files that tell none
constexpr std::size_t kRulesBytes = std::size_t{1} << 20;

std::string words_of(int error) {
  return std::generic_category().message(error);
}

// Of a git repository's own folder, which is ".git" or a bare repository.
enum class Part {
  kNone,
  kOwn,      // anywhere in it
  kObjects,  // the folder of its objects
  kLoose,    // one of theirs, by the first byte of their names
  kPacks,    // that of packs
};

struct Folder {
  std::string shown;     // as the user reaches it
  std::string absolute;  // for the rules
  std::shared_ptr<const IgnoreChain> rules;
  Part part = Part::kNone;
  // The folder above and the name in it; a root has neither. By them it is opened, so that a link
  // that comes in its place meanwhile leads nowhere.
  std::shared_ptr<const platform::Descriptor> above{};
  std::string name{};
};

struct Task {
  Folder folder;
  std::shared_ptr<const platform::Descriptor> open;  // the folder, where there are files of it
  std::vector<std::string> files;  // of the folder; none: the folder itself is to be listed
  // Of all that is to be read: a folder's share is that of what lies in it, in equal parts.
  double share = 0;
};

// The newest first, so that few folders are open to be read; ends when nobody has or makes any.
class Tasks {
 public:
  void add(std::vector<Task> tasks) {
    if (tasks.empty()) return;
    const std::lock_guard lock(mutex_);
    open_ += tasks.size();
    std::move(tasks.begin(), tasks.end(), std::back_inserter(waiting_));
    changed_.notify_all();
  }

  std::optional<Task> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !waiting_.empty() || open_ == 0; });
    if (waiting_.empty()) return std::nullopt;
    Task task = std::move(waiting_.back());
    waiting_.pop_back();
    return task;
  }

  void done() {
    const std::lock_guard lock(mutex_);
    if (--open_ == 0) changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> waiting_;
  std::size_t open_ = 0;  // taken or waiting
};

std::string joined(const std::string& folder, std::string_view name) {
  return folder.ends_with('/') ? fmt::format("{}{}", folder, name)
                               : fmt::format("{}/{}", folder, name);
}

// The text of a small file; empty where there is none.
std::string text_of_file(const std::string& path) {
  const platform::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return {};
  std::string text(kRulesBytes, '\0');
  DescriptorStream stream(file.get(), kRulesBytes);
  text.resize(fill(stream, text).size_bytes);
  return text;
}

bool is_hex(std::string_view name) noexcept {
  return name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// gitrepository-layout(5); of a folder in one that is of `part`, and no repository.
Part part_within(Part part, std::string_view name) noexcept {
  constexpr std::size_t kFanOut = 2;
  if (part == Part::kNone) return Part::kNone;
  if (part != Part::kObjects) return Part::kOwn;
  if (name == "pack") return Part::kPacks;
  return name.size() == kFanOut && is_hex(name) ? Part::kLoose : Part::kOwn;
}

// What the reader of the store reads, and the tables that lead to it.
bool is_of_object_store(Part part, std::string_view name, unsigned char type) noexcept {
  if (type == DT_DIR) return false;
  constexpr std::size_t kSha1Rest = 38;  // hexadecimal digits, behind those of the folder
  constexpr std::size_t kSha256Rest = 62;
  if (part == Part::kLoose) {
    return (name.size() == kSha1Rest || name.size() == kSha256Rest) && is_hex(name);
  }
  if (part != Part::kPacks) return false;
  constexpr std::array<std::string_view, 5> kEndings{".pack", ".idx", ".rev", ".bitmap", ".mtimes"};
  return name.starts_with("multi-pack-index") ||
         std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

// tmp_objdir_create() of git's tmp-objdir.h; older versions name them otherwise.
bool is_quarantine(Part part, std::string_view name, unsigned char type) noexcept {
  return part == Part::kObjects && type == DT_DIR &&
         (name.starts_with("tmp_objdir-") || name.starts_with("incoming-"));
}

std::shared_ptr<const IgnoreChain> chained(IgnoreRules rules, const std::string& folder,
                                           std::shared_ptr<const IgnoreChain> outer) {
  if (rules.is_empty()) return outer;
  return std::make_shared<const IgnoreChain>(
      IgnoreChain{std::move(rules), folder, std::move(outer)});
}

class Walk {
 public:
  Walk(const TreeOptions& options, Visitor& visitor, Coverage& coverage)
      : options_(options), visitor_(visitor), coverage_(coverage) {}

  Status run(unsigned threads) {
    std::vector<Task> first;
    for (const std::string& root : options_.roots) {
      REKEY_TRY(auto task, begin_at(root));
      if (task) first.push_back(std::move(*task));
    }
    coverage_.begin("files");
    divide(1, first);
    tasks_.add(std::move(first));
    on_threads(threads, [this](unsigned) { work(); });
    return {};
  }

  [[nodiscard]] std::vector<std::string> repositories() {
    std::sort(repositories_.begin(), repositories_.end());
    std::sort(inner_repositories_.begin(), inner_repositories_.end());
    repositories_.insert(repositories_.end(), inner_repositories_.begin(),
                         inner_repositories_.end());
    return std::move(repositories_);
  }

 private:
  void add_repository(const Folder& folder) {
    const std::lock_guard lock(mutex_);
    (folder.part == Part::kNone ? repositories_ : inner_repositories_).push_back(folder.shown);
  }

  // None where another root is the same.
  base::Result<std::optional<Task>> begin_at(const std::string& root) {
    struct stat facts {};
    if (::stat(root.c_str(), &facts) != 0) {
      return base::fail(Code::kUnavailable, fmt::format("{}: {}", root, words_of(errno)));
    }
    std::error_code failure;
    const std::filesystem::path absolute = std::filesystem::canonical(root, failure);
    if (failure) {
      return base::fail(Code::kUnavailable, fmt::format("{}: {}", root, failure.message()));
    }
    if (!roots_.insert(absolute.string()).second) return std::optional<Task>();
    if (S_ISDIR(facts.st_mode)) {
      return Task{{root, absolute.string(), rules_above(absolute)}, nullptr, {}};
    }
    const std::filesystem::path path(root);
    return Task{{path.parent_path().string(), absolute.parent_path().string(), nullptr},
                nullptr,
                {path.filename().string()}};
  }

  // Of the repository that the root lies in, down to the folder above it.
  std::shared_ptr<const IgnoreChain> rules_above(const std::filesystem::path& root) {
    if (!options_.keeps_ignore_rules) return nullptr;
    std::error_code failure;
    std::filesystem::path top = root.parent_path();
    std::vector<std::filesystem::path> between;
    while (!std::filesystem::exists(top / ".git", failure)) {
      between.push_back(top);
      if (top == top.parent_path()) return nullptr;
      top = top.parent_path();
    }
    if (std::filesystem::exists(root / ".git", failure)) return nullptr;
    auto rules = rules_of_repository(top.string());
    for (auto folder = between.rbegin(); folder != between.rend(); ++folder) {
      rules = chained(IgnoreRules::parse(text_of_file((*folder / ".gitignore").string())),
                      folder->string(), rules);
    }
    return rules;
  }

  std::shared_ptr<const IgnoreChain> rules_of_repository(const std::string& folder) {
    auto rules = chained(IgnoreRules::parse(options_.global_excludes), folder, nullptr);
    rules = chained(IgnoreRules::parse(text_of_file(joined(folder, ".git/info/exclude"))), folder,
                    rules);
    return chained(IgnoreRules::parse(text_of_file(joined(folder, ".gitignore"))), folder, rules);
  }

  void work() {
    Contents contents(visitor_, coverage_, options_.limits);
    while (auto task = tasks_.take()) {
      if (task->files.empty()) list(*task);
      for (const std::string& name : task->files) {
        read_file(*task, name, contents);
      }
      if (!task->files.empty()) finish(task->share);
      tasks_.done();
    }
  }

  static std::string shown_path(const Folder& folder, const std::string& name) {
    return folder.shown.empty() ? name : joined(folder.shown, name);
  }

  struct Entry {
    std::string name;
    unsigned char type = DT_UNKNOWN;
  };

  // Of what lies below a root no link is followed.
  static int open_at(const platform::Descriptor* above, const std::string& name,
                     const std::string& shown, int flags) {
    if (above == nullptr) return ::open(shown.c_str(), flags | O_RDONLY | O_CLOEXEC);
    return ::openat(above->get(), name.c_str(), flags | O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  }

  void tell_unopened(const std::string& path, int error) {
    const bool is_changed = error == ENOENT || error == ELOOP || error == ENOTDIR;
    coverage_.problem(is_changed ? Unread::kChanged : Unread::kUnreadable, path, words_of(error));
  }

  std::optional<std::vector<Entry>> entries_of(const Folder& folder,
                                               const platform::Descriptor& descriptor) {
    // A descriptor of its own, which closedir(3) closes.
    const int own = ::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 0);
    DIR* open = own < 0 ? nullptr : ::fdopendir(own);
    if (open == nullptr) {
      coverage_.problem(Unread::kUnreadable, folder.shown, words_of(errno));
      if (own >= 0) ::close(own);
      return std::nullopt;
    }
    std::vector<Entry> entries;
    errno = 0;
    while (const dirent* entry = ::readdir(open)) {  // NOLINT(concurrency-mt-unsafe): own stream
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") entries.push_back({std::string(name), entry->d_type});
    }
    if (errno != 0) coverage_.problem(Unread::kUnreadable, folder.shown, words_of(errno));
    ::closedir(open);
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.name < b.name; });
    return entries;
  }

  // DT_* of a file system that does not tell it in the listing.
  static unsigned char type_of(const platform::Descriptor& folder, const std::string& name) {
    struct stat facts {};
    // Where it fails, opening it will tell why.
    if (::fstatat(folder.get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) return DT_REG;
    return S_ISDIR(facts.st_mode)   ? DT_DIR
           : S_ISREG(facts.st_mode) ? DT_REG
           : S_ISLNK(facts.st_mode) ? DT_LNK
                                    : DT_SOCK;
  }

  static void divide(double share, std::vector<Task>& tasks) {
    for (Task& task : tasks) task.share = share / static_cast<double>(tasks.size());
  }

  void finish(double share) {
    double all = 0;
    {
      const std::lock_guard lock(mutex_);
      all = finished_ += share;
    }
    coverage_.reach(all);
  }

  // What could not be listed is done as well.
  void list(const Task& task) {
    std::vector<Task> tasks = tasks_in(task.folder);
    if (tasks.empty()) finish(task.share);
    divide(task.share, tasks);
    tasks_.add(std::move(tasks));
  }

  std::vector<Task> tasks_in(Folder folder) {
    const auto open = std::make_shared<const platform::Descriptor>(
        open_at(folder.above.get(), folder.name, folder.shown, O_DIRECTORY));
    if (!open->is_open()) {
      tell_unopened(folder.shown, errno);
      return {};
    }
    const auto entries = entries_of(folder, *open);
    if (!entries) return {};
    const auto has = [&](std::string_view name) {
      return std::any_of(entries->begin(), entries->end(),
                         [&](const Entry& entry) { return entry.name == name; });
    };
    // gitrepository-layout(5): a bare repository has its parts in the folder itself.
    const bool is_bare = has("HEAD") && has("objects") && has("refs");
    const bool is_own_folder = folder.part != Part::kNone && folder.absolute.ends_with("/.git");
    if (has(".git") || (is_bare && !is_own_folder)) add_repository(folder);
    if (is_bare) {
      if (options_.leaves_out_stores) {
        coverage_.leave_out(LeftOut::kGitStore, folder.shown);
        return {};
      }
      folder.part = Part::kOwn;
      folder.rules = nullptr;
    }
    if (options_.keeps_ignore_rules && has(".git")) {
      folder.rules = rules_of_repository(folder.absolute);
    } else if (folder.rules != nullptr && has(".gitignore")) {
      folder.rules =
          chained(IgnoreRules::parse(text_of_file(joined(folder.absolute, ".gitignore"))),
                  folder.absolute, folder.rules);
    }
    std::vector<Task> tasks;
    std::vector<std::string> files;
    for (const Entry& entry : *entries) {
      const std::string shown = shown_path(folder, entry.name);
      const auto type = entry.type == DT_UNKNOWN ? type_of(*open, entry.name) : entry.type;
      const std::string absolute = joined(folder.absolute, entry.name);
      if (!is_wanted(folder, entry.name, shown, absolute, type)) continue;
      if (type == DT_DIR) {
        tasks.push_back({within(folder, entry.name, is_bare), nullptr, {}});
        tasks.back().folder.above = open;
        continue;
      }
      files.push_back(entry.name);
      if (files.size() == kBatch) tasks.push_back({folder, open, std::exchange(files, {})});
    }
    if (!files.empty()) tasks.push_back({folder, open, std::move(files)});
    return tasks;
  }

  static Folder within(const Folder& folder, const std::string& name, bool is_repository) {
    Folder inner{shown_path(folder, name),
                 joined(folder.absolute, name),
                 folder.rules,
                 part_within(folder.part, name),
                 nullptr,
                 name};
    if (is_repository && name == "objects") inner.part = Part::kObjects;
    // Git's own folder has no rules.
    if (name == ".git") {
      inner.part = Part::kOwn;
      inner.rules = nullptr;
    }
    return inner;
  }

  bool is_wanted(const Folder& folder, std::string_view name, const std::string& shown,
                 const std::string& absolute, unsigned char type) {
    if (name == ".git" && options_.leaves_out_stores) {
      coverage_.leave_out(LeftOut::kGitStore, shown);
      return false;
    }
    if (is_of_object_store(folder.part, name, type)) return false;
    if (is_quarantine(folder.part, name, type)) {
      coverage_.problem(Unread::kBroken, shown,
                        "the objects of a push that did not end are not read; where none is under "
                        "way, git prune removes them");
    }
    if (roots_.contains(absolute)) return false;  // it is read from there
    if (name != ".git" && is_left_out(folder.rules.get(), absolute, type == DT_DIR)) {
      coverage_.leave_out(LeftOut::kIgnored, type == DT_DIR ? shown + "/" : shown);
      return false;
    }
    if (type == DT_LNK) coverage_.leave_out(LeftOut::kLink, shown);
    const bool is_special = type != DT_LNK && type != DT_DIR && type != DT_REG;
    if (is_special) coverage_.leave_out(LeftOut::kSpecial, shown);
    return type == DT_DIR || type == DT_REG;
  }

  void read_file(const Task& task, const std::string& name, Contents& contents) {
    const std::string path = shown_path(task.folder, name);
    const Place place{path, {}};
    // Not blocking: in place of a file a pipe may have come meanwhile.
    const platform::Descriptor file(open_at(task.open.get(), name, path, O_NONBLOCK | O_NOCTTY));
    struct stat facts {};
    if (!file.is_open() || ::fstat(file.get(), &facts) != 0) {
      const int error = errno;
      coverage_.expect();
      return tell_unopened(path, error);
    }
    if (!S_ISREG(facts.st_mode)) return coverage_.leave_out(LeftOut::kSpecial, path);
    const auto size = static_cast<std::uint64_t>(facts.st_size);
    if (size == 0) return read_without_size(place, file.get(), contents);
    constexpr std::uint64_t kBlockBytes = 512;  // stat(2)
    const bool is_sparse =
        size > kSparseBytes && static_cast<std::uint64_t>(facts.st_blocks) * kBlockBytes < size;
    if (is_sparse && has_holes(place.path, file.get(), size)) {
      return read_sparse(place, file.get(), size, contents);
    }
    FileStream stream(file.get(), size);
    contents.read(place, stream, size);
    if (stream.left_bytes() > 0 && ::fstat(file.get(), &facts) == 0 &&
        static_cast<std::uint64_t>(facts.st_size) < size) {
      coverage_.problem(Unread::kChanged, path, "it became shorter while it was read");
    }
  }

  // A file of proc(5) or the like, or one that is growing.
  void read_without_size(const Place& place, int file, Contents& contents) {
    DescriptorStream stream(file, kNoSizeBytes);
    contents.read(place, stream, 0);
    DescriptorStream beyond(file, 1);
    std::array<char, 1> byte{};
    if (stream.left_bytes() > 0 || fill(beyond, byte).size_bytes == 0) return;
    coverage_.problem(Unread::kLimit, place.path,
                      fmt::format("it tells no size, and has more than {} bytes", kNoSizeBytes));
  }

  // Whether it is to be read by its stretches. Some file systems tell of fewer blocks than there
  // are and of no hole; archives must be read as one. The descriptor stands at the beginning.
  bool has_holes(const std::string& path, int file, std::uint64_t size) {
    const off_t hole = ::lseek(file, 0, SEEK_HOLE);
    const bool has_hole = hole >= 0 && static_cast<std::uint64_t>(hole) < size;
    std::array<char, 4096> first{};
    const ssize_t got = ::pread(file, first.data(), first.size(), 0);
    if (::lseek(file, 0, SEEK_SET) < 0 || !has_hole) return false;
    if (got <= 0) return true;
    const std::string_view begin(first.data(), static_cast<std::size_t>(got));
    FileStream stream(file, size);
    const bool is_archive =
        may_be_archive(begin) || !kind_not_unpacked(begin).empty() || ends_as_zip(begin, stream);
    if (!is_archive) return true;
    if (size <= options_.limits.bytes) return false;
    coverage_.problem(
        Unread::kLimit, path,
        fmt::format("an archive with holes, of more than {} bytes", options_.limits.bytes));
    return true;
  }

  // Only what was written: a hole may be larger than the disk.
  void read_sparse(Place place, int file, std::uint64_t size, Contents& contents) {
    coverage_.expect();
    coverage_.leave_out(LeftOut::kHole, place.path);
    place.is_editable = false;  // a stretch is no whole document
    Stretch stretch;
    off_t at = 0;
    while (static_cast<std::uint64_t>(at) < size) {
      const off_t data = ::lseek(file, at, SEEK_DATA);
      if (data < 0 && errno == ENXIO) break;  // lseek(2): a hole up to the end
      const off_t hole = data < 0 ? -1 : ::lseek(file, data, SEEK_HOLE);
      if (hole < 0 || ::lseek(file, data, SEEK_SET) < 0) {
        return coverage_.problem(Unread::kUnreadable, place.path,
                                 fmt::format("from byte {} on: {}", at, words_of(errno)));
      }
      DescriptorStream stream(file, static_cast<std::uint64_t>(hole - data));
      // A hole reads as zeros, which belong to the line that stands before it.
      const auto begin = static_cast<std::uint64_t>(data);
      stretch.line_bytes += begin - stretch.offset;
      stretch.offset = begin;
      stretch = contents.read_stretch(place, stream, stretch);
      at = hole;
    }
    coverage_.read(0);
  }

  const TreeOptions& options_;
  Visitor& visitor_;
  Coverage& coverage_;
  Tasks tasks_;
  std::mutex mutex_;
  std::vector<std::string> repositories_;
  std::vector<std::string> inner_repositories_;  // that lie in another one's own folder
  std::set<std::string> roots_;                  // canonical paths
  double finished_ = 0;                          // of all that is to be read
};

}  // namespace

Status TreeSource::run(unsigned threads, Visitor& visitor, Coverage& coverage) {
  Walk walk(options_, visitor, coverage);
  auto status = walk.run(std::max(1U, threads));
  repositories_ = walk.repositories();
  return status;
}

}  // namespace rekey::discovery
