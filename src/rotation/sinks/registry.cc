#include "rotation/sinks/registry.h"

#include "rotation/sinks/exec.h"
#include "rotation/sinks/file.h"

namespace rekey::rotation {

std::vector<SinkKind> sink_kinds() {
  return {
      file_sink(),
      exec_sink(),
  };
}

}  // namespace rekey::rotation
