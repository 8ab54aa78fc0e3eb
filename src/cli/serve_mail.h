// How the mails of a sandbox leave: what `rekey serve --sandbox` is told about it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "engagement/sends/transport.h"
#include "net/smtp.h"

namespace rekey::cli {

// "relay.example:587", "[::1]:25"; kInvalidArgument naming what it takes.
[[nodiscard]] base::Result<net::SmtpServer> parse_relay(const std::string& text);

struct MailOptions {
  engagement::sends::MailSettings settings;
  std::optional<net::SmtpServer> relay;
};
[[nodiscard]] base::Result<MailOptions> read_mail_options(const Context& context,
                                                          const Arguments& arguments);

// Over the relay, or into the Maildir `folder`, which is made.
[[nodiscard]] base::Result<std::unique_ptr<engagement::sends::Transport>> open_transport(
    std::optional<net::SmtpServer> relay, const std::string& folder);

}  // namespace rekey::cli
