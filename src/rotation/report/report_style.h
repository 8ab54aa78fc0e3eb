// page/report.css, embedded at build time (cmake/embed.cmake).
#pragma once

#include <string_view>

namespace rekey::rotation {

extern const std::string_view kReportCss;

}  // namespace rekey::rotation
