// Is told how far a scan has come, while it goes.
#pragma once

#include <cstdint>
#include <string>

namespace rekey::discovery {

class Progress {
 public:
  virtual ~Progress() = default;
  // What is read from now on, such as "files". One thread.
  virtual void begin(const std::string& step) = 0;
  // So many bytes more were looked at. Any thread.
  virtual void advance(std::uint64_t bytes) = 0;
  // How much of the step is done, from 0 to 1, as far as that can be told. Any thread.
  virtual void reach(double share) = 0;
};

}  // namespace rekey::discovery
