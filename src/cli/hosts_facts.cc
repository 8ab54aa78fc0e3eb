#include "cli/hosts_facts.h"

#include <fmt/format.h>

#include "net/json.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::Result;

constexpr std::int64_t kMostBytes = 64 * 1024;
constexpr std::size_t kHosts = 3;

Result<HostsFacts> parse(std::string_view text) {
  REKEY_TRY(const auto json, net::parse_json(text));
  HostsFacts facts;
  REKEY_TRY(facts.proxy, json.string_member("proxy"));
  REKEY_TRY(facts.address, json.string_member("address"));
  REKEY_TRY(facts.ca_file, json.string_member("ca_file"));
  REKEY_TRY(const std::int64_t port, json.integer_member("port"));
  facts.port = static_cast<std::uint16_t>(port);
  const net::JsonValue* hosts = json.find("hosts");
  if (hosts == nullptr || hosts->items().size() != kHosts) {
    return base::fail(Code::kCorrupt, "there are not three hosts");
  }
  for (const auto& host : hosts->items()) {
    REKEY_TRY(const std::string_view name, host.as_string());
    facts.hosts.emplace_back(name);
  }
  return facts;
}

}  // namespace

std::string as_json(const HostsFacts& facts) {
  net::JsonWriter json;
  json.begin_object()
      .member("proxy", facts.proxy)
      .member("address", facts.address)
      .member("port", std::int64_t{facts.port})
      .member("ca_file", facts.ca_file);
  json.key("hosts").begin_array();
  for (const auto& host : facts.hosts) json.value(host);
  json.end_array().end_object();
  return json.release();
}

Result<HostsFacts> read_hosts_facts(platform::Files& files, const std::string& path) {
  REKEY_TRY(const auto text, files.read(path, kMostBytes));
  auto facts = parse(text.reveal());
  if (facts) return facts;
  return base::fail(Code::kCorrupt, fmt::format("{} cannot be read: {}; start the server again",
                                                path, facts.error().detail));
}

}  // namespace rekey::cli
