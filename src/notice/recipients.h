// From the names that a subject gives to the ways by which somebody is told. PURE.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "notice/settings.h"

namespace rekey::notice {

// One way: a channel, and an address where the channel needs one.
struct Route {
  std::string channel;  // "email", "webhook/<name>", "command/<name>"
  std::string address;
  std::optional<QuietHours> quiet_hours;
};

struct Resolved {
  std::vector<Route> routes;         // each channel and address once
  std::vector<std::string> unknown;  // names that lead nowhere
};

// A name leads to the recipient of that name, or, where it is a mail address and mail is set up, to
// that address. Where none of them leads anywhere, the fallback recipients are told.
[[nodiscard]] Resolved resolve(const Settings& settings, const std::vector<std::string>& names);

// When a way that leads to somebody is quiet: as its first recipient says, else as all.
[[nodiscard]] std::optional<QuietHours> quiet_hours_of(const Settings& settings,
                                                       std::string_view channel,
                                                       std::string_view address);

// The kind of a channel: what stands before the slash.
[[nodiscard]] std::string_view kind_of_channel(std::string_view channel) noexcept;

}  // namespace rekey::notice
