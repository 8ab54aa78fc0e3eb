// Carries bytes between a TLS connection and a socket without TLS, in both directions, until either
// side ends.
#pragma once

#include "base/time.h"
#include "net/descriptor.h"
#include "net/tls_connection.h"

namespace rekey::net {

// `inside`: a connected stream socket that does not block. What it has sent before its end still
// goes out; then the other side gets a goodbye. Who takes none of it for `write_timeout`, whatever
// it sends meanwhile, is hung up on. How long nothing may be said at all is up to whoever is at the
// other end of `inside`.
void relay(TlsConnection& outside, const Descriptor& inside, base::Duration write_timeout);

// Lets the other side read what was written, and drops what it still sends, for a moment: closing a
// socket with unread bytes would overtake the last reply (RFC 9112 section 9.6).
void close_gently(const Descriptor& socket);

}  // namespace rekey::net
