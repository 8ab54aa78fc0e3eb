// The channels that exist.
#pragma once

#include "notice/channel.h"
#include "notice/settings.h"
#include "platform/files.h"

namespace rekey::notice {

// Every channel that the settings, which were checked, set up. `files` outlives them.
[[nodiscard]] Channels make_channels(const Settings& settings, platform::Files& files);

// The first line of a file that holds a password, a URL or a signing secret, without blanks at its
// ends; at most 4 KiB. Read anew for each delivery, so that it can be rotated.
[[nodiscard]] base::Result<base::Secret> read_first_line(platform::Files& files,
                                                         const std::string& path);

}  // namespace rekey::notice
