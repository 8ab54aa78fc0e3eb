// The rules of the house, checked over the source tree: who may include whom, where third-party
// headers live, which calls are banned, how long a file may be.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

const fs::path kSource = fs::path(REKEY_SOURCE_DIR) / "src";
constexpr std::size_t kLongestFileLines = 600;
constexpr std::size_t kLongestLineColumns = 100;

// docs/architecture.md, "The rooms": the ground floor first; a room may include itself and these.
const std::map<std::string, Names> kAllowedRooms = {
    {"base", {}},
    {"crypto", {"base"}},
    {"credential", {"base"}},
    {"documents", {"base"}},
    {"platform", {"base"}},
    {"telemetry", {"base"}},
    {"storage", {"base", "platform"}},
    {"ledger", {"base", "crypto", "platform", "storage"}},
    {"net", {"base", "crypto", "telemetry"}},
    {"intake", {"base", "crypto", "platform", "net"}},
    {"engagement", {"base", "platform", "telemetry", "storage", "net"}},
    {"authority",
     {"base", "crypto", "credential", "platform", "telemetry", "storage", "ledger", "net"}},
    {"rotation",
     {"base", "crypto", "credential", "documents", "platform", "telemetry", "storage", "ledger",
      "net"}},
    {"notice",
     {"base", "crypto", "credential", "platform", "telemetry", "storage", "ledger", "net"}},
    {"discovery", {"base", "crypto", "credential", "documents", "platform", "telemetry", "net"}},
    {"cli",
     {"base", "crypto", "credential", "documents", "platform", "telemetry", "storage", "ledger",
      "net", "intake", "engagement", "authority", "rotation", "notice", "discovery"}},
};

// A third-party header's homes. fmt and tl::expected are at home everywhere.
const std::vector<std::pair<std::string, Names>> kThirdPartyHomes = {
    {"openssl/", {"crypto", "net"}},
    {"sqlite3.h", {"storage"}},
    {"boost/", {"net"}},
    {"curl/", {"net"}},
    {"simdjson", {"net"}},
    {"yaml-cpp/", {"rotation", "discovery"}},
    {"spdlog/", {"telemetry"}},
    {"prometheus/", {"telemetry"}},
    {"CLI/", {"cli"}},
    {"libxml/", {"rotation", "engagement"}},
    {"archive", {"discovery"}},
    {"date/", {"platform"}},
    {"libdeflate.h", {"discovery"}},
    {"zlib.h", {"discovery"}},
    {"bzlib.h", {"discovery"}},
    {"lzma.h", {"discovery"}},
    {"zstd.h", {"discovery"}},
    {"lz4frame.h", {"discovery"}},
};

struct Ban {
  std::vector<std::string> words;  // whole ones
  Names allowed_rooms;
  std::string why;
};
const std::vector<Ban> kBans = {
    {{"system_clock::now", "::time(nullptr)", "gettimeofday", "clock_gettime"},
     {"platform", "net"},
     "time is an argument; only platform/ asks the system, and net/ for its Date header"},
    {{"steady_clock::now"}, {"platform", "net"}, "waiting goes through platform::Clock"},
    {{"this_thread::sleep_for", "this_thread::sleep_until", "usleep("},
     {"platform"},
     "waiting goes through platform::Clock"},
    {{"std::rand", "rand()", "std::mt19937", "std::random_device"}, {}, "entropy is an argument"},
    {{"std::regex"}, {}, "too slow and too easy to blow up"},
    {{"sprintf", "strcpy", "strcat", "gets("}, {}, "unbounded"},
    {{"TODO", "FIXME", "XXX"}, {}, "finish it, or file an issue"},
    {{"system(", "popen("}, {}, "no shell"},
};
const Names kPureRooms = {"base", "credential", "documents"};

struct Include {
  std::string target;
  bool is_ours;
};

struct File {
  fs::path path;
  std::string room;
  bool is_header = false;
  bool is_test = false;
  std::vector<std::string> lines;
  std::vector<std::string> code;  // of each line
  std::vector<Include> includes;
  [[nodiscard]] std::string name() const { return fs::relative(path, kSource).string(); }
};

void add_include(File& file, const std::string& line) {
  if (!line.starts_with("#include ")) return;
  const auto open = line.find_first_of("<\"");
  const auto close = line.find_first_of(">\"", open + 1);
  if (open == std::string::npos || close == std::string::npos) return;
  file.includes.push_back({line.substr(open + 1, close - open - 1), line[open] == '"'});
}

// The code of a line: without its // comment and the content of string literals.
std::string code_of(const std::string& line) {
  std::string code;
  bool is_in_string = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (!is_in_string && line.compare(i, 2, "//") == 0) break;
    if (line[i] == '"' && (i == 0 || line[i - 1] != '\\')) is_in_string = !is_in_string;
    if (!is_in_string) code += line[i];
  }
  return code;
}

bool is_of_a_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Whether `code` has `word`, and not as a part of a longer name.
bool has_word(const std::string& code, const std::string& word) {
  for (auto at = code.find(word); at != std::string::npos; at = code.find(word, at + 1)) {
    const auto end = at + word.size();
    const bool begins = at == 0 || !is_of_a_name(word.front()) || !is_of_a_name(code[at - 1]);
    const bool ends = end == code.size() || !is_of_a_name(word.back()) || !is_of_a_name(code[end]);
    if (begins && ends) return true;
  }
  return false;
}

