#include "cli/scan_progress.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "platform/clock.h"
#include "platform/files.h"

namespace rekey::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(ScanProgress, ALineTellsBytesRateAndTimeLeftAsFarAsTheyAreKnown) {
  EXPECT_EQ(progress_line({"files", 0, milliseconds{0}, 0}), "files");
  EXPECT_EQ(progress_line({"files", 512, milliseconds{10}, 0}), "files  512 B");
  EXPECT_EQ(progress_line({"files", 3'400'000, seconds{2}, 0}), "files  3.4 MB, 1.7 MB/s");
  EXPECT_EQ(progress_line({"files", 2'000'000'000, seconds{10}, 0.25}),
            "files  [##........]  25 %, 2.0 GB, 200 MB/s, about 31s left");
}

TEST(ScanProgress, AShareBeyondTheWholeIsTheWhole) {
  EXPECT_EQ(progress_line({"git history 1 of 2", 0, milliseconds{0}, 1.0000001}),
            "git history 1 of 2  [##########]  100 %");
}

TEST(ScanProgress, NothingIsWrittenWhereNobodyWatches) {
  platform::SetClock clock{base::from_millis(1'800'000'000'000)};
  platform::SystemFiles files;
  std::FILE* file = std::tmpfile();
  const Context context{clock, files, [](const char*) { return std::nullopt; }, file, file};
  {
    ScanProgress progress(context);
    progress.begin("files");
    clock.advance(seconds{5});
    progress.advance(1000);
    progress.reach(0.5);
  }
  EXPECT_EQ(std::ftell(file), 0);
  std::fclose(file);
}

}  // namespace
}  // namespace rekey::cli
