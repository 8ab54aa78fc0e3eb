#include "rotation/machine/unknown_use.h"

#include <fmt/format.h>

#include <vector>

namespace rekey::rotation {
namespace {

bool is_scan(const Caller& caller) {
  return caller.user_agent.starts_with(kScanAgent);
}

// A double-quoted scalar of YAML.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

std::string describe(const UnknownUse& use) {
  return fmt::format("{}{} (last seen {}, {} request{})",
                     is_scan(use.caller) ? "`rekey scan --verify`, as its user agent says: " : "",
                     describe(use.caller), base::format_instant(use.last_seen), use.count,
                     use.count == 1 ? "" : "s");
}

std::string waiver_for(const UnknownUse& use) {
  const Caller& caller = use.caller;
  std::vector<std::string> conditions;
  if (caller.is_other) conditions.emplace_back("other: true");
  if (!caller.network.empty()) conditions.push_back("network: " + quoted(caller.network));
  if (is_scan(caller)) {
    conditions.push_back("user_agent: " + quoted(std::string(kScanAgent) + '*'));
  } else if (!caller.user_agent.empty()) {
    conditions.push_back("user_agent: " + quoted(caller.user_agent));
  }
  return fmt::format("{{seen_as: {{{}}}, by: NAME, reason: TEXT}}", fmt::join(conditions, ", "));
}

}  // namespace rekey::rotation
