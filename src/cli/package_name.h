// Which package a command means: by its id, its client id, or its name.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/api.h"
#include "net/json.h"

namespace rekey::cli {

// The id of the package with that name, of a reply to GET /packages; where none has it in these
// letters, in any case of them. kNotFound where none has it; kInvalidArgument, naming each by its
// id, where several have.
[[nodiscard]] base::Result<std::string> package_named(const net::JsonValue& listed,
                                                      std::string_view name);

// What stands for the package in a path below /packages/: what was given where that is an id or a
// client id, else the id of the package of that name. The server's error, or package_named's.
[[nodiscard]] base::Result<std::string> find_package(Api& api, const std::string& given);

}  // namespace rekey::cli
