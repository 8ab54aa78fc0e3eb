#include "discovery/sources/processes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <glob.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/secret.h"
#include "discovery/sources/byte_stream.h"
#include "platform/descriptor.h"

namespace rekey::discovery {
namespace {

namespace fs = std::filesystem;

// Linux's limit of one argument is 128 KiB, of all of them a quarter of the stack (execve(2)).
constexpr std::size_t kMostBytes = std::size_t{8} << 20;

bool is_number(std::string_view name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}

// One file of proc(5), read at once.
class ProcessFile {
 public:
  ProcessFile(const std::string& path, std::vector<char>& buffer) {
    const platform::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) {
      error_ = errno;
      return;
    }
    DescriptorStream stream(file.get(), kMostBytes);
    const Filled filled = fill(stream, buffer);
    if (!filled.status) error_ = EACCES;
    text_ = std::string_view(buffer.data(), filled.size_bytes);
  }
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  [[nodiscard]] bool is_gone() const noexcept { return error_ == ENOENT || error_ == ESRCH; }
  [[nodiscard]] int error() const noexcept { return error_; }

 private:
  std::string_view text_;
  int error_ = 0;
};

// Reading it is an access by ptrace(2), section "Ptrace access mode checking", whatever the file's
// permissions are.
std::string words_of(int error) {
  std::string words = std::generic_category().message(error);
  if (error == EACCES || error == EPERM) {
    const bool is_root = ::geteuid() == 0;
    words += is_root ? "; the kernel refuses it to root as well: the process is protected"
                     : "; root may read it";
  }
  return words;
}

// "123 (nginx)"; the number alone where the name cannot be read.
std::string name_of_process(const std::string& folder, std::string_view number) {
  std::vector<char> buffer(64);
  const ProcessFile file(folder + "/comm", buffer);
  std::string_view name = file.text();
  if (name.ends_with('\n')) name.remove_suffix(1);
  return name.empty() ? std::string(number) : fmt::format("{} ({})", number, name);
}

// systemd.unit(5), "Unit File Load Path": of services and the like, and their drop-ins.
bool is_unit(const fs::path& path) {
  constexpr std::array<std::string_view, 5> kEndings{".service", ".socket", ".mount", ".swap",
                                                     ".conf"};
  return std::find(kEndings.begin(), kEndings.end(), path.extension().string()) != kEndings.end();
}

// systemd.exec(5), "EnvironmentFile=": an absolute path, behind a '-' where the file may be
// missing, and with the wildcards of glob(7).
void add_environment_files(const fs::path& unit, std::set<std::string>& files) {
  constexpr std::string_view kBlanks = " \t\r";
  constexpr std::string_view kKey = "EnvironmentFile";
  std::ifstream lines(unit);
  for (std::string line; std::getline(lines, line);) {
    std::string_view left = line;
    left.remove_prefix(std::min(left.find_first_not_of(kBlanks), left.size()));
    left.remove_suffix(left.size() - left.find_last_not_of(kBlanks) - 1);
    if (!left.starts_with(kKey)) continue;
    left.remove_prefix(std::min(left.find_first_not_of(kBlanks, kKey.size()), left.size()));
    if (!left.starts_with('=')) continue;
    left.remove_prefix(std::min(left.find_first_not_of(kBlanks, 1), left.size()));
    if (left.starts_with('-')) left.remove_prefix(1);
    if (!left.starts_with('/')) continue;
    ::glob_t found{};
    if (::glob(std::string(left).c_str(), 0, nullptr, &found) == 0) {
      for (std::size_t i = 0; i < found.gl_pathc; ++i) {
        std::error_code failure;
        if (fs::is_regular_file(found.gl_pathv[i], failure)) files.insert(found.gl_pathv[i]);
      }
    }
    ::globfree(&found);
  }
}

}  // namespace

base::Status ProcessSource::run(unsigned, Visitor& visitor, Coverage& coverage) {
  std::error_code failure;
  std::vector<std::string> numbers;
  for (const auto& entry : fs::directory_iterator(root_, failure)) {
    std::string name = entry.path().filename().string();
    if (is_number(name) && name != std::to_string(::getpid())) numbers.push_back(std::move(name));
  }
  if (failure) {
    return base::fail(base::Code::kUnavailable, fmt::format("{}: {}", root_, failure.message()));
  }
  std::sort(numbers.begin(), numbers.end());
  std::vector<char> buffer(kMostBytes);
  for (const std::string& number : numbers) {
    const std::string folder = root_ + "/" + number;
    for (const auto& [file, what] :
         {std::pair{"environ", "environment"}, std::pair{"cmdline", "command line"}}) {
      const ProcessFile read(folder + "/" + file, buffer);
      if (read.is_gone()) continue;
      Place place{fmt::format("process {}, {}", name_of_process(folder, number), what), {}};
      place.is_editable = false;
      coverage.expect();
      if (read.error() != 0) {
        coverage.problem(Unread::kUnreadable, place.path, words_of(read.error()));
        continue;
      }
      if (read.text().size() == kMostBytes) {
        coverage.problem(Unread::kLimit, place.path,
                         fmt::format("it may have more than {} bytes", kMostBytes));
      }
      visitor.visit({place, read.text()});
      coverage.read(read.text().size());
    }
  }
  base::wipe(buffer.data(), buffer.size());
  return {};
}

std::vector<std::string> places_of_services(const std::string& home) {
  std::vector<std::string> places{
      "/etc/systemd",     "/usr/lib/systemd/system", "/run/systemd/system",
      "/etc/crontab",     "/etc/anacrontab",         "/usr/local/lib/systemd/system",
      "/etc/cron.d",      "/etc/cron.hourly",        "/etc/cron.daily",
      "/etc/cron.weekly", "/etc/cron.monthly",       "/var/spool/cron",
      "/etc/default",     "/etc/environment"};
  if (!home.empty()) places.push_back(home + "/.config/systemd");
  std::erase_if(places, [](const std::string& place) {
    std::error_code failure;
    return !fs::exists(place, failure);
  });
  std::vector<std::string> files = environment_files_of(places);
  std::move(files.begin(), files.end(), std::back_inserter(places));
  return places;
}

std::vector<std::string> environment_files_of(const std::vector<std::string>& places) {
  std::set<std::string> files;
  for (const std::string& place : places) {
    std::error_code failure;
    const auto skip = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator at(place, skip, failure), end; !failure && at != end;
         at.increment(failure)) {
      std::error_code gone;
      if (at->is_regular_file(gone) && is_unit(at->path()))
        add_environment_files(at->path(), files);
    }
  }
  return {files.begin(), files.end()};
}

}  // namespace rekey::discovery
