// The page's files, as they stand in page/, embedded at build time (cmake/embed.cmake).
#pragma once

#include <string_view>

namespace rekey::intake {

extern const std::string_view kFrameHtml;
extern const std::string_view kIntakeHtml;
extern const std::string_view kIntakeCss;
extern const std::string_view kIntakeJs;

}  // namespace rekey::intake
