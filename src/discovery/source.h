// A source gives contents to a visitor and tells the coverage what it read and what it did not.
//
// Adding one: a file pair in sources/, and its line where the command puts its sources together.
#pragma once

#include <string_view>

#include "base/result.h"
#include "discovery/content.h"
#include "discovery/coverage.h"

namespace rekey::discovery {

class Visitor {
 public:
  virtual ~Visitor() = default;
  // From any thread, several at once. Nothing of the content may be kept.
  virtual void visit(const Content& content) = 0;
};

class Source {
 public:
  virtual ~Source() = default;
  // Reads everything on up to `threads` threads, and returns when all of them are done. What cannot
  // be read goes into the coverage and the source goes on; an error only where it cannot begin
  // (kUnavailable: what was named is not there or may not be read).
  [[nodiscard]] virtual base::Status run(unsigned threads, Visitor& visitor,
                                         Coverage& coverage) = 0;
};

}  // namespace rekey::discovery
