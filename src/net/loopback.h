// Which hosts are this machine: what is sent to them in the clear leaves it for nobody.
#pragma once

#include <string_view>

namespace rekey::net {

// "localhost", an IPv4 address of 127.0.0.0/8 written out in four parts, or ::1, in brackets or not
// (RFC 6761 section 6.3; RFC 1122 section 3.2.1.3). A name that only begins like one is none.
[[nodiscard]] bool is_loopback_host(std::string_view host) noexcept;

// True for https to anywhere, and for http to this machine: where a secret may be sent to.
[[nodiscard]] bool may_carry_secrets(std::string_view url) noexcept;

}  // namespace rekey::net
