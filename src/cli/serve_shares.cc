#include "cli/serve_shares.h"

#include <fmt/format.h>

#include <algorithm>

#include "net/tls_gateway.h"

namespace rekey::cli {
namespace {

constexpr std::size_t kKeptBack = 256;
constexpr std::size_t kFewest = 16;
constexpr std::size_t kMostByHosts = 256;  // each has a thread
constexpr std::size_t kLeastWithHosts = kKeptBack + kFewest + kFewest * net::kDescriptorsPerTunnel;

}  // namespace

base::Result<ConnectionShares> share_open_files(std::size_t open_files, bool has_hosts,
                                                std::size_t wanted) {
  const std::size_t left = open_files > kKeptBack ? open_files - kKeptBack : 0;
  if (!has_hosts) return ConnectionShares{std::clamp(left, kFewest, wanted), 0};
  if (open_files < kLeastWithHosts) {
    return base::fail(
        base::Code::kRefused,
        fmt::format("--hosts-listen needs at least {} open files, and this process may have {}: "
                    "raise its hard limit (ulimit -n, or LimitNOFILE= of its service)",
                    kLeastWithHosts, open_files));
  }
  const std::size_t hosts =
      std::clamp(left / 2 / net::kDescriptorsPerTunnel, kFewest, kMostByHosts);
  return ConnectionShares{std::min(wanted, left - hosts * net::kDescriptorsPerTunnel), hosts};
}

}  // namespace rekey::cli
