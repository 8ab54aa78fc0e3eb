#include "discovery/mask.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rekey::discovery {
namespace {

constexpr std::string_view kUnread = "…";
constexpr std::size_t kFirstBytes = 8;  // of a value: no shorter one is looked for

// RFC 6901 section 4.
std::string pointer_read(std::string_view pointer) {
  std::string text;
  for (std::size_t at = 0; at < pointer.size(); ++at) {
    const std::string_view two = pointer.substr(at, 2);
    const bool is_escape = two == "~0" || two == "~1";
    text += is_escape ? (two[1] == '0' ? '~' : '/') : pointer[at];
    at += is_escape ? 1 : 0;
  }
  return text;
}

}  // namespace

Mask::Mask(std::vector<const Matcher*> matchers, std::span<const Hit> hits, Namer namer)
    : matchers_(std::move(matchers)), namer_(std::move(namer)) {
  for (const Hit& hit : hits) {
    const std::string_view value = hit.value.reveal();
    if (!is_sensitive(hit.detector->role) || value.size() < kFirstBytes) continue;
    values_.push_back(value);
    beginnings_.insert(value.substr(0, kFirstBytes));
  }
  std::sort(values_.begin(), values_.end());
  values_.erase(std::unique(values_.begin(), values_.end()), values_.end());
}

std::string_view Mask::value_at(std::string_view text) const {
  if (!beginnings_.contains(text.substr(0, kFirstBytes))) return {};
  // A text may end within a value, where it was cut at its limit.
  const auto behind = std::lower_bound(values_.begin(), values_.end(), text);
  if (behind != values_.end() && behind->starts_with(text)) return *behind;
  // What begins as the text does stands in front of it, the longest last.
  for (std::string_view rest = text; rest.size() >= kFirstBytes;) {
    const auto next = std::upper_bound(values_.begin(), values_.end(), rest);
    if (next == values_.begin()) break;
    const std::string_view value = *std::prev(next);
    const auto differs = std::mismatch(value.begin(), value.end(), rest.begin(), rest.end()).first;
    if (differs == value.end()) return value;
    rest = rest.substr(0, static_cast<std::size_t>(differs - value.begin()));
  }
  return {};
}

std::vector<Mask::Masked> Mask::values_in(std::string_view text) const {
  std::vector<Masked> found;
  for (std::size_t at = 0; at + kFirstBytes <= text.size(); ++at) {
    const std::string_view rest = text.substr(at);
    const std::string_view value = value_at(rest);
    if (value.empty()) continue;
    found.push_back({at, at + std::min(value.size(), rest.size()), namer_(value)});
  }
  return found;
}

std::string Mask::operator()(std::string_view text) const {
  if (text.size() < kFirstBytes) return std::string(text);
  std::vector<Masked> found = values_in(text);
  for (const Matcher* matcher : matchers_) {
    const Matches matches = matcher->match(text, {});
    if (matches.is_cut || matches.is_broken) return std::string(kUnread);
    for (const Hit& hit : matches.hits) {
      if (!is_sensitive(hit.detector->role)) continue;
      found.push_back({hit.begin, hit.end, namer_(hit.value.reveal())});
    }
  }
  // Of those that overlap the longest gives the name.
  std::sort(found.begin(), found.end(), [](const Masked& a, const Masked& b) {
    return std::pair(a.begin, b.end) < std::pair(b.begin, a.end);
  });
  std::string out;
  std::size_t done = 0;
  for (const Masked& one : found) {
    if (one.begin >= done) {
      out += text.substr(done, one.begin - done);
      out += one.name;
    }
    done = std::max(done, one.end);
  }
  out += text.substr(done);
  return out;
}

std::string Mask::of_key(std::string_view key_path) const {
  std::string masked = (*this)(key_path);
  if (masked != key_path || !key_path.starts_with('/')) return masked;
  const std::string read = pointer_read(key_path);
  std::string masked_read = (*this)(read);
  return masked_read == read ? masked : masked_read;
}

Place Mask::of_place(const Place& place) const {
  Place masked = place;
  masked.path = (*this)(place.path);
  for (std::string& member : masked.inside) member = (*this)(member);
  if (masked.revision) masked.revision->author = (*this)(masked.revision->author);
  return masked;
}

}  // namespace rekey::discovery
