// The sink "exec": a place that an author's program reads and writes, by the protocol of
// docs/sinks/exec.md. For stores that Rekey has no driver for.
#pragma once

#include <memory>

#include "rotation/drivers/registry.h"
#include "rotation/sinks/exec_protocol.h"

namespace rekey::rotation {

// Its keys: command (the program and its arguments), file (that it writes, where it is one),
// timeout (of one request; 30 s).
[[nodiscard]] SinkKind exec_sink();

// The same sink over another way to ask.
[[nodiscard]] std::unique_ptr<Sink> make_exec_sink(const DriverSpec& spec, AskProcess ask);

}  // namespace rekey::rotation
