// The certificate of a scan: what was expected, read and left out, and why. Silence is no proof of
// absence; this is what can be said instead.
//
// Two kinds of what was not read: *left out* because a rule said so (an ignore rule, a socket that
// holds no content), and *problems* (unreadable, broken, beyond a limit), which make the scan
// incomplete. Every problem is told once; lists are bounded, counts are not. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "discovery/progress.h"

namespace rekey::discovery {

enum class LeftOut {
  kIgnored,   // by an ignore rule
  kSpecial,   // a socket, pipe or device
  kLink,      // a symbolic link: its target is read where it is itself under a root
  kGitStore,  // the folder of a git repository
  kHole,      // stretches of sparse files that were never written
  kUntagged,  // an ended secret that is known and of which there is nothing to look for
};
[[nodiscard]] std::string_view name_of(LeftOut reason) noexcept;

enum class Unread {
  kUnreadable,  // the system refused
  kChanged,     // it shrank or went away while it was read
  kBroken,      // an archive that is damaged or of an unknown kind
  kEncrypted,   // a member that needs a password
  kLimit,       // beyond a limit of depth, size, ratio or number
  kMissing,     // something refers to it, and it is not here (a partial or shallow clone)
};
[[nodiscard]] std::string_view name_of(Unread reason) noexcept;

struct Problem {
  Unread reason = Unread::kUnreadable;
  std::string where;
  std::string detail;
  friend auto operator<=>(const Problem&, const Problem&) = default;
};

// What the certificate says in the end; lists are in order.
struct Certificate {
  std::uint64_t files_expected = 0;  // files and members met, whatever became of them
  std::uint64_t files_read = 0;
  std::uint64_t bytes_read = 0;  // as scanned: members of archives decompressed
  std::map<LeftOut, std::uint64_t> left_out;
  std::map<LeftOut, std::vector<std::string>> left_out_examples;  // at most kExamples each
  std::map<Unread, std::uint64_t> unread;
  std::vector<Problem> problems;  // at most kProblemsKept
  [[nodiscard]] bool is_complete() const noexcept { return unread.empty(); }
};

class Coverage {
 public:
  // `progress` outlives it; nullptr: nobody is told how far the scan has come.
  explicit Coverage(Progress* progress = nullptr) : progress_(progress) {}

  static constexpr std::size_t kExamples = 5;
  static constexpr std::size_t kProblemsKept = 200;

  void expect(std::uint64_t files = 1);
  void read(std::uint64_t bytes, std::uint64_t files = 1);
  void leave_out(LeftOut reason, const std::string& where);
  // The same reason at the same place counts once.
  void problem(Unread reason, std::string where, std::string detail);

  // To the progress, where there is one.
  void begin(const std::string& step);
  void advance(std::uint64_t bytes);
  void reach(double share);

  [[nodiscard]] Certificate certificate() const;

 private:
  mutable std::mutex mutex_;
  Certificate certificate_;
  std::map<std::pair<Unread, std::string>, std::string> told_;
  Progress* progress_;
};

}  // namespace rekey::discovery
