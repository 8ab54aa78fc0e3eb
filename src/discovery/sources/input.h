// Bytes that are given to the command: standard input.
#pragma once

#include "discovery/source.h"
#include "discovery/sources/contents.h"

namespace rekey::discovery {

class InputSource final : public Source {
 public:
  // Reads the descriptor to its end and does not close it.
  explicit InputSource(int descriptor) : descriptor_(descriptor) {}
  [[nodiscard]] base::Status run(unsigned threads, Visitor& visitor, Coverage& coverage) override;

 private:
  int descriptor_;
};

}  // namespace rekey::discovery
