#include "cli/scan_known.h"

#include <fmt/format.h>

#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "cli/api.h"
#include "cli/known_authority.h"
#include "cli/known_runs.h"
#include "discovery/known/known_secrets.h"

namespace rekey::cli {
namespace {

using base::Result;
using discovery::KnownSecret;

base::Status check_known(const Arguments& arguments) {
  for (const char* other : {"--secret-file", "--detectors", "--inventory"}) {
    if (!arguments.has(other)) continue;
    return base::fail(
        base::Code::kInvalidArgument,
        fmt::format("--known looks for the secrets that are known and for nothing else; leave out "
                    "{}",
                    other));
  }
  return {};
}

// One set from each source. With an inventory a server is asked only where one is named.
Result<std::vector<discovery::KnownSet>> known_sets(Context& context, const Arguments& arguments,
                                                    discovery::Coverage& coverage) {
  std::vector<discovery::KnownSet> sets;
  const bool has_inventory = arguments.has("--file");
  if (!has_inventory || Api::is_named(context, arguments)) {
    REKEY_TRY(Api api, Api::connect(context, arguments));
    REKEY_TRY(discovery::KnownSet set, known_to_authority(api, context.clock.now()));
    sets.push_back(std::move(set));
  }
  if (!has_inventory) return sets;
  REKEY_TRY(std::vector<discovery::KnownSet> runs,
            known_to_runs(context, arguments, sets, coverage));
  std::move(runs.begin(), runs.end(), std::back_inserter(sets));
  return sets;
}

// One that has ended is exposed at most, and gets no tags any more.
void tell_not_looked_for(const KnownSecret& secret, discovery::Coverage& coverage) {
  if (!secret.tags && secret.is_over) {
    coverage.leave_out(discovery::LeftOut::kUntagged, describe(secret));
    return;
  }
  if (!secret.tags) {
    coverage.problem(discovery::Unread::kLimit, fmt::format("the secret {}", describe(secret)),
                     "it cannot be looked for: it was issued before tags were kept; its next "
                     "rotation makes some");
    return;
  }
  for (const crypto::SecretForm form : secret.tags->without_window) {
    discovery::tell_not_looked_for("the secret " + describe(secret), form,
                                   discovery::NotSought::kNoWindow, coverage);
  }
}

}  // namespace

Result<discovery::Matcher> known_matcher(Context& context, const Arguments& arguments,
                                         discovery::Coverage& coverage) {
  REKEY_CHECK(check_known(arguments));
  REKEY_TRY(std::vector<discovery::KnownSet> sets, known_sets(context, arguments, coverage));
  auto known = std::make_unique<const discovery::KnownSecrets>(std::move(sets));
  for (const KnownSecret& secret : known->all()) tell_not_looked_for(secret, coverage);
  return discovery::Matcher(std::move(known));
}

}  // namespace rekey::cli
