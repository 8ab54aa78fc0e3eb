#include "cli/inventory_choice.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>

namespace rekey::cli {

base::Result<std::string> inventory_path(Context& context, const Arguments& arguments) {
  auto path = arguments.get_or("--file", kUsualInventory);
  context.target = {path == kUsualInventory ? "" : path, arguments.get_or("--integration", "")};
  const auto facts = context.files.facts(path);
  if (!facts && facts.error().code == base::Code::kNotFound) {
    return base::fail(base::Code::kUnavailable,
                      fmt::format("there is no inventory {}; name it with -f FILE, or begin "
                                  "one: `rekey inventory init`",
                                  path));
  }
  return path;
}

Desk::Desk(Context& context, const Arguments& arguments, rotation::Administrator* administrator)
    : drivers(context.clock, context.files, rotation::builtin_drivers(), administrator),
      parts{context.clock, context.files, drivers, person_at_work(),
            arguments.get_or("--integration", "")} {
  parts.search = &search;
}

std::string person_at_work() {
  ::passwd entry{};
  ::passwd* found = nullptr;
  std::array<char, 4096> names{};
  ::getpwuid_r(::getuid(), &entry, names.data(), names.size(), &found);
  return found != nullptr ? std::string(found->pw_name) : fmt::format("uid {}", ::getuid());
}

}  // namespace rekey::cli
