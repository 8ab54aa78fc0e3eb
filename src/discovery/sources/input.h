// Bytes that are given to the command: standard input, or a pipe that it is given by its name.
#pragma once

#include <string>
#include <utility>

#include "discovery/source.h"
#include "discovery/sources/contents.h"

namespace rekey::discovery {

class InputSource final : public Source {
 public:
  // Reads the descriptor to its end and does not close it. `path`: how it was named.
  explicit InputSource(int descriptor, std::string path = kInputPath)
      : descriptor_(descriptor), path_(std::move(path)) {}
  [[nodiscard]] base::Status run(unsigned threads, Visitor& visitor, Coverage& coverage) override;

 private:
  int descriptor_;
  std::string path_;
};

}  // namespace rekey::discovery
