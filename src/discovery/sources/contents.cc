#include "discovery/sources/contents.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "base/secret.h"
#include "discovery/sources/archive.h"
#include "discovery/sources/zip_mark.h"
#include "discovery/sources/zip_place.h"

namespace rekey::discovery {
namespace {

using base::Code;
using base::Result;

constexpr std::size_t kFirstBytes = std::size_t{256} << 10;

// A member, within what is left of the budget.
class MemberStream final : public ByteStream {
 public:
  struct Taken {
    std::uint64_t size_bytes;
    std::uint64_t& bytes;
    bool& is_spent;
  };
  MemberStream(Archive& archive, Taken taken, const ArchiveLimits& limits)
      : archive_(archive), taken_(taken), limits_(limits) {}

  [[nodiscard]] Result<std::size_t> read(std::span<char> into) override {
    const auto came = archive_.read(into);
    if (!came) problem_ = came.error().detail;
    REKEY_TRY(const std::size_t got, came);
    taken_.bytes += got;
    if (taken_.bytes > limits_.bytes) {
      taken_.is_spent = true;
      return base::fail(Code::kLimitReached,
                        fmt::format("unfolds to more than {} bytes", limits_.bytes));
    }
    const bool is_bomb = taken_.size_bytes > 0 && taken_.bytes > limits_.free_bytes &&
                         taken_.bytes / limits_.ratio > taken_.size_bytes;
    if (is_bomb) {
      taken_.is_spent = true;
      return base::fail(Code::kLimitReached,
                        fmt::format("unfolds to more than {} times its size", limits_.ratio));
    }
    return got;
  }
  // What the archive said last of it; empty: nothing.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  Archive& archive_;
  Taken taken_;
  const ArchiveLimits& limits_;
  std::string problem_;
};

// "app.log" of "var/app.log.gz".
std::string name_without_ending(const Place& place) {
  std::string name = place.inside.empty() ? place.path : place.inside.back();
  name.erase(0, name.rfind('/') + 1);  // npos + 1 is 0
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos || dot == 0 ? "content" : name.substr(0, dot);
}

}  // namespace

Stretch behind(const Stretch& stretch, std::string_view bytes) {
  const char* const end = bytes.data() + bytes.size();
  const auto* feed = static_cast<const char*>(::memrchr(bytes.data(), '\n', bytes.size()));
  const auto feeds = static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
  return {stretch.offset + bytes.size(), stretch.line_feeds + feeds,
          feed == nullptr ? stretch.line_bytes + bytes.size()
                          : static_cast<std::uint64_t>(end - feed - 1)};
}

Contents::Contents(Visitor& visitor, Coverage& coverage, const ArchiveLimits& limits)
    : visitor_(visitor), coverage_(coverage), limits_(limits) {}

Contents::~Contents() {
  for (const auto& buffer : buffers_) base::wipe(buffer->data(), buffer->size());
}

Contents::Buffer& Contents::buffer(int depth) {
  while (buffers_.size() <= static_cast<std::size_t>(depth)) {
    buffers_.push_back(std::make_unique<Buffer>(kFirstBytes));
  }
  return *buffers_[static_cast<std::size_t>(depth)];
}

void Contents::read(const Place& place, ByteStream& stream, std::uint64_t size_bytes) {
  Budget budget{size_bytes};
  coverage_.expect();
  read(place, stream, 0, budget);
}

Stretch Contents::read_stretch(const Place& place, ByteStream& stream, const Stretch& stretch) {
  Buffer& bytes = buffer(0);
  const Content last = read_windows(place, stream, bytes, taken(place, stream, bytes), stretch);
  return behind({last.offset, last.line_feeds, last.line_bytes}, last.bytes);
}

std::size_t Contents::taken(const Place& place, ByteStream& stream, std::span<char> into) {
  const Filled filled = fill(stream, into);
  if (!filled.status) tell(place, filled.status.error());
  return filled.size_bytes;
}

std::size_t Contents::taken_behind_filling(const Place& place, ByteStream& stream,
                                           std::span<char> into) {
  while (true) {
    const std::size_t have = taken(place, stream, into);
    const auto came = into.first(have);
    const auto begin =
        std::find_if(came.begin(), came.end(), [](char byte) { return byte != '\0'; });
    if (begin == came.end() && have == into.size()) continue;
    const auto kept = static_cast<std::size_t>(came.end() - begin);
    std::copy(begin, came.end(), into.begin());
    return have < into.size() ? kept : kept + taken(place, stream, into.subspan(kept));
  }
}

void Contents::tell(const Place& place, const base::Error& error) {
  const Unread reason = error.code == Code::kLimitReached ? Unread::kLimit
                        : error.code == Code::kIo         ? Unread::kUnreadable
                                                          : Unread::kBroken;
  coverage_.problem(reason, describe(place), error.detail);
}

void Contents::read(const Place& place, ByteStream& stream, int depth, Budget& budget) {
  read_filled(place, stream, depth, taken(place, stream, buffer(depth)), budget);
}

void Contents::read_filled(const Place& place, ByteStream& stream, int depth, std::size_t have,
                           Budget& budget) {
  Buffer& bytes = buffer(depth);
  const std::string_view first(bytes.data(), have);
  const bool is_whole = have < bytes.size();
  PrefixedStream whole(first, is_whole ? nullptr : &stream);
  const bool is_more = ends_as_zip(first, whole);  // than a zip
  if (const auto kind = kind_not_unpacked(first); !kind.empty()) {
    coverage_.problem(
        Unread::kBroken, describe(place),
        fmt::format("{}, which is not unpacked; unpack it and scan what it holds", kind));
  }
  std::uint64_t members = 0;
  if (is_more || may_be_archive(first)) {
    if (depth - budget.joined < limits_.depth) {
      members = read_archive(place, whole, first, depth, budget);
      if (members > 0 && !is_more) return;
    } else {
      coverage_.problem(Unread::kLimit, describe(place),
                        fmt::format("archives in archives, deeper than {}", limits_.depth));
    }
  }
  // What was tried may have read on.
  if (!is_whole && stream.size_bytes()) static_cast<void>(stream.go_to(have));
  if (members == 0) coverage_.read(0);
  static_cast<void>(read_windows(place, stream, bytes, have, {}));
}

Content Contents::read_windows(const Place& place, ByteStream& stream, Buffer& bytes,
                               std::size_t have, const Stretch& stretch) {
  Stretch at = stretch;
  const bool is_known = have < bytes.size() || stream.size_bytes();
  bool is_first = true;
  std::uint64_t read = have;
  while (true) {
    // Grown only for a file that fills it: most are small.
    bool is_last = have < bytes.size();
    if (!is_last && bytes.size() < kWindowBytes) {
      bytes.resize(kWindowBytes);
      const std::size_t more = taken(place, stream, std::span(bytes).subspan(have));
      have += more;
      read += more;
      is_last = have < bytes.size();
    }
    const std::string_view window(bytes.data(), have);
    const Content content{place,         window,   at.offset, at.line_feeds,
                          at.line_bytes, is_first, is_last};
    visitor_.visit(content);
    coverage_.advance(have);
    if (is_last) {
      if (!is_known && is_end_of_zip(window)) {
        coverage_.problem(Unread::kBroken, describe(place),
                          "it ends as a zip, which can only be opened in a file; unpack it and "
                          "scan what it holds");
      }
      coverage_.read(read, 0);
      return content;
    }
    const std::size_t step = have - kWindowOverlapBytes;
    at = behind(at, window.substr(0, step));
    is_first = false;
    std::memmove(bytes.data(), bytes.data() + step, kWindowOverlapBytes);
    const std::size_t more = taken(place, stream, std::span(bytes).subspan(kWindowOverlapBytes));
    have = kWindowOverlapBytes + more;
    read += more;
  }
}

std::uint64_t Contents::read_archive(const Place& place, ByteStream& stream,
                                     std::string_view first_bytes, int depth, Budget& budget) {
  auto archive = Archive::open(stream, first_bytes);
  if (!archive) {
    tell(place, archive.error());
    return 0;
  }
  const std::uint64_t members = read_members(*archive, place, depth, budget);
  if (members > 0 && !budget.is_spent) read_rest(*archive, place, depth, budget);
  if (members > 0 && !budget.is_spent) read_before(*archive, place, stream, depth, budget);
  return members;
}

std::uint64_t Contents::read_members(Archive& archive, const Place& place, int depth,
                                     Budget& budget) {
  std::uint64_t members = 0;
  std::string told;  // of a member: what ends there may end the archive, and is told once
  while (!budget.is_spent) {
    auto member = archive.next();
    if (!member) {
      if (member.error().detail != told) tell(place, member.error());
      return members;
    }
    if (*member == nullptr) break;
    ++members;
    if (++budget.members > limits_.members) {
      coverage_.problem(Unread::kLimit, describe(place),
                        fmt::format("more than {} members", limits_.members));
      budget.is_spent = true;
      break;
    }
    Place inner = place;
    inner.is_editable = false;
    inner.inside.push_back((*member)->name.empty() ? name_without_ending(place) : (*member)->name);
    coverage_.expect();
    if ((*member)->is_encrypted) {
      coverage_.problem(Unread::kEncrypted, describe(inner), "needs a password");
      continue;
    }
    MemberStream bytes(archive, {budget.size_bytes, budget.bytes, budget.is_spent}, limits_);
    read(inner, bytes, depth + 1, budget);
    told = bytes.problem();
  }
  // The archive itself is one of the files that were met.
  coverage_.read(0);
  return std::max<std::uint64_t>(members, 1);
}

void Contents::read_rest(Archive& archive, const Place& place, int depth, Budget& budget) {
  const auto rest = archive.rest();
  if (!rest) return tell(place, rest.error());
  const std::size_t have = taken_behind_filling(place, **rest, buffer(depth + 1));
  if (have == 0) return;
  Place behind = place;
  behind.is_editable = false;
  coverage_.expect();
  read_filled(behind, **rest, depth + 1, have, budget);
}

void Contents::read_before(Archive& archive, const Place& place, ByteStream& stream, int depth,
                           Budget& budget) {
  const auto size = archive.bytes_before();
  if (!size) return tell(place, size.error());
  if (*size == 0) return;
  FirstBytesStream before(stream, *size);
  const std::size_t have = taken(place, before, buffer(depth + 1));
  const std::string_view first(buffer(depth + 1).data(), have);
  // A file that only ends as a zip is read as it is, from its beginning.
  if (!begins_as_zip(first) && !ends_as_zip(first, before)) return;
  if (!before.go_to(have)) return;
  if (budget.joined == limits_.joined) {
    return coverage_.problem(Unread::kLimit, describe(place),
                             fmt::format("more than {} zips that were joined", limits_.joined));
  }
  Place joined = place;
  joined.is_editable = false;
  coverage_.expect();
  ++budget.joined;
  read_filled(joined, before, depth + 1, have, budget);
  --budget.joined;
}

}  // namespace rekey::discovery
