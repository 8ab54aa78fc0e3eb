// Where a server listens, as the command line says it: ADDRESS:PORT.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rekey::cli {

struct ListenAddress {
  std::string address;  // without brackets
  std::uint16_t port = 0;
};

// kInvalidArgument, naming the option and how it is written.
[[nodiscard]] base::Result<ListenAddress> parse_listen_address(std::string_view option,
                                                               const std::string& text);

// "http://127.0.0.1:8420": with brackets around an address of IPv6.
[[nodiscard]] std::string http_url_of(const std::string& address, std::uint16_t port);

}  // namespace rekey::cli
