// The files of src/rotation/workflows (cmake/embed.cmake).
#pragma once

#include <string_view>

namespace rekey::rotation {

extern const std::string_view kMceRowsYaml;
extern const std::string_view kMceRowsAsyncYaml;
extern const std::string_view kMceContactYaml;
extern const std::string_view kMceTransactionalSendYaml;
extern const std::string_view kMceTriggeredSendYaml;
extern const std::string_view kMceJourneyEntryYaml;
extern const std::string_view kMceTrackingYaml;

}  // namespace rekey::rotation
