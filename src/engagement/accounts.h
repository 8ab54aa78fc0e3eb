// What the room is told of the accounts that use it: packages, and the business units they act in.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace rekey::engagement {

struct PackageFacts {
  std::int64_t integration = 0;
  std::string name;
  std::string client_id;
  bool is_enabled = true;
  std::int64_t home_business_unit = 0;
  std::vector<std::int64_t> business_units;  // that it may act in
  base::Instant created_at{};
};
// Every package that is not deleted. Any thread; may read from disk.
using AskPackages = std::function<base::Result<std::vector<PackageFacts>>()>;

}  // namespace rekey::engagement
