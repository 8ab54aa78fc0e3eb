#include "discovery/sources/processes.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "platform/temp_folder.h"

namespace rekey::discovery {
namespace {

class Kept final : public Visitor {
 public:
  void visit(const Content& content) override {
    seen[describe(content.place)] = std::string(content.bytes);
  }
  std::map<std::string, std::string> seen;
};

TEST(Processes, EnvironmentsAndCommandLinesAreRead) {
  const platform::TempFolder folder;
  const auto write = [&](const std::string& name, const std::string& text) {
    const std::filesystem::path path(folder / name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  };
  write("12/comm", "sync\n");
  write("12/environ", std::string("A=1\0B=2\0", 8));
  write("12/cmdline", std::string("sync\0--x\0", 9));
  write("13/cmdline", "");
  write("meminfo", "no process");
  Kept kept;
  Coverage coverage;
  ASSERT_TRUE(ProcessSource(folder.path()).run(1, kept, coverage));
  EXPECT_EQ(kept.seen, (std::map<std::string, std::string>{
                           {"process 12 (sync), environment", std::string("A=1\0B=2\0", 8)},
                           {"process 12 (sync), command line", std::string("sync\0--x\0", 9)},
                           {"process 13, command line", ""}}));
  EXPECT_TRUE(coverage.certificate().is_complete());
  EXPECT_EQ(coverage.certificate().files_read, 3U);
}

TEST(Processes, FilesThatUnitsTakeTheirEnvironmentFromAreNamed) {
  const platform::TempFolder folder;
  const auto write = [&](const std::string& name, const std::string& text) {
    const std::filesystem::path path(folder / name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  };
  const std::string plain = write("opt/sync.env", "A=1\n");
  const std::string optional = write("opt/more.env", "B=2\n");
  const std::string first = write("opt/parts/1.env", "C=3\n");
  const std::string no_unit = write("opt/none.env", "D=4\n");
  write("units/sync.service", "[Service]\nEnvironmentFile=" + plain + "\nEnvironmentFile = -" +
                                  optional + "\nEnvironmentFile=-" + (folder / "gone") + "\n");
  write("units/sync.service.d/a.conf",
        "[Service]\nEnvironmentFile=" + (folder / "opt/parts/*.env") + "\n");
  write("units/notes.txt", "EnvironmentFile=" + no_unit + "\n");
  EXPECT_EQ(environment_files_of({folder / "units", folder / "nowhere"}),
            (std::vector<std::string>{optional, first, plain}));
}

TEST(Processes, WhereNoneAreToldIsAnError) {
  Kept kept;
  Coverage coverage;
  const auto status = ProcessSource("/nonexistent").run(1, kept, coverage);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::Code::kUnavailable);
}

}  // namespace
}  // namespace rekey::discovery