std::vector<File> read_sources() {
  std::vector<File> files;
  for (const auto& entry : fs::recursive_directory_iterator(kSource)) {
    const auto extension = entry.path().extension();
    if (extension != ".h" && extension != ".cc") continue;
    File file;
    file.path = entry.path();
    file.room = fs::relative(entry.path(), kSource).begin()->string();
    file.is_header = extension == ".h";
    const auto stem = entry.path().stem().string();
    file.is_test = stem.ends_with("_test") || stem.find("test_support") != std::string::npos;
    std::ifstream stream(entry.path());
    for (std::string line; std::getline(stream, line);) {
      add_include(file, line);
      file.code.push_back(code_of(line));
      file.lines.push_back(std::move(line));
    }
    files.push_back(std::move(file));
  }
  return files;
}

const std::vector<File>& sources() {
  static const auto kFiles = read_sources();
  return kFiles;
}

TEST(Tidy, ABannedWordIsFoundWholeAndInCodeAlone) {
  EXPECT_TRUE(has_word(code_of("  const auto now = std::chrono::system_clock::now();"),
                       "system_clock::now"));
  EXPECT_TRUE(has_word("  system(command);", "system("));
  EXPECT_TRUE(has_word("::system(command);", "system("));
  EXPECT_FALSE(has_word("file_system(command);", "system("));
  EXPECT_FALSE(has_word("int FIXMES = 1;", "FIXME"));
  EXPECT_FALSE(has_word(code_of("say(\"rand()\");  // rand()"), "rand()"));
}

TEST(Tidy, FindsTheSources) {
  EXPECT_GT(sources().size(), 50u);
}

TEST(Tidy, EveryRoomIncludesOnlyTheRoomsThatItMay) {
  for (const auto& file : sources()) {
    const auto allowed = kAllowedRooms.find(file.room);
    ASSERT_NE(allowed, kAllowedRooms.end())
        << file.name() << ": a room that the table does not know";
    for (const auto& include : file.includes) {
      if (!include.is_ours) continue;
      const auto room = include.target.substr(0, include.target.find('/'));
      EXPECT_TRUE(room == file.room || allowed->second.contains(room))
          << file.name() << " includes " << include.target << ", and " << file.room
          << "/ may not use " << room << "/";
    }
  }
}

TEST(Tidy, ThirdPartyHeadersStayAtHomeAndOutOfHeaders) {
  for (const auto& file : sources()) {
    for (const auto& include : file.includes) {
      if (include.is_ours) continue;
      for (const auto& [prefix, homes] : kThirdPartyHomes) {
        if (!include.target.starts_with(prefix)) continue;
        EXPECT_TRUE(homes.contains(file.room)) << file.name() << " includes " << include.target;
        if (!file.is_header || !homes.contains(file.room)) continue;
        for (const auto& other : sources()) {
          for (const auto& reached : other.includes) {
            EXPECT_FALSE(other.room != file.room && reached.target == file.name())
                << other.name() << " reaches " << include.target << " through " << file.name();
          }
        }
      }
    }
  }
}

TEST(Tidy, BannedCallsDoNotOccur) {
  for (const auto& ban : kBans) {
    for (const auto& file : sources()) {
      if (file.is_test || ban.allowed_rooms.contains(file.room)) continue;
      for (std::size_t i = 0; i < file.code.size(); ++i) {
        for (const auto& word : ban.words) {
          EXPECT_FALSE(has_word(file.code[i], word))
              << file.name() << ":" << i + 1 << ": " << word << ": " << ban.why;
        }
      }
    }
  }
}

TEST(Tidy, PureRoomsDoNoInputOrOutput) {
  const Names banned{"fstream", "iostream", "cstdio", "filesystem",
                     "thread",  "mutex",    "atomic", "unistd.h"};
  for (const auto& file : sources()) {
    if (file.is_test || !kPureRooms.contains(file.room)) continue;
    if (file.name() == "base/assert.cc") continue;  // says why it stops, then stops
    for (const auto& include : file.includes) {
      EXPECT_FALSE(banned.contains(include.target) || include.target.starts_with("sys/"))
          << file.name() << " includes " << include.target;
    }
  }
}

TEST(Tidy, FilesAndLinesAreShort) {
  for (const auto& file : sources()) {
    EXPECT_LE(file.lines.size(), kLongestFileLines)
        << file.name() << " holds more than one subject";
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      // Columns, not bytes: continuation bytes of UTF-8 take no room.
      std::size_t columns = 0;
      for (const char c : file.lines[i]) {
        columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
      }
      if (file.lines[i].find("R\"") != std::string::npos) continue;  // nothing can break it
      EXPECT_LE(columns, kLongestLineColumns) << file.name() << ":" << i + 1;
    }
  }
}

TEST(Tidy, EveryHeaderSaysWhatItIsFor) {
  for (const auto& file : sources()) {
    if (!file.is_header) continue;
    ASSERT_FALSE(file.lines.empty()) << file.name();
    EXPECT_TRUE(file.lines[0].starts_with("// ")) << file.name() << " begins without a sentence";
    EXPECT_TRUE(std::find(file.lines.begin(), file.lines.end(), "#pragma once") != file.lines.end())
        << file.name();
  }
}

TEST(Tidy, TheLinkListsAreTheSameTable) {
  for (const auto& [room, allowed] : kAllowedRooms) {
    std::ifstream stream(kSource / room / "CMakeLists.txt");
    std::stringstream content;
    content << stream.rdbuf();
    std::string text = content.str();
    const auto uses = text.find(" USES ");
    Names linked;
    if (uses != std::string::npos) {
      std::istringstream words(text.substr(uses + 6));
      for (std::string word; words >> word;) {
        const bool is_last = word.ends_with(")");
        if (is_last) word.pop_back();
        if (word == "LIBRARIES" || word == "TEST_USES") break;
        linked.insert(word);
        if (is_last) break;
      }
    }
    EXPECT_EQ(linked, allowed) << "src/" << room << "/CMakeLists.txt";
  }
}

}  // namespace
