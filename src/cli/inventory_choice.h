// Which inventory a command works on, and who is at work.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "cli/root_search.h"
#include "rotation/engine/engine.h"

namespace rekey::cli {

inline constexpr std::string_view kUsualInventory = "rekey.yaml";

// Of --file, else rekey.yaml. kUnavailable where there is none. From then on commands that are
// printed name it, and what --integration names.
[[nodiscard]] base::Result<std::string> inventory_path(Context& context,
                                                       const Arguments& arguments);

// What a command hands the engine: the real drivers, who looks for copies, who is at work, and
// --integration.
struct Desk {
  rotation::SystemDrivers drivers;
  RootSearch search;
  rotation::EngineParts parts;
  // Both outlive it; nullptr where no person can be asked.
  Desk(Context& context, const Arguments& arguments,
       rotation::Administrator* administrator = nullptr);
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;
};

// Who is at work here, as the journal keeps it: the name of the system's user.
[[nodiscard]] std::string person_at_work();

}  // namespace rekey::cli
