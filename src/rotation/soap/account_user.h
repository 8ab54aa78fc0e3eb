// SOAP `Retrieve` of `AccountUser`, for the hidden service users through which Marketing Cloud's
// packages act (contract sections 2.7 and 4.9): how it is asked, and what the reply says. Pure, on
// libxml2: no network, no document type, no entity.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace rekey::rotation {

// A user without a mail address, or with the name of a package's: "<package> app user".
struct ServiceUser {
  std::string name;
  bool is_active = true;
  bool must_change_password = false;  // of Salesforce's own hidden packages, as users report
};

struct AccountUserPage {
  std::vector<ServiceUser> users;
  bool has_more = false;
  std::string request_id;  // what asks for the next page
};

inline constexpr std::size_t kMostSoapBytes = 8 * 1024 * 1024;

// The envelope (SOAP 1.1) with the token inside. `continues` is the request id of the page before;
// empty for the first.
[[nodiscard]] base::Secret write_account_user_request(const base::Secret& token,
                                                      std::string_view continues);

// kUnauthenticated where the token is refused or has expired, kForbidden where it lacks the right,
// kRefused for any other fault or error status, kCorrupt for what is no whole reply of this kind.
// The server's words are in the error, shortened and made visible.
[[nodiscard]] base::Result<AccountUserPage> read_account_user_reply(std::string_view body);

struct PackageNames {
  std::vector<std::string> active;
  std::vector<std::string> inactive;
  std::vector<std::string> cut_off;  // users' names that have not the whole ending
  std::size_t system = 0;            // passed over
};
// What the users say of packages, each name once, in their order.
[[nodiscard]] PackageNames packages_of(const std::vector<ServiceUser>& users);

}  // namespace rekey::rotation
