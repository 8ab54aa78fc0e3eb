// What can be said of a consumer's facts.
#include <fmt/format.h>

#include "rotation/inventory/inventory.h"

namespace rekey::rotation {

std::string_view name_of(ReloadForm form) noexcept {
  switch (form) {
    case ReloadForm::kPerCall:
      return "per_call";
    case ReloadForm::kCached:
      return "cached";
    case ReloadForm::kSchedule:
      return "schedule";
    case ReloadForm::kCommand:
      return "command";
    case ReloadForm::kSignal:
      return "signal";
    case ReloadForm::kPerson:
      return "person";
  }
  return "";
}

ReloadForm ReloadSpec::form() const noexcept {
  if (!command.empty()) return ReloadForm::kCommand;
  return signal.empty() ? by_itself : ReloadForm::kSignal;
}

std::string describe(const ReloadSpec& reload) {
  switch (reload.form()) {
    case ReloadForm::kPerCall:
      return "reads per call";
    case ReloadForm::kCached:
      return fmt::format("reads again after {} at the latest", base::format_duration(reload.every));
    case ReloadForm::kSchedule:
      return fmt::format("reads at each start of its own, every {} at the latest",
                         base::format_duration(reload.every));
    case ReloadForm::kCommand:
      return fmt::format("reloaded with {}", reload.command.front());
    case ReloadForm::kSignal:
      return fmt::format("reloaded with SIG{} to the process in {}", reload.signal,
                         reload.pid_file);
    case ReloadForm::kPerson:
      return "reads at its start alone, and a person restarts it";
  }
  return "";
}

std::string places_of(const Consumer& consumer) {
  std::string places;
  for (const DriverSpec& sink : consumer.sinks) {
    places += (places.empty() ? "" : " and ") + sink.location;
  }
  return places;
}

}  // namespace rekey::rotation
