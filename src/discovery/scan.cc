#include "discovery/scan.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "discovery/allow_comment.h"
#include "discovery/known/given_secrets.h"
#include "discovery/known/known_secrets.h"
#include "discovery/locate.h"

namespace rekey::discovery {
namespace {

// A client id or a host farther away belongs to something else.
constexpr std::uint64_t kPairBytes = 2000;
constexpr const char* kSecretInKey = "a key of it holds a secret, and no inventory may: rename it";
constexpr const char* kSecretInName =
    "the name of the file holds a secret, and no inventory may: rename it";

std::uint64_t distance(const Finding& a, const Finding& b) noexcept {
  if (a.end <= b.begin) return b.begin - a.end;
  return b.end <= a.begin ? a.begin - b.end : 0;
}

// The key without its last step.
std::string_view parent_of(std::string_view key) {
  return key.substr(0, std::min(key.find_last_of("./"), key.size()));
}

bool has_parent(std::string_view key) {
  return key.find_first_of("./") != std::string_view::npos;
}

// The ids or hosts of one content, so that the nearest to a secret is found without a walk over
// all.
class Neighbours {
 public:
  // `findings` are in the order of their bytes, and stay.
  Neighbours(const std::vector<Finding>& findings, Role role) {
    for (const Finding& one : findings) {
      if (one.detector->role != role) continue;
      all_.push_back(&one);
      if (has_parent(one.key_path)) by_parent_[parent_of(one.key_path)].push_back(&one);
    }
  }

  // One in the same object before all others, then the nearest, of two one in front; or nullptr.
  [[nodiscard]] const Finding* of(const Finding& finding) const {
    if (has_parent(finding.key_path)) {
      const auto same = by_parent_.find(parent_of(finding.key_path));
      if (same != by_parent_.end()) return nearest(same->second, finding);
    }
    const Finding* best = nearest(all_, finding);
    return best != nullptr && distance(*best, finding) <= kPairBytes ? best : nullptr;
  }

 private:
  static const Finding* nearest(const std::vector<const Finding*>& list, const Finding& to) {
    const auto behind =
        std::upper_bound(list.begin(), list.end(), to.begin,
                         [](std::uint64_t at, const Finding* one) { return at < one->begin; });
    const Finding* after = behind == list.end() ? nullptr : *behind;
    const Finding* before = behind == list.begin() ? nullptr : *std::prev(behind);
    if (before == nullptr || after == nullptr) return before == nullptr ? after : before;
    return distance(*after, to) < distance(*before, to) ? after : before;
  }

