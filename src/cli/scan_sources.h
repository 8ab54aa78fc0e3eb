// Where the bytes of a scan come from: files, standard input, stores of git, and this machine.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "discovery/coverage.h"
#include "discovery/matcher.h"
#include "discovery/source.h"

namespace rekey::cli {

// Whether what is named is read once, from its beginning to its end: standard input or a pipe, as
// `<(command)` of a shell is one.
[[nodiscard]] bool is_stream(const std::string& path);

// Reads whatever the arguments name; what cannot be read goes into the coverage. Ok holds the
// repositories that were met. kUnavailable where a path is not there; kInvalidArgument where a
// number is none.
[[nodiscard]] base::Result<std::vector<std::string>> run_sources(Context& context,
                                                                 const Arguments& arguments,
                                                                 const discovery::Matcher& matcher,
                                                                 discovery::Visitor& scan,
                                                                 discovery::Coverage& coverage);

// The histories of these repositories. A store that cannot be opened is told, and the others are
// read.
void run_stores(const std::vector<std::string>& repositories, const discovery::Matcher& matcher,
                unsigned threads, discovery::Visitor& scan, discovery::Coverage& coverage);

}  // namespace rekey::cli
