// Repositories for tests: real ones, made by the git program, and forged packs.
//
// The git program runs without anybody's configuration, with fixed names and dates.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "discovery/git/multi_pack_index.h"
#include "discovery/git/object_store.h"
#include "platform/process.h"
#include "platform/temp_folder.h"

namespace rekey::discovery::git {

inline std::string file_content(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::stringstream content;
  content << stream.rdbuf();
  return content.str();
}

inline void write_file(const std::string& path, std::string_view content) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

// What `at N` sets: N days after 2026-01-01 by author and committer.
inline constexpr std::string_view kGitScript = R"sh(set -eu
for v in $(env | sed -n 's/^\(GIT_[A-Z_]*\)=.*/\1/p'); do unset "$v"; done
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_TERMINAL_PROMPT=0 LC_ALL=C
export GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=ann@example.com
export GIT_COMMITTER_NAME=Carl GIT_COMMITTER_EMAIL=carl@example.com
export HOME=/nonexistent
as() { export GIT_AUTHOR_NAME="$1" GIT_AUTHOR_EMAIL="$1@example.com"; }
at() {
  day="$((1767225600 + $1 * 86400)) +0000"
  export GIT_AUTHOR_DATE="$day" GIT_COMMITTER_DATE="$day"
}
quiet="-c gc.auto=0 -c maintenance.auto=false -c advice.detachedHead=false"
git() { command git $quiet -c protocol.file.allow=always "$@"; }
at 0
)sh";

class GitFolder {
 public:
  // Runs a shell script in the folder; the test fails where it does.
  void run(const std::string& script) const {
    const auto result = platform::run_process(
        {"sh", "-c", std::string(kGitScript) + "cd '" + path() + "'\n" + script},
        std::chrono::seconds(120));
    ASSERT_TRUE(result) << result.error().detail;
    ASSERT_EQ(result->exit_code, 0) << script << "\n" << result->output_tail;
  }
  // What the script writes to standard output, without the last line end.
  [[nodiscard]] std::string ask(const std::string& script) const {
    const auto out = folder_ / "ask.out";
    run("( " + script + "\n) >'" + out + "'");
    auto text = file_content(out);
    if (text.ends_with('\n')) text.pop_back();
    return text;
  }
  [[nodiscard]] ObjectId id(const std::string& name, const std::string& repository = "r") const {
    const auto text = ask("git -C " + repository + " rev-parse --verify -q '" + name + "'");
    const auto id = ObjectId::from_hex(text);
    EXPECT_TRUE(id) << name << ": " << text;
    return id.value_or(ObjectId{});
  }
  [[nodiscard]] const std::string& path() const { return folder_.path(); }
  [[nodiscard]] std::string operator/(const std::string& name) const { return folder_ / name; }

 private:
  platform::TempFolder folder_;
};

struct Content {
  ObjectType type = ObjectType::kBlob;
  std::string bytes;
  friend bool operator==(const Content&, const Content&) = default;
};
using Contents = std::map<ObjectId, Content>;

// Keeps every object; pieces are put together, and their overlaps compared.
class Keeper final : public ObjectVisitor {
 public:
  void take(unsigned /*thread*/, const ObjectView& object) override {
    const std::lock_guard lock(mutex_);
    const auto text = std::string(base::text_of(object.bytes));
    auto [entry, is_new] = contents_.try_emplace(object.id, Content{object.type, text});
    if (is_new) {
      EXPECT_EQ(object.offset_bytes, 0U);
      return;
    }
    auto& bytes = entry->second.bytes;
    EXPECT_GT(object.offset_bytes, 0U) << object.id.hex() << " was given twice";
    ++pieces_;
    ASSERT_LE(object.offset_bytes, bytes.size());
    const auto overlap = bytes.size() - object.offset_bytes;
    EXPECT_EQ(bytes.substr(object.offset_bytes), text.substr(0, overlap));
    bytes += text.substr(overlap);
  }
  [[nodiscard]] const Contents& contents() const { return contents_; }
  [[nodiscard]] int pieces() const { return pieces_; }

 private:
  std::mutex mutex_;
  Contents contents_;
  int pieces_ = 0;
};

// Every object as the git program tells it. Its answer is one line, the content and a line end.
inline Contents contents_by_git(const GitFolder& folder, const std::string& repository) {
  folder.run("git -C '" + repository + "' cat-file --batch-all-objects --unordered --batch >'" +
             (folder / "batch.out") + "'");
  const auto out = file_content(folder / "batch.out");
  Contents contents;
  std::string_view left = out;
  while (!left.empty()) {
    const auto line = left.substr(0, left.find('\n'));
    std::istringstream words{std::string(line)};
    std::string id;
    std::string type;
    std::size_t size = 0;
    words >> id >> type >> size;
    left.remove_prefix(line.size() + 1);
    const auto is = object_type(type);
    EXPECT_TRUE(is) << line;
    if (!is) break;
    contents[*ObjectId::from_hex(id)] = {*is, std::string(left.substr(0, size))};
    left.remove_prefix(size + 1);
  }
  return contents;
}

inline std::unique_ptr<ObjectStore> open_store(const std::string& path) {
  auto store = ObjectStore::open(path);
  EXPECT_TRUE(store) << (store ? "" : store.error().detail);
  return store ? std::move(*store) : nullptr;
}

