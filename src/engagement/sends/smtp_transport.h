// Mails go to a mail server that takes them on (a relay), over SMTP.
#pragma once

#include <memory>

#include "engagement/sends/transport.h"
#include "net/smtp.h"

namespace rekey::engagement::sends {

[[nodiscard]] std::unique_ptr<Transport> make_smtp_transport(net::SmtpServer relay);

}  // namespace rekey::engagement::sends
