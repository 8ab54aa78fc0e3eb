// The environments and command lines of running processes, as far as the user may read them
// (proc(5)).
#pragma once

#include <string>

#include "discovery/source.h"

namespace rekey::discovery {

class ProcessSource final : public Source {
 public:
  // `root`: where proc is mounted. This process itself is left out.
  explicit ProcessSource(std::string root = "/proc") : root_(std::move(root)) {}
  // A process that may not be read is a problem; one that ends meanwhile is none.
  [[nodiscard]] base::Status run(unsigned threads, Visitor& visitor, Coverage& coverage) override;

 private:
  std::string root_;
};

// Where this machine starts programs from, beside processes: folders and files of systemd and cron
// that exist, and the files from which units take environments. `home`: the user's; may be empty.
[[nodiscard]] std::vector<std::string> places_of_services(const std::string& home);

// The files that systemd's units below these folders name by EnvironmentFile= and that exist.
[[nodiscard]] std::vector<std::string> environment_files_of(const std::vector<std::string>& places);

}  // namespace rekey::discovery