inline std::string told(ObjectStore& store) {
  std::string text;
  for (const auto& problem : store.problems().list()) {
    text +=
        std::string(name_of(problem.kind)) + ": " + problem.subject + ": " + problem.detail + "\n";
  }
  return text;
}

// A pack that no git program would write, with an index that names its entries as it likes.
class ForgedPack {
 public:
  static std::string deflated(std::string_view content) {
    uLongf size = ::compressBound(static_cast<uLong>(content.size()));
    std::string out(size, '\0');
    ::compress(reinterpret_cast<Bytef*>(out.data()), &size,
               reinterpret_cast<const Bytef*>(content.data()), static_cast<uLong>(content.size()));
    out.resize(size);
    return out;
  }
  // A delta that writes `inserted` (at most 127 bytes) after the whole of a base.
  static std::string appending(std::size_t base_bytes, std::string_view inserted) {
    std::string delta = size_of(base_bytes) + size_of(base_bytes + inserted.size());
    if (base_bytes > 0) {
      delta += static_cast<char>(0xb0);  // copy from offset 0, two bytes of size
      delta += static_cast<char>(base_bytes & 0xff);
      delta += static_cast<char>(base_bytes >> 8 & 0xff);
    }
    delta += static_cast<char>(inserted.size());
    return delta.append(inserted);
  }
  // An id of one repeated byte.
  static ObjectId named(std::uint8_t byte) {
    return ObjectId::of(std::vector<std::uint8_t>(20, byte));
  }

  std::uint64_t add_whole(const ObjectId& id, ObjectType type, std::string_view content) {
    return add(id, static_cast<unsigned>(type), content.size(), "", deflated(content));
  }
  std::uint64_t add_offset_delta(const ObjectId& id, std::uint64_t base, std::string_view delta) {
    auto distance = end() - base;
    std::string encoded(1, static_cast<char>(distance & 0x7f));
    while ((distance >>= 7) != 0) {
      encoded.insert(encoded.begin(), static_cast<char>(0x80 | (--distance & 0x7f)));
    }
    return add(id, 6, delta.size(), encoded, deflated(delta));
  }
  std::uint64_t add_id_delta(const ObjectId& id, const ObjectId& base, std::string_view delta) {
    return add(id, 7, delta.size(), std::string(base::text_of(base.view())), deflated(delta));
  }
  // An entry with a header and a stream that need not fit each other.
  std::uint64_t add(const ObjectId& id, unsigned kind, std::uint64_t size, std::string_view base,
                    std::string_view stream) {
    const auto offset = end();
    std::string header(1, static_cast<char>(kind << 4 | (size & 0x0f)));
    for (size >>= 4; size != 0; size >>= 7) {
      header.back() = static_cast<char>(header.back() | 0x80);
      header += static_cast<char>(size & 0x7f);
    }
    bytes_.append(header).append(base).append(stream);
    entries_[id] = offset;
    return offset;
  }
  void place(const ObjectId& id, std::uint64_t offset) { entries_[id] = offset; }
  // Of zeros, which take no room on the disk, once.
  void leave_gap(std::uint64_t bytes) {
    gap_at_ = bytes_.size();
    gap_bytes_ = bytes;
  }

  // Both files, whole or cut to `pack_bytes`.
  void write(const std::string& repository, const std::string& name = "pack-forged",
             std::size_t pack_bytes = SIZE_MAX) const {
    auto pack = bytes_;
    const std::string tail = gap_bytes_ == 0 ? "" : pack.substr(gap_at_) + std::string(20, 'T');
    if (gap_bytes_ > 0) pack.resize(gap_at_);
    pack[11] = static_cast<char>(entries_.size());
    if (gap_bytes_ == 0) pack.append(20, 'T');
    pack.resize(std::min(pack.size(), pack_bytes));
    const auto stem = repository + "/objects/pack/" + name;
    write_file(stem + ".pack", pack);
    if (gap_bytes_ > 0) {
      std::filesystem::resize_file(stem + ".pack", gap_at_ + gap_bytes_);
      std::ofstream(stem + ".pack", std::ios::app | std::ios::binary) << tail;
    }
    write_file(stem + ".idx", index());
  }
  [[nodiscard]] std::string index() const {
    std::vector<PackIndexEntry> entries;
    for (const auto& [id, offset] : entries_) entries.push_back({id.bytes.data(), offset});
    auto content = write_pack_index(entries, 20);
    std::fill(content.end() - 40, content.end() - 20, static_cast<std::uint8_t>('T'));
    return std::string(base::text_of(content));
  }

 private:
  static std::string size_of(std::uint64_t size) {
    std::string out;
    for (; size >= 0x80; size >>= 7) out += static_cast<char>(0x80 | (size & 0x7f));
    return out += static_cast<char>(size);
  }
  [[nodiscard]] std::uint64_t end() const { return bytes_.size() + gap_bytes_; }
  std::string bytes_{"PACK\0\0\0\2\0\0\0\0", 12};
  std::size_t gap_at_ = 0;
  std::uint64_t gap_bytes_ = 0;
  std::map<ObjectId, std::uint64_t> entries_;
};

// A repository without any object.
inline void make_empty(const std::string& path) {
  write_file(path + "/HEAD", "ref: refs/heads/main\n");
  std::filesystem::create_directories(path + "/objects/pack");
  std::filesystem::create_directories(path + "/refs");
}

}  // namespace rekey::discovery::git
