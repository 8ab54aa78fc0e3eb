// The program of examples/exec-sink/ with a real file of its own: the target of the sink "exec" in
// the conformance suite.
#pragma once

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/clock.h"
#include "platform/temp_folder.h"
#include "rotation/sinks/conformance.h"
#include "rotation/sinks/exec.h"

namespace rekey::rotation::conformance {

inline std::string sample_program() {
  return std::string(REKEY_SOURCE_DIR) + "/examples/exec-sink/secrets-file";
}

class ExecTarget {
 public:
  static constexpr std::string_view kKind = "exec";
  static constexpr std::string_view kFormat = "";

  ExecTarget() {
    write_file(raw_with(kOldValue));
    ::chmod(path_.c_str(), 0640);
  }

  [[nodiscard]] DriverSpec spec() const { return spec_with("SECRET"); }
  [[nodiscard]] DriverSpec spec_of_neighbour() const { return spec_with("OTHER"); }
  std::unique_ptr<Sink> sink_of(const DriverSpec& place) {
    return make_sink(builtin_drivers(), place, {clock_, files_}).value();
  }
  std::unique_ptr<Sink> sink() { return sink_of(spec()); }
  std::unique_ptr<Sink> sink_disturbed_by(std::function<void()> disturb) {
    const AskProcess ask = ask_command(*spec().words("command"));
    return make_exec_sink(spec(), [ask, disturb = std::move(disturb)](
                                      const platform::Question& question, base::Duration timeout) {
      if (question.text.find(R"("dry_run":false)") != std::string_view::npos) disturb();
      return ask(question, timeout);
    });
  }
  [[nodiscard]] std::string name() const { return path_; }

  std::string raw() {
    std::ostringstream content;
    content << std::ifstream(path_, std::ios::binary).rdbuf();
    return content.str();
  }
  [[nodiscard]] std::string raw_with(std::string_view value) const {
    return fmt::format("# keep = canary\nFIRST=a  b\nSECRET={}\n\nOTHER={}\n", value, other_);
  }
  std::string attributes() {
    struct stat facts {};
    ::stat(path_.c_str(), &facts);
    return fmt::format("{:o} {}:{}", facts.st_mode, facts.st_uid, facts.st_gid);
  }

  void set_value(std::string_view value) { write_file(raw_with(value)); }
  void change_neighbour() {
    other_ = "changed";
    write_file(raw_with(kOldValue));
  }
  void remove() { std::filesystem::remove(path_); }
  // A folder under the file's name: not even the superuser can read that.
  void make_unreadable() {
    std::filesystem::remove(path_);
    std::filesystem::create_directory(path_);
  }
  void garble() { write_file(fmt::format("SECRET={}\nno assignment\n", kOldValue)); }
  static std::vector<std::string> uncarriable() {
    return {"canary\nx=1", std::string("canary\0", 7)};
  }

 private:
  [[nodiscard]] DriverSpec spec_with(std::string_view key) const {
    return make_spec(exec_sink().kind,
                     {{"command", setting_of_words({sample_program(), path_, std::string(key)})}});
  }
  void write_file(const std::string& content) { std::ofstream(path_, std::ios::binary) << content; }

  platform::TempFolder folder_;
  std::string path_ = folder_ / "secrets";
  std::string other_ = "1";
  platform::SetClock clock_{base::from_millis(0)};
  platform::SystemFiles files_;
};

}  // namespace rekey::rotation::conformance
