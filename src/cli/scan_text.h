// What a scan found, for people: a table, and the certificate of what was read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/context.h"
#include "discovery/coverage.h"
#include "discovery/finding.h"

namespace rekey::cli {

// The last words of a scan that is not complete, as its exit code has it.
inline constexpr std::string_view kNotComplete =
    "not everything was read: this is no proof of absence, and the exit code is 1";

// The certificate: what was read and what was not.
[[nodiscard]] std::vector<std::string> coverage_lines(const discovery::Certificate& certificate);

struct ScanRows {
  bool is_all = false;      // client ids and tenant hosts as well, and what follows
  bool with_known = false;  // what the baseline knows
};
void print_scan(const Context& context, const std::vector<discovery::Finding>& findings,
                const discovery::Certificate& certificate, const ScanRows& rows);

}  // namespace rekey::cli
