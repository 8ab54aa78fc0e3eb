// The person at this terminal: reads cards, types or pastes values, answers on descriptors, or
// passes the link of a page on.
#pragma once

#include <cstdio>
#include <optional>
#include <utility>

#include "cli/arguments.h"
#include "cli/context.h"
#include "cli/intake_door.h"
#include "rotation/drivers/administrator.h"

namespace rekey::cli {

class TerminalAdministrator final : public rotation::Administrator {
 public:
  struct Settings {
    std::optional<int> value_fd;        // the value comes from there, once
    std::optional<base::Secret> value;  // or is this one: what was sealed for the run
    bool is_waiting = false;     // somebody acts elsewhere, though nobody is at this terminal
    IntakeDoor* door = nullptr;  // values come on pages of it; outlives this
  };
  // The context outlives it. Cards go to `stream`.
  TerminalAdministrator(const Context& context, Settings settings, std::FILE* stream)
      : context_(context), settings_(std::move(settings)), stream_(stream) {}
  [[nodiscard]] base::Result<base::Secret> take_value(
      const rotation::ValueRequest& request) override;
  [[nodiscard]] base::Status show(const rotation::Card& card) override;

 private:
  // What was given at the start, once; nullopt where nothing was.
  [[nodiscard]] std::optional<base::Result<base::Secret>> take_given();
  void print(const rotation::Card& card);

  const Context& context_;
  Settings settings_;
  std::FILE* stream_;
};

// From --value-fd and --wait. kInvalidArgument where it is no descriptor.
[[nodiscard]] base::Result<TerminalAdministrator::Settings> administrator_settings(
    const Arguments& arguments);

}  // namespace rekey::cli
