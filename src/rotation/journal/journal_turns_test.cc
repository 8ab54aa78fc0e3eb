#include "rotation/journal/journal_turns.h"

#include <gtest/gtest.h>

#include <thread>

#include "platform/temp_folder.h"

namespace rekey::rotation {
namespace {

constexpr base::Instant kNow{base::Duration{1'800'000'000'000}};
constexpr int kWriters = 24;
constexpr int kEvents = 40;

// Without turns some of them give up, since others are faster at each retry.
TEST(JournalTurns, ManyWritersOfOneDatabaseAllComeToTheirEnd) {
  const platform::TempFolder folder;
  platform::SystemFiles files;
  std::mutex turn;
  std::vector<std::string> problems(kWriters);
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&, i] {
      const std::string name = "run-" + std::to_string(i);
      const auto write = [&]() -> base::Status {
        REKEY_TRY(const auto journal, open_journal_in_turns(files, folder / "state",
                                                            {"client" + name, "-"}, kNow, turn));
        RunPlanned plan;
        plan.run_id = name;
        plan.client_id = "client" + name;
        plan.slot = "-";
        REKEY_CHECK(journal->append(name, 0, {{kNow, plan}}, {}));
        for (int k = 1; k < kEvents; ++k) {
          REKEY_CHECK(journal->append(name, k, {{kNow, RunResumed{}}}, {}));
        }
        REKEY_TRY(const auto events, journal->load(name));
        return events.size() == kEvents ? base::Status()
                                        : base::fail(base::Code::kInternal, "events are missing");
      };
      const auto written = write();
      if (!written) problems[static_cast<std::size_t>(i)] = written.error().detail;
    });
  }
  for (std::thread& writer : writers) writer.join();
  for (const std::string& problem : problems) EXPECT_EQ(problem, "");
}

}  // namespace
}  // namespace rekey::rotation
