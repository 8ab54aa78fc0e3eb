#include "cli/scan_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "discovery/place.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Status;

Status check_given(const Arguments& arguments) {
  const auto path = arguments.get("--secret-file");
  if (!path) return {};
  for (const char* other : {"--detectors", "--inventory"}) {
    if (!arguments.has(other)) continue;
    return fail(Code::kInvalidArgument,
                fmt::format("--secret-file looks for one secret and for nothing else; leave out {}",
                            other));
  }
  const auto paths = arguments.arguments("PATH");
  const bool is_read_twice =
      *path == discovery::kInputPath && std::find(paths.begin(), paths.end(), *path) != paths.end();
  if (!is_read_twice) return {};
  return fail(Code::kInvalidArgument,
              "standard input cannot be both the secret and what is searched; name one as a file");
}

Status check_staged(const Arguments& arguments) {
  if (!arguments.has("--staged")) return {};
  const auto paths = arguments.arguments("PATH");
  const bool has_input =
      std::find(paths.begin(), paths.end(), discovery::kInputPath) != paths.end();
  if (paths.empty() || has_input) {
    return fail(Code::kInvalidArgument,
                "--staged reads what the next commit of a repository would bring; name its folder "
                "and nothing else");
  }
  for (const char* other : {"--processes", "--no-ignore", "--no-history"}) {
    if (!arguments.has(other)) continue;
    return fail(Code::kInvalidArgument,
                fmt::format("--staged reads nothing but the files that are staged; leave out {}, "
                            "or scan twice",
                            other));
  }
  return {};
}

Status check_verify(const Arguments& arguments) {
  if (arguments.has("--verify") && !arguments.has("--verify-at")) {
    return fail(Code::kInvalidArgument,
                "--verify sends secrets that were found to where they may work; name each such "
                "place with --verify-at: a tenant's host, or the URL of an authority");
  }
  for (const char* other : {"--verify-at", "--verify-every", "--verify-ca"}) {
    if (!arguments.has(other) || arguments.has("--verify")) continue;
    return fail(Code::kInvalidArgument, fmt::format("{} is of use with --verify alone", other));
  }
  if (arguments.has("--verify") && arguments.has("--inventory")) {
    return fail(Code::kInvalidArgument,
                "--inventory prints entries, which have no place for what --verify finds out; scan "
                "once with each of them");
  }
  for (const char* other : {"--secret-file", "--known"}) {
    if (!arguments.has(other) || !arguments.has("--verify")) continue;
    return fail(Code::kInvalidArgument,
                fmt::format("--verify tries a secret with the client id beside it, and {} looks "
                            "for no client ids; leave out one of them",
                            other));
  }
  return {};
}

// A server is asked for what --known looks for, and for nothing else.
Status check_server(const Arguments& arguments) {
  for (const char* other : {"--data", "--server", "--credential"}) {
    if (!arguments.has(other) || arguments.has("--known")) continue;
    return fail(Code::kInvalidArgument,
                fmt::format("{} names the authority whose secrets --known looks for; add --known, "
                            "or leave it out",
                            other));
  }
  return {};
}

}  // namespace

Status check_scan(const Arguments& arguments) {
  REKEY_CHECK(check_staged(arguments));
  REKEY_CHECK(check_verify(arguments));
  REKEY_CHECK(check_server(arguments));
  if (arguments.arguments("PATH").empty() && !arguments.has("--processes")) {
    return fail(Code::kInvalidArgument,
                "name a file or folder, - for standard input, or "
                "--processes");
  }
  int forms = 0;
  for (const char* form : {"--json", "--sarif", "--html", "--inventory"})
    forms += arguments.has(form) ? 1 : 0;
  if (forms > 1) {
    return fail(Code::kInvalidArgument, "choose one of --json, --sarif, --html and --inventory");
  }
  if (forms == 1 && arguments.has("--write-baseline")) {
    return fail(Code::kInvalidArgument,
                "--write-baseline tells what it wrote in words; leave out --json, --sarif, "
                "--html and --inventory");
  }
  return check_given(arguments);
}

}  // namespace rekey::cli
