// The parts of a path and of a query, decoded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace rekey::engagement {

// Percent signs only: '+' stands for itself (RFC 3986 section 2.1). kInvalidArgument for a bad
// percent sign, a NUL character, or what is not UTF-8.
[[nodiscard]] base::Result<std::string> decode_path_part(std::string_view part);

// The parameters of a query; names do not depend on letter case, because fuel-rest sends them in
// lower case (contract section 5.3).
class Query {
 public:
  // kInvalidArgument for bad encoding, a name given twice, or more than 32 parameters.
  [[nodiscard]] static base::Result<Query> parse(std::string_view text);

  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
  // Absent gives the fallback; kInvalidArgument naming the parameter where it is no whole number
  // within the bounds.
  [[nodiscard]] base::Result<std::int64_t> number_or(std::string_view name, std::int64_t fallback,
                                                     std::int64_t low, std::int64_t high) const;

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

// $page and $pageSize, which most lists take.
struct PageAsked {
  std::int64_t page = 1;
  std::int64_t size = 50;
};
[[nodiscard]] base::Result<PageAsked> page_asked(const Query& query, std::int64_t usual_size,
                                                 std::int64_t largest_size);

}  // namespace rekey::engagement
