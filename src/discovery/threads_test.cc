// Work is done with fewer threads where the system gives no more.
#include "discovery/threads.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "discovery/git/git_test_support.h"
#include "discovery/sources/tree.h"

namespace rekey::discovery {
namespace {

constexpr unsigned kThreads = 8;

// For the rest of this process. The limit does not hold for root.
void forbid_threads() {
  constexpr uid_t kNobody = 65534;
  if (::geteuid() == 0 && ::setresuid(kNobody, kNobody, kNobody) != 0) std::_Exit(2);
  const rlimit limit{1, 1};
  if (::setrlimit(RLIMIT_NPROC, &limit) != 0) std::_Exit(3);
  try {
    std::jthread([] {}).join();
    std::_Exit(4);
  } catch (const std::system_error&) {
  }
}

[[noreturn]] void end(bool is_good) {
  std::_Exit(is_good ? 0 : 1);
}

const testing::ExitedWithCode kGood(0);

TEST(ThreadsDeathTest, EveryPartIsDoneWithoutAnyOtherThread) {
  const auto each_once = [] {
    std::atomic<unsigned> parts{0};
    on_threads(kThreads, [&](unsigned part) { parts += 1U << part; });
    return parts == (1U << kThreads) - 1;
  };
  EXPECT_TRUE(each_once());
  EXPECT_EXIT((forbid_threads(), end(each_once())), kGood, "");
}

TEST(ThreadsDeathTest, AStoreIsVisitedWithoutAnyOtherThread) {
  const git::GitFolder folder;
  folder.run(R"sh(git init -q -b main r; cd r; seq 1 500 >a; git add a; git commit -qm first
seq 1 520 >a; git add a; git commit -qm second; git repack -qad; echo more >b; git add b)sh");
  folder.run("chmod -R a+rX .");
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  const auto store = git::open_store(folder / "r");
  git::VisitOptions options;
  options.threads = kThreads;
  const auto is_visited = [&] {
    git::Keeper keeper;
    const auto counts = store->visit_and_find_missing(options, keeper);
    return keeper.contents().size() == 5 && counts.lost == 0 && store->problems().count() == 0;
  };
  EXPECT_TRUE(is_visited()) << told(*store);
  EXPECT_EXIT((forbid_threads(), end(is_visited())), kGood, "");
}

TEST(ThreadsDeathTest, ATreeOfFilesIsReadWithoutAnyOtherThread) {
  class Counter final : public Visitor {
   public:
    void visit(const Content& /*content*/) override { ++count; }
    std::atomic<int> count{0};
  };
  const git::GitFolder folder;
  folder.run("for n in 1 2 3 4 5 6 7 8 9; do mkdir d$n; echo text >d$n/file; done");
  folder.run("chmod -R a+rX .");
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  TreeOptions options;
  options.roots = {folder.path()};
  const auto is_read = [&] {
    Counter counter;
    Coverage coverage;
    return TreeSource(options).run(kThreads, counter, coverage).has_value() && counter.count == 9;
  };
  EXPECT_TRUE(is_read());
  EXPECT_EXIT((forbid_threads(), end(is_read())), kGood, "");
}

}  // namespace
}  // namespace rekey::discovery
