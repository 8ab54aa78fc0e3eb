#include "rotation/inventory/seen_as.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "net/http.h"

namespace rekey::rotation {
namespace {

// An address is the block that holds only itself.
std::optional<net::Network> parse_block(std::string_view text) {
  if (const auto address = net::parse_address(text)) return net::Network{*address, 128};
  return net::parse_network(text);
}

bool is_inside(const net::Network& inner, const net::Network& outer) {
  return inner.prefix_bits >= outer.prefix_bits && outer.contains(inner.address);
}

bool is_wildcard(std::string_view pattern) {
  return pattern.ends_with('*');
}
std::string_view stem(std::string_view pattern) {
  return pattern.substr(0, pattern.size() - 1);
}

bool matches_agent(std::string_view pattern, std::string_view agent) {
  return is_wildcard(pattern) ? agent.starts_with(stem(pattern)) : agent == pattern;
}

bool can_overlap_network(const std::optional<std::string>& a, const std::optional<std::string>& b) {
  if (!a || !b) return true;
  const auto first = parse_block(*a);
  const auto second = parse_block(*b);
  if (!first || !second) return *a == *b;
  return is_inside(*first, *second) || is_inside(*second, *first);
}

bool can_overlap_agent(const std::optional<std::string>& a, const std::optional<std::string>& b) {
  if (!a || !b) return true;
  if (!is_wildcard(*a)) return matches_agent(*b, *a);
  if (!is_wildcard(*b)) return matches_agent(*a, *b);
  return stem(*a).starts_with(stem(*b)) || stem(*b).starts_with(stem(*a));
}

}  // namespace

base::Status check(const SeenAs& pattern) {
  if (pattern.is_other) return {};
  if (!pattern.network && !pattern.user_agent && !pattern.slot) {
    return base::fail(base::Code::kInvalidArgument,
                      "seen_as needs at least one of network, user_agent, slot");
  }
  if (pattern.network && !parse_block(*pattern.network)) {
    return base::fail(base::Code::kInvalidArgument,
                      "network is neither an address nor a block such as 10.1.0.0/16");
  }
  if (pattern.user_agent && (pattern.user_agent->empty() || *pattern.user_agent == "*")) {
    return base::fail(base::Code::kInvalidArgument, "user_agent would match every caller");
  }
  return {};
}

bool matches(const SeenAs& pattern, const Caller& caller) {
  if (pattern.is_other || caller.is_other) return pattern.is_other && caller.is_other;
  if (pattern.network) {
    const auto wanted = parse_block(*pattern.network);
    const auto seen = parse_block(caller.network);
    if (!wanted || !seen || !is_inside(*seen, *wanted)) return false;
  }
  if (pattern.user_agent && !matches_agent(*pattern.user_agent, caller.user_agent)) return false;
  return !pattern.slot || *pattern.slot == caller.slot;
}

bool can_overlap(const SeenAs& a, const SeenAs& b) {
  if (a.is_other || b.is_other) return a.is_other && b.is_other;
  if (a.slot && b.slot && *a.slot != *b.slot) return false;
  return can_overlap_network(a.network, b.network) && can_overlap_agent(a.user_agent, b.user_agent);
}

std::string describe(const SeenAs& pattern) {
  if (pattern.is_other) return "callers beyond the issuer's bound";
  std::vector<std::string> parts;
  if (pattern.network) parts.push_back(fmt::format("network {}", *pattern.network));
  if (pattern.user_agent) parts.push_back(fmt::format("user agent \"{}\"", *pattern.user_agent));
  if (pattern.slot) parts.push_back(fmt::format("slot {}", *pattern.slot));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string describe(const Caller& caller) {
  if (caller.is_other) return "callers beyond the issuer's bound";
  return fmt::format("network {}, user agent \"{}\", slot {}", caller.network, caller.user_agent,
                     caller.slot);
}

}  // namespace rekey::rotation
