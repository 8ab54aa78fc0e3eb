#include "rotation/sinks/registry.h"

#include "rotation/sinks/exec.h"
#include "rotation/sinks/file.h"
#include "rotation/sinks/manual.h"

namespace rekey::rotation {

std::vector<SinkKind> sink_kinds() {
  return {
      file_sink(),
      exec_sink(),
      manual_sink(),
  };
}

}  // namespace rekey::rotation
