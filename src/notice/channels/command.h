// The channel "command": a program that is given the payload on standard input. docs/notices.md has
// its section.
#pragma once

#include "notice/channel.h"
#include "notice/settings.h"
#include "platform/files.h"

namespace rekey::notice {

// Adds "command/<name>" for each.
void add_commands(Channels& channels, const Settings& settings, platform::Files& files);

}  // namespace rekey::notice
