// notices.yaml: whom to tell, by which ways, and when. docs/notices.md has every key.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "notice/settings.h"

namespace rekey::cli {

struct NoticeConfig {
  notice::Settings settings;
  std::string state_folder;   // of the queue; a relative one starts at the file's folder
  std::string calendar_file;  // the iCalendar feed; empty: none
};

// `path` names the file in messages, and its folder is where relative paths start. Reads no other
// file. kInvalidArgument with one line for every problem.
[[nodiscard]] base::Result<NoticeConfig> parse_notice_config(std::string_view text,
                                                             const std::string& path);

}  // namespace rekey::cli
