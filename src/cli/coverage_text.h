// What `rekey inventory coverage` prints: for people, and as JSON lines.
#pragma once

#include "cli/context.h"
#include "cli/coverage_compare.h"

namespace rekey::cli {

// A table, counts, and the certificate.
void print_coverage(const Context& context, const CoverageReport& report);

// One object a place, then the certificate.
void print_coverage_json(Context& context, const CoverageReport& report);

}  // namespace rekey::cli
