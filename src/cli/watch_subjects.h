// What a pass of the watcher is about, as notice::Subjects: the authority's secrets, and those of
// others that inventories know.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/api.h"
#include "cli/context.h"
#include "net/json.h"
#include "notice/subject.h"
#include "rotation/inventory/inventory.h"

namespace rekey::cli {

// From the replies of GET /status and GET /packages (docs/admin-api.md): each active or expired
// secret of an enabled package, told to the package's owners and contacts. A superseded secret is
// in `superseded_clients` instead: whether it is still used takes another question.
struct SecretSubjects {
  std::vector<notice::Subject> subjects;
  std::vector<std::string> superseded_clients;
};
[[nodiscard]] base::Result<SecretSubjects> secret_subjects_of(const net::JsonValue& status,
                                                              const net::JsonValue& packages);

// Adds the superseded secrets of GET /integrations/{client_id}/secrets that were used after they
// had been superseded.
[[nodiscard]] base::Status add_superseded_in_use(const net::JsonValue& secrets,
                                                 const notice::Subject& facts,
                                                 std::vector<notice::Subject>& subjects);

// Of the reply of GET /leaks: one for each secret whose value was reported in the last 90 days,
// told to its package's owners and contacts.
[[nodiscard]] base::Result<std::vector<notice::Subject>> leak_subjects_of(
    const net::JsonValue& leaks, const net::JsonValue& packages);

// All of it, asked of a server.
[[nodiscard]] base::Result<std::vector<notice::Subject>> read_secret_subjects(Api& api);

// The integrations of all these inventories, with their newest known ends.
[[nodiscard]] base::Result<std::vector<rotation::Inventory>> read_integrations(
    Context& context, const std::vector<std::string>& paths);

// Whom to tell of an integration, and what all that is told of it has in common.
[[nodiscard]] notice::Subject facts_of(const rotation::Inventory& one);

// Of subjects with one id and kind only the first stays, with the recipients of all and the newest
// end: what is told by two files is told once.
void merge_twins(std::vector<notice::Subject>& subjects);

// The secrets of others: one for each integration with a known end, told to its owner and contacts.
// Those whose client id is in `known_clients` are left out: somebody else tells of them.
[[nodiscard]] std::vector<notice::Subject> foreign_subjects_of(
    const std::vector<rotation::Inventory>& integrations,
    const std::set<std::string>& known_clients);

}  // namespace rekey::cli
