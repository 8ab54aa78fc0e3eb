// How SQLite's result codes become errors. For storage/ alone.
#pragma once

#include <sqlite3.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace rekey::storage {

// Speaks of what `database` reported last. `path` is its file.
[[nodiscard]] base::Error error_of(sqlite3* database, const std::string& path);

// The same from a result code and SQLite's words, where no connection holds them.
[[nodiscard]] base::Error error_from(int result, std::string_view words, const std::string& path);

}  // namespace rekey::storage