  std::vector<const Finding*> all_;
  std::map<std::string_view, std::vector<const Finding*>> by_parent_;
};

void pair(std::vector<Finding>& findings) {
  const Neighbours ids(findings, Role::kClientId);
  const Neighbours hosts(findings, Role::kHost);
  for (Finding& finding : findings) {
    if (!is_sensitive(finding.detector->role)) continue;
    // What may be shown of these is all of them.
    if (const Finding* id = ids.of(finding)) finding.client_id = id->shown;
    if (const Finding* host = hosts.of(finding)) finding.host = host->shown;
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

// Where in the text a hit stands; hits come in order.
class LineCounter {
 public:
  explicit LineCounter(const Content& content)
      : bytes_(content.bytes), line_(content.line_feeds + 1), before_(content.line_bytes) {}

  void advance(std::size_t at) {
    for (; at_ < at; ++at_) {
      const std::size_t feed = bytes_.substr(0, at).find('\n', at_);
      if (feed == std::string_view::npos) break;
      ++line_;
      begin_ = feed + 1;
      before_ = 0;
      at_ = feed;
    }
    at_ = at;
  }
  [[nodiscard]] std::uint64_t line() const { return line_; }
  [[nodiscard]] std::uint64_t column() const { return before_ + at_ - begin_ + 1; }

 private:
  std::string_view bytes_;
  std::uint64_t line_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;  // of the line
  std::uint64_t before_;   // of its bytes, that stand before these
};

void add_located(Finding& finding, Located located) {
  finding.format = std::move(located.format);
  finding.key_path = std::move(located.key_path);
  finding.part = std::move(located.part);
  finding.not_rewritable = std::move(located.not_rewritable);
}

// `place` is the content's, masked.
void mask_texts(Finding& finding, const Place& place, const Mask& mask) {
  const auto mask_one = [&](std::string& text) {
    std::string masked = mask(text);
    const bool is_other = masked != text;
    text = std::move(masked);
    return is_other;
  };
  const std::string key = mask.of_key(finding.key_path);
  const bool is_in_key = key != finding.key_path;
  finding.key_path = key;
  const bool is_in_part = mask_one(finding.part);
  // Where there is no format, the reason names nothing of the file.
  if (!finding.format.empty()) mask_one(finding.not_rewritable);
  if (finding.allowed) mask_one(*finding.allowed);
  // A client id that is found as a secret as well.
  if (!is_sensitive(finding.detector->role)) mask_one(finding.shown);
  if (is_in_key || is_in_part) {
    finding.not_rewritable = kSecretInKey;
  }
  if (finding.place != place) {
    finding.not_rewritable = kSecretInName;
  }
  finding.place = place;
}

// The text, with what `change` makes of each run of characters of the alphabet.
template <typename Change>
std::string each_word(std::string_view text, Alphabet alphabet, Change change) {
  std::string out;
  while (!text.empty()) {
    std::size_t size = 0;
    while (size < text.size() && holds(alphabet, text[size])) ++size;
    if (size > 0) out += change(text.substr(0, size));
    text.remove_prefix(size);
    if (text.empty()) break;
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

auto order(const Finding& finding) {
  return std::tie(finding.place, finding.begin, finding.end, finding.detector->id,
                  finding.fingerprint);
}

}  // namespace

Scan::Scan(const Matcher& matcher, const crypto::RootKey& root, Coverage& coverage, Pairs* pairs)
    : matcher_(matcher), coverage_(coverage), fingerprint_(root), pairs_(pairs) {}

base::Fingerprint Scan::fingerprint_of(std::string_view value) const {
  const std::lock_guard lock(mutex_);
  return fingerprint_(value);
}

Mask Scan::mask_for(std::span<const Hit> hits) const {
  return {{&matcher_, &by_form_}, hits, [this](std::string_view value) {
            return base::display(fingerprint_of(value));
          }};
}

Finding Scan::finding_of(const Content& content, const Hit& hit, std::uint64_t line) const {
  Finding finding;
  finding.detector = hit.detector;
  finding.confidence = hit.confidence;
  finding.place = content.place;
  finding.begin = content.offset + hit.begin;
  finding.end = content.offset + hit.end;
  finding.line = line;
  finding.layers = hit.layers;
  finding.known = hit.known;
  finding.shown =
      hit.known != nullptr ? hit.known->prefix : shown_part(*hit.detector, hit.value.reveal());
  // Of a value that is looked for itself every place is wanted, meant or not.
  const bool is_sought = hit.known != nullptr || hit.detector == &given_secret_detector();
  if (!is_sought) finding.allowed = reason_for(content.bytes, hit.begin);
  finding.fingerprint = fingerprint_of(hit.value.reveal());
  return finding;
}

void Scan::visit(const Content& content) {
  const std::string where = describe(content.place);
  const Matches matches = matcher_.match(content.bytes, where);
  tell_unread(matches, where, coverage_);
  if (matches.hits.empty()) return;
  // Of what lies in the overlap of two windows each half is the window's that sees more around it.
  constexpr std::size_t kHalf = kWindowOverlapBytes / 2;
  const std::size_t from = content.is_first ? 0 : kHalf;
  const std::size_t to = content.is_last
                             ? content.bytes.size()
                             : content.bytes.size() - std::min(kHalf, content.bytes.size());
  std::vector<Finding> found;
  std::vector<const Hit*> found_hits;  // of each
  Locator locator(content);
  const Mask mask = mask_for(matches.hits);
  const Place place = mask.of_place(content.place);
  LineCounter lines(content);
  for (const Hit& hit : matches.hits) {
    if (hit.begin < from || hit.begin >= to) continue;
    lines.advance(hit.begin);
    Finding finding = finding_of(content, hit, lines.line());
    finding.column = lines.column();
    add_located(finding, locator.locate(hit));
    mask_texts(finding, place, mask);
    found.push_back(std::move(finding));
    found_hits.push_back(&hit);
  }
  pair(found);
  for (std::size_t i = 0; pairs_ != nullptr && i < found.size(); ++i) {
    pairs_->offer(found[i], found_hits[i]->value);
  }
  const std::lock_guard lock(mutex_);
  for (const Finding& finding : found) {
    if (is_sensitive(finding.detector->role)) found_.insert(finding.fingerprint);
  }
  findings_.insert(findings_.end(), std::make_move_iterator(found.begin()),
                   std::make_move_iterator(found.end()));
}

Certificate Scan::shown(Certificate certificate) const {
  for (auto& [reason, examples] : certificate.left_out_examples) {
    for (std::string& example : examples) example = shown(example);
  }
  for (Problem& problem : certificate.problems) {
    problem.where = shown(problem.where);
    problem.detail = shown(problem.detail);
  }
  return certificate;
}

std::string Scan::shown(std::string_view text) const {
  return without_found(mask_for({})(text));
}

std::string Scan::without_found(std::string_view text) const {
  // A value may hold '-' and '_', and a name may join one by those to other words.
  return each_word(text, Alphabet::kUrl, [this](std::string_view word) {
    if (auto name = name_of_found(word)) return *std::move(name);
    return each_word(word, Alphabet::kAlphanumeric, [this](std::string_view part) {
      return name_of_found(part).value_or(std::string(part));
    });
  });
}

std::optional<std::string> Scan::name_of_found(std::string_view word) const {
  if (word.size() < kShortestOwnValue) return std::nullopt;
  const base::Fingerprint fingerprint = fingerprint_of(word);
  const std::lock_guard lock(mutex_);
  if (!found_.contains(fingerprint)) return std::nullopt;
  return base::display(fingerprint);
}

void Scan::mask_found() {
  std::map<std::string, std::string> masked;  // few names, many findings
  const auto mask = [&](std::string& text) {
    const auto [entry, is_new] = masked.try_emplace(text);
    if (is_new) entry->second = without_found(text);
    return std::exchange(text, entry->second) != text;
  };
  for (Finding& finding : findings_) {
    const bool is_in_key = mask(finding.key_path);
    const bool is_in_part = mask(finding.part);
    static_cast<void>(mask(finding.not_rewritable));
    if (finding.allowed) static_cast<void>(mask(*finding.allowed));
    if (is_in_key || is_in_part) finding.not_rewritable = kSecretInKey;
    Place place = finding.place;
    static_cast<void>(mask(place.path));
    for (std::string& member : place.inside) static_cast<void>(mask(member));
    if (place == finding.place) continue;
    finding.place = std::move(place);
    finding.not_rewritable = kSecretInName;
  }
}

std::vector<Finding> Scan::take() {
  mask_found();
  drop_doubles(findings_);
  std::sort(findings_.begin(), findings_.end(),
            [](const Finding& a, const Finding& b) { return order(a) < order(b); });
  return std::exchange(findings_, {});
}

}  // namespace rekey::discovery
