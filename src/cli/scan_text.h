// What a scan found, for people: a table, and the certificate of what was read.
#pragma once

#include <string>
#include <vector>

#include "cli/context.h"
#include "discovery/coverage.h"
#include "discovery/finding.h"

namespace rekey::cli {

// The certificate: what was read and what was not.
[[nodiscard]] std::vector<std::string> coverage_lines(const discovery::Certificate& certificate);

// `is_all`: client ids and tenant hosts as well.
void print_scan(const Context& context, const std::vector<discovery::Finding>& findings,
                const discovery::Certificate& certificate, bool is_all);

}  // namespace rekey::cli
