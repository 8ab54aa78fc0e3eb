// The source of usage "access-log": a file that a proxy, a gateway or a web server writes, with the
// one that was rotated last, or what a command prints. docs/evidence.md has its keys.
#pragma once

#include <memory>
#include <string>

#include "rotation/drivers/exec_answer.h"
#include "rotation/drivers/registry.h"

namespace rekey::rotation {

[[nodiscard]] UsageSourceKind access_log_source();

// The same over another way to run the command; `files` outlives it.
[[nodiscard]] std::unique_ptr<UsageReader> make_access_log_reader(const DriverSpec& spec,
                                                                  const std::string& client_id,
                                                                  platform::Files& files,
                                                                  AskProcess ask);

}  // namespace rekey::rotation
