// The channel "webhook": a POST of JSON, signed as the Standard Webhooks specification says.
// docs/notices.md has its section, with the payload and how to check a signature.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"
#include "notice/channel.h"
#include "notice/settings.h"
#include "platform/files.h"

namespace rekey::notice {

// Adds "webhook/<name>" for each.
void add_webhooks(Channels& channels, const Settings& settings, platform::Files& files);

// "v1,<base64 of HMAC-SHA-256 over id.timestamp.body>" (Standard Webhooks, "Verifying
// webhook authenticity"). `secret`: "whsec_" and base64 of 24 to 64 bytes; kInvalidArgument
// where it is not.
[[nodiscard]] base::Result<std::string> sign_webhook(const base::Secret& secret,
                                                     std::string_view id,
                                                     std::int64_t timestamp_seconds,
                                                     std::string_view body);

// The bodies for chats. Both stay within what the receivers take (Slack: 50 blocks, 3,000
// characters each; Teams: 28 KB); what does not fit is counted at the end.
[[nodiscard]] std::string slack_body(const Message& message, base::Instant now);
[[nodiscard]] std::string teams_body(const Message& message, base::Instant now);

}  // namespace rekey::notice
