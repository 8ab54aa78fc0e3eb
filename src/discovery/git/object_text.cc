#include "discovery/git/object_text.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include "base/text.h"

namespace rekey::discovery::git {
namespace {

// Takes the next line off the header of a commit or tag; empty at its end.
std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

// What follows "key ", if the line is of that key.
std::optional<std::string_view> value_of(std::string_view line, std::string_view key) {
  if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ' ') {
    return std::nullopt;
  }
  return line.substr(key.size() + 1);
}

// The id in the first line of a header, which is of that key.
std::optional<ObjectId> take_first_id(std::string_view& text, std::string_view key) {
  const auto value = value_of(take_line(text), key);
  return value ? ObjectId::from_hex(*value) : std::nullopt;
}

// Gives the other lines of a header, which ends at an empty one; what else stands in it does not
// matter here.
template <typename Take>
void take_lines(std::string_view text, const Take& take) {
  for (auto line = take_line(text); !line.empty(); line = take_line(text)) take(line);
}

// Where the first zero is, or the size. Names are short: a call of memchr takes longer.
std::size_t zero_in(std::span<const std::uint8_t> bytes) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x8080808080808080;
  std::size_t at = 0;
  for (std::uint64_t word = 0; bytes.size() - at >= sizeof word; at += sizeof word) {
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    const std::uint64_t zeros = (word - kOnes) & ~word & kHighs;  // right up to the first
    if (zeros != 0) return at + static_cast<std::size_t>(std::countr_zero(zeros)) / 8;
  }
  while (at < bytes.size() && bytes[at] != 0) ++at;
  return at;
}

// Seconds beyond this year are the work of broken clocks or of jokers.
constexpr std::int64_t kLatestSeconds = 253'402'300'799;  // 9999-12-31T23:59:59Z

}  // namespace

std::optional<TreeEntry> TreeReader::next() noexcept {
  TreeEntry entry;
  std::size_t at = 0;
  while (at < left_.size() && at < 8 && left_[at] >= '0' && left_[at] <= '7') {
    entry.mode = entry.mode * 8 + (left_[at++] - std::uint32_t{'0'});
  }
  if (at == 0 || at >= left_.size() || left_[at] != ' ') return std::nullopt;
  ++at;
  const auto name_bytes = zero_in(left_.subspan(at));
  if (at + name_bytes >= left_.size()) return std::nullopt;
  const auto size = at + name_bytes + 1 + hash_bytes_;
  if (size > left_.size()) return std::nullopt;
  entry.name = base::text_of(left_.subspan(at, name_bytes));
  entry.id = left_.data() + at + name_bytes + 1;
  left_ = left_.subspan(size);
  return entry;
}

Person parse_person(std::string_view text) {
  Person person;
  const auto open = text.find('<');
  const auto close = text.rfind('>');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    person.name = text;
    return person;
  }
  auto name = text.substr(0, open);
  while (name.ends_with(' ')) name.remove_suffix(1);
  person.name = name;
  person.email = text.substr(open + 1, close - open - 1);
  auto rest = text.substr(close + 1);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  std::int64_t seconds = 0;
  if (std::from_chars(rest.data(), rest.data() + rest.size(), seconds).ec == std::errc{} &&
      seconds >= 0 && seconds <= kLatestSeconds) {
    person.at = base::from_millis(seconds * 1000);
  }
  return person;
}

std::optional<CommitText> parse_commit(std::span<const std::uint8_t> bytes) {
  auto text = base::text_of(bytes);
  const auto tree = take_first_id(text, "tree");
  if (!tree) return std::nullopt;
  CommitText commit;
  commit.tree = *tree;
  take_lines(text, [&](std::string_view line) {
    if (const auto parent = value_of(line, "parent")) {
      if (const auto id = ObjectId::from_hex(*parent)) commit.parents.push_back(*id);
    } else if (const auto author = value_of(line, "author")) {
      commit.author = parse_person(*author);
    } else if (const auto committer = value_of(line, "committer")) {
      commit.committer = parse_person(*committer);
    }
  });
  return commit;
}

std::optional<TagText> parse_tag(std::span<const std::uint8_t> bytes) {
  auto text = base::text_of(bytes);
  const auto target = take_first_id(text, "object");
  if (!target) return std::nullopt;
  TagText tag;
  tag.target = *target;
  take_lines(text, [&](std::string_view line) {
    if (const auto type = value_of(line, "type")) {
      tag.type = object_type(*type);
    } else if (const auto name = value_of(line, "tag")) {
      tag.name = *name;
    } else if (const auto tagger = value_of(line, "tagger")) {
      tag.tagger = parse_person(*tagger);
    }
  });
  return tag;
}

}  // namespace rekey::discovery::git
