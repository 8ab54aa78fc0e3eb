#include "discovery/scan.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "discovery/allow_comment.h"
#include "discovery/locate.h"

namespace rekey::discovery {
namespace {

// A client id or a host farther away belongs to something else.
constexpr std::uint64_t kPairBytes = 2000;

std::uint64_t distance(const Finding& a, const Finding& b) noexcept {
  if (a.end <= b.begin) return b.begin - a.end;
  return b.end <= a.begin ? a.begin - b.end : 0;
}

// The key without its last step.
std::string_view parent_of(std::string_view key) {
  return key.substr(0, std::min(key.find_last_of("./"), key.size()));
}

bool is_beside(const Finding& a, const Finding& b) {
  return !a.key_path.empty() && !b.key_path.empty() &&
         parent_of(a.key_path) == parent_of(b.key_path) &&
         a.key_path.find_first_of("./") != std::string::npos;
}

// The nearest of that role: one in the same object before all others, then one in front before one
// behind.
const Finding* nearest(const std::vector<Finding>& findings, const Finding& to, Role role) {
  const Finding* best = nullptr;
  auto best_rank = std::tuple(true, std::uint64_t{0}, true);
  for (const Finding& one : findings) {
    if (one.detector->role != role) continue;
    const auto rank = std::tuple(!is_beside(one, to), distance(one, to), one.begin > to.begin);
    if (std::get<0>(rank) && std::get<1>(rank) > kPairBytes) continue;
    if (best == nullptr || rank < best_rank) {
      best = &one;
      best_rank = rank;
    }
  }
  return best;
}

void pair(std::vector<Finding>& findings) {
  for (Finding& finding : findings) {
    if (!is_sensitive(finding.detector->role)) continue;
    // What may be shown of these is all of them.
    if (const Finding* id = nearest(findings, finding, Role::kClientId)) {
      finding.client_id = id->shown;
    }
    if (const Finding* host = nearest(findings, finding, Role::kHost)) finding.host = host->shown;
  }
}

// What a repository's tip or index holds lies in its work tree as well: told once, where it can be
// edited.
void drop_doubles(std::vector<Finding>& findings) {
  std::set<std::tuple<std::string, std::vector<std::string>, base::Fingerprint>> files;
  for (const Finding& one : findings) {
    if (!one.place.revision) files.emplace(one.place.path, one.place.inside, one.fingerprint);
  }
  std::erase_if(findings, [&](const Finding& one) {
    const bool is_present = one.place.revision && (one.place.revision->standing == "tip" ||
                                                   one.place.revision->standing == "index");
    return is_present && files.contains({one.place.path, one.place.inside, one.fingerprint});
  });
}

auto order(const Finding& finding) {
  return std::tie(finding.place, finding.begin, finding.end, finding.detector->id);
}

}  // namespace

Scan::Scan(const Matcher& matcher, const crypto::RootKey& root, Coverage& coverage)
    : matcher_(matcher), coverage_(coverage), fingerprint_(root) {}

Finding Scan::finding_of(const Content& content, const Hit& hit, std::uint64_t line) {
  Finding finding;
  finding.detector = hit.detector;
  finding.confidence = hit.confidence;
  finding.place = content.place;
  finding.begin = content.offset + hit.begin;
  finding.end = content.offset + hit.end;
  finding.line = line;
  const std::size_t feed = content.bytes.substr(0, hit.begin).rfind('\n');
  finding.column = feed == std::string_view::npos ? hit.begin + 1 : hit.begin - feed;
  finding.layers = hit.layers;
  finding.shown = shown_part(*hit.detector, hit.value.reveal());
  Located located;
  if (content.is_first && content.is_last) {
    located = locate(content.place, content.bytes, hit);
  } else {
    located.not_rewritable = "the file is too large";
  }
  finding.format = std::move(located.format);
  finding.key_path = std::move(located.key_path);
  finding.part = std::move(located.part);
  finding.not_rewritable = std::move(located.not_rewritable);
  finding.allowed = reason_for(content.bytes, hit.begin);
  {
    const std::lock_guard lock(mutex_);
    finding.fingerprint = fingerprint_(hit.value.reveal());
  }
  return finding;
}

void Scan::visit(const Content& content) {
  Matches matches = matcher_.match(content.bytes, describe(content.place));
  if (matches.is_cut) {
    coverage_.problem(Unread::kLimit, describe(content.place),
                      "too many layers of encodings to take all of them off");
  }
  if (matches.hits.empty()) return;
  // Of what lies in the overlap of two windows each half is the window's that sees more around it.
  constexpr std::size_t kHalf = kWindowOverlapBytes / 2;
  const std::size_t from = content.is_first ? 0 : kHalf;
  const std::size_t to = content.is_last
                             ? content.bytes.size()
                             : content.bytes.size() - std::min(kHalf, content.bytes.size());
  std::vector<Finding> found;
  std::uint64_t line = content.line_feeds + 1;
  std::size_t counted = 0;
  for (const Hit& hit : matches.hits) {
    if (hit.begin < from || hit.begin >= to) continue;
    const auto begin = content.bytes.begin();
    line += static_cast<std::uint64_t>(std::count(begin + static_cast<std::ptrdiff_t>(counted),
                                                  begin + static_cast<std::ptrdiff_t>(hit.begin),
                                                  '\n'));
    counted = hit.begin;
    found.push_back(finding_of(content, hit, line));
  }
  pair(found);
  const std::lock_guard lock(mutex_);
  findings_.insert(findings_.end(), std::make_move_iterator(found.begin()),
                   std::make_move_iterator(found.end()));
}

std::vector<Finding> Scan::take() {
  drop_doubles(findings_);
  std::sort(findings_.begin(), findings_.end(),
            [](const Finding& a, const Finding& b) { return order(a) < order(b); });
  return std::exchange(findings_, {});
}

}  // namespace rekey::discovery
