// What a command may touch: the clock, the files, the environment and the two output streams.
#pragma once

#include <cstdio>
#include <functional>
#include <optional>
#include <string>

#include "cli/command_target.h"
#include "platform/clock.h"
#include "platform/files.h"

namespace rekey::cli {

struct Context {
  platform::Clock& clock;
  platform::Files& files;
  std::function<std::optional<std::string>(const char*)> environment;
  std::FILE* out;
  std::FILE* err;
  bool is_terminal = false;  // `out` is one and NO_COLOR is not set
  CommandTarget target{};    // of commands in texts that are printed
};

}  // namespace rekey::cli
