// How the descriptors that `rekey serve` may have open are shared out among those who connect.
#pragma once

#include <cstddef>

#include "base/result.h"

namespace rekey::cli {

// Connections at once.
struct ConnectionShares {
  std::size_t server = 0;
  std::size_t hosts = 0;  // by host names, each of which takes net::kDescriptorsPerTunnel
};

// `open_files`: the limit that holds; `wanted`: by the server, at most. What files, the ledger and
// the control socket need is kept back, whatever strangers open. kRefused, with what to do, where
// host names are to be served and too few are left for both.
[[nodiscard]] base::Result<ConnectionShares> share_open_files(std::size_t open_files,
                                                              bool has_hosts, std::size_t wanted);

}  // namespace rekey::cli
