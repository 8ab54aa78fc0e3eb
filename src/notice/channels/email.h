// The channel "email": a mail over SMTP, text and HTML. docs/notices.md has its section.
#pragma once

#include "notice/channel.h"
#include "notice/settings.h"
#include "platform/files.h"

namespace rekey::notice {

// Adds "email" where mail.host is set.
void add_email(Channels& channels, const Settings& settings, platform::Files& files);

}  // namespace rekey::notice
