// How a sandbox is reached by host names, as its server leaves it in the data folder for `rekey
// sandbox hosts`.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "platform/files.h"

namespace rekey::cli {

struct HostsFacts {
  std::string proxy;               // "http://127.0.0.1:8443"
  std::string address;             // "127.0.0.1"
  std::uint16_t port = 0;          // of both
  std::string ca_file;             // an absolute path
  std::vector<std::string> hosts;  // auth, rest, soap
};

[[nodiscard]] std::string as_json(const HostsFacts& facts);
// kNotFound where there is no such file, kCorrupt where it is none of these.
[[nodiscard]] base::Result<HostsFacts> read_hosts_facts(platform::Files& files,
                                                        const std::string& path);

}  // namespace rekey::cli
