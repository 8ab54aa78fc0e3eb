// The inventory that `rekey inventory init` writes: examples/marketing-cloud.yaml with its packages
// in comments, so that nobody is told of packages that are not his.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace rekey::cli {

inline constexpr std::string_view kInventoryExample =
    R"yaml(# The API integrations of a Marketing Cloud account: whose secret ends when, and everybody who uses it.
# `rekey inventory check` says what is still missing; `rekey status -f rekey.yaml` what ends next;
# `rekey plan -f rekey.yaml -i "Order sync"` shows what a rotation would do.
# Relative paths start at the folder of this file. docs/rotation.md explains every key. No value
# of a secret belongs in here.
version: 1

# Where tokens are asked for: the Authentication Base URI of any API integration in Setup.
issuers:
  mce:
    kind: marketing-cloud
    auth_url: https://mc0123456789abcdefghijklmnop.auth.marketingcloudapis.com/

# Journal, key and lock of the runs. Keep it: an interrupted run goes on from here.
state: .rekey

integrations:
  - name: Order sync                     # the package's name in Setup
    client_id: abcdefghijklmnopqrstuvwx  # of its API integration
    owner: payments-team                 # who answers for it: a recipient of notices.yaml
    contacts: [payments@example.com]     # who is told before it ends: as owner, or mail
    expires_at: 2027-03-19               # or generated_at: it ends 180 days later
    # approvals: 1                           people who have to agree before the activation
    # window: tue-thu 09:00-15:00 +01:00    when the activation may take place

    # Everybody who uses the secret, in the order in which they are moved. Nobody may be left out:
    # whoever is not here is cut off by the activation.
    consumers:
      # Reads its file for every token request: nothing has to be restarted.
      - name: order-sync
        sink: {kind: file, path: order-sync/.env, key: MCE_CLIENT_SECRET}
        reload: per_call
        seen_as: {user_agent: "order-sync/*"}
        interval: 20m        # the longest time between two of its token requests

      # Reads its file only at start.
      # - name: nightly-import
      #   owner: data-platform
      #   sink: {kind: file, path: nightly/config.json, key: mce.clientSecret}
      #   reload: {command: [systemctl, restart, nightly-import], timeout: 30s, reads: at_start}
      #   seen_as: {user_agent: "nightly-import/*"}
      #   interval: 1d

  # One of which only the end is known. `rekey inventory import` adds such entries from the table
  # of the Installed Packages page.
  # - name: Old report
  #   expires_at: 2027-01-31
)yaml";

// The same without an integration: each line of the list is a comment.
[[nodiscard]] inline std::string first_inventory() {
  constexpr std::string_view kList = "\nintegrations:\n";
  constexpr std::string_view kIndent = "  ";
  std::string_view rest = kInventoryExample;
  const std::size_t begin = rest.find(kList) + kList.size();
  std::string text(rest.substr(0, begin));
  rest.remove_prefix(begin);
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n') + 1);
    rest.remove_prefix(line.size());
    const bool is_to_be_commented = line.starts_with(kIndent) && !line.starts_with("  #");
    text += is_to_be_commented ? fmt::format("{}# {}", kIndent, line.substr(kIndent.size()))
                               : std::string(line);
  }
  return text;
}

}  // namespace rekey::cli
