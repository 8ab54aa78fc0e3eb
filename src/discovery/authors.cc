#include "discovery/authors.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "base/time.h"
#include "discovery/git/blame.h"
#include "discovery/git/line_diff.h"
#include "discovery/git/object_text.h"
#include "discovery/git/refs.h"
#include "discovery/git/tree_lookup.h"
#include "discovery/mask.h"
#include "discovery/sources/byte_stream.h"
#include "platform/descriptor.h"

namespace rekey::discovery {
namespace {

using git::ObjectId;

constexpr int kMostTags = 16;  // a tag of a tag of a tag …

// A regular file below a folder; no link within it is followed, and nothing waited for.
std::optional<std::string> text_below(const std::string& folder, std::string_view path) {
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  platform::Descriptor at(::open(folder.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY));
  while (at.is_open()) {
    const std::size_t slash = path.find('/');
    const std::string name(path.substr(0, slash));
    at = platform::Descriptor(::openat(at.get(), name.c_str(), kFlags));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  struct stat facts {};
  if (!at.is_open() || ::fstat(at.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return std::nullopt;
  }
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  if (size > git::kLargestBlamedBytes) return std::nullopt;
  std::string text(static_cast<std::size_t>(size), '\0');
  DescriptorStream stream(at.get(), size);
  text.resize(fill(stream, text).size_bytes);
  return text;
}

// As git compares a file that it wrote with other line ends (gitattributes(5), "eol").
git::Lines lines_without_returns(std::string_view text) {
  git::Lines lines = git::lines_of(text);
  for (std::string_view& line : lines) {
    if (line.ends_with('\r')) line.remove_suffix(1);
  }
  return lines;
}

class Authors {
 public:
  Authors(const std::string& folder, git::ObjectStore& store)
      : folder_(folder),
        store_(store),
        reader_(store.reader(git::kLargestBlamedBytes)),
        head_(git::read_head(store.repository())),
        mask_({&by_form_}, {}, [](std::string_view) { return std::string("…"); }) {
    for (const git::Tip& tip : git::read_tips(store.repository(), unheard_)) {
      if (tip.kind == git::TipKind::kRef) refs_.emplace(tip.name, tip.id);
    }
  }

  void name(const std::vector<Finding*>& findings) {
    // Of each file that differs from HEAD's, those of its lines.
    std::map<std::pair<std::string, std::string>, std::vector<Finding*>> newer;
    for (Finding* finding : findings) {
      if (!is_sensitive(finding->detector->role) || !finding->place.inside.empty()) continue;
      const std::string path = finding->place.path.substr(folder_.size());
      const auto& revision = finding->place.revision;
      if (!revision) {
        if (is_in_work_tree(path)) newer[{path, std::string()}].push_back(finding);
      } else if (revision->standing == "index") {
        newer[{path, revision->object}].push_back(finding);
      } else if (revision->standing == "tip") {
        const auto commit = commit_of_ref(revision->ref);
        if (commit) ask(*finding, *commit, path, finding->line - 1);
      }
    }
    for (const auto& [file, of_file] : newer) ask_newer(file.first, file.second, of_file);
    answer();
  }

 private:
  [[nodiscard]] bool is_in_work_tree(std::string_view path) const {
    return !store_.repository().work_tree.empty() && path != ".git" && !path.starts_with(".git/");
  }

  std::optional<ObjectId> commit_of_ref(const std::string& name) {
    const auto ref = refs_.find(name);
    if (ref == refs_.end()) return std::nullopt;
    ObjectId id = ref->second;
    for (int step = 0; step < kMostTags; ++step) {
      const auto object = reader_.read(id);
      if (!object || object->type == git::ObjectType::kCommit) {
        return object ? std::optional(id) : std::nullopt;
      }
      const auto tag =
          object->type == git::ObjectType::kTag ? git::parse_tag(object->content()) : std::nullopt;
      if (!tag) return std::nullopt;
      id = tag->target;
    }
    return std::nullopt;
  }

  void ask(Finding& finding, const ObjectId& commit, const std::string& path, std::uint64_t line) {
    asked_.push_back(&finding);
    requests_.push_back({commit, path, static_cast<std::uint32_t>(line)});
  }

  std::optional<std::string> text_of_object(const ObjectId& id) {
    const auto object = reader_.read(id);
    if (!object) return std::nullopt;
    return std::string(base::text_of(object->content()));
  }

  // Lines of a work tree's file, or of the index's `object`: by HEAD's where those stand in it.
  void ask_newer(const std::string& path, const std::string& object,
                 const std::vector<Finding*>& findings) {
    const auto id = ObjectId::from_hex(object);
    const auto text = id ? text_of_object(*id) : text_below(folder_, path);
    if (!text) return;
    const auto before = text_at_head(path);
    if (!before) return;
    const git::Lines after = lines_without_returns(*text);
    const auto kept = git::lines_kept(lines_without_returns(*before), after);
    if (!kept) return;
    for (Finding* finding : findings) {
      const std::uint64_t line = finding->line - 1;
      if (line >= kept->size()) continue;  // it was changed since
      const std::uint32_t older = (*kept)[static_cast<std::size_t>(line)];
      if (older == git::kNoLine) {
        finding->blame = LineAuthor{};
      } else {
        ask(*finding, *head_, path, older);
      }
    }
  }

  // Empty where HEAD has no such file; nullopt where nobody knows.
  std::optional<std::string> text_at_head(const std::string& path) {
    if (!head_) return std::string();
    if (!tree_) {
      const auto tree = git::tree_of(reader_, *head_);
      if (!tree) return std::nullopt;
      tree_.emplace(store_.reader(git::kLargestBlamedBytes), *tree, store_.hash_bytes());
    }
    const auto found = tree_->find(path);
    if (!found) return std::nullopt;
    return *found ? text_of_object((*found)->id) : std::string();
  }

  void answer() {
    const auto answers = git::blame(store_, requests_);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (!answers[i]) continue;
      const git::CommitFacts& commit = *answers[i];
      asked_[i]->blame = LineAuthor{
          commit.id.hex(), mask_(fmt::format("{} <{}>", commit.author_name, commit.author_email)),
          base::format_instant(commit.authored)};
    }
  }

  const std::string& folder_;
  git::ObjectStore& store_;
  git::ObjectReader reader_;
  std::optional<ObjectId> head_;
  git::Problems unheard_;  // the scan told them
  Matcher by_form_;
  Mask mask_;
  std::map<std::string, ObjectId> refs_;
  std::optional<git::TreeLookup> tree_;  // HEAD's
  std::vector<Finding*> asked_;
  std::vector<git::BlameRequest> requests_;
};

}  // namespace

void name_authors(const std::vector<Finding*>& findings, const std::string& folder,
                  git::ObjectStore& store) {
  Authors(folder, store).name(findings);
}

}  // namespace rekey::discovery
