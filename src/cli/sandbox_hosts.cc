// rekey sandbox hosts: how clients whose hosts are fixed reach a sandbox.
#include <fmt/format.h>

#include <chrono>

#include "authority/data_folder.h"
#include "base/shell.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/hosts_facts.h"
#include "cli/output.h"
#include "net/client.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr base::Duration kPatience = std::chrono::seconds{5};

void print_hosts(const Context& context, const HostsFacts& facts) {
  const std::string ca = base::shell_quoted(facts.ca_file);
  const std::string& rest = facts.hosts[1];
  print_line(context, fmt::format("The hosts of this sandbox, whose auth base URI is https://{}/:",
                                  facts.hosts[0]));
  for (const auto& host : facts.hosts) print_line(context, "  " + host);
  print_line(context, "");
  print_line(context, "For a client that takes a proxy, in its environment:");
  print_line(context, fmt::format("  export HTTPS_PROXY={}", facts.proxy));
  print_line(context, fmt::format("  export NODE_EXTRA_CA_CERTS={}    # Node.js", ca));
  print_line(context, fmt::format("  export REQUESTS_CA_BUNDLE={}     # Python's requests", ca));
  print_line(context, fmt::format("  export SSL_CERT_FILE={}          # OpenSSL, Go, Ruby", ca));
  print_line(context, "");
  print_line(
      context,
      fmt::format("Whether it works (401: it carries no token):\n  curl --proxy {} --cacert {} "
                  "https://{}/platform/v1/tokenContext",
                  facts.proxy, ca, rest));
  print_line(context, "");
  print_line(context,
             "For one that takes none, in /etc/hosts, where the server listens on port 443:");
  print_line(context, fmt::format("  {} {} {} {}", facts.address, facts.hosts[0], facts.hosts[1],
                                  facts.hosts[2]));
}

base::Error not_served(const std::string& data, std::string_view why) {
  return {Code::kUnavailable,
          fmt::format("{} is not served by host names now{}; start it with: rekey serve --sandbox "
                      "--data {} --hosts-listen 127.0.0.1:8443",
                      data, why, base::shell_quoted(data))};
}

// A server that was killed leaves its facts behind, and its port to whoever comes next.
base::Status check_is_served(const HostsFacts& facts, const std::string& data) {
  net::Client client(fmt::format("rekey/{}", REKEY_VERSION));
  const auto answer = client.send({.url = facts.proxy + "/", .timeout = kPatience});
  if (answer && answer->body.reveal().find(facts.hosts.front()) == std::string_view::npos) {
    return tl::unexpected(not_served(
        data, fmt::format(": another program answers at {}, where it was", facts.proxy)));
  }
  // One that has no place left hangs up without a word.
  if (answer || answer.error().code != Code::kUnavailable) return {};
  return tl::unexpected(
      not_served(data, fmt::format(": nobody answers at {}, where it was", facts.proxy)));
}

}  // namespace

Result<int> run_sandbox_hosts(Context& context, const Arguments& arguments) {
  const auto data = arguments.get("--data");
  if (!data) return fail(Code::kInvalidArgument, "--data DIR is needed: the sandbox's data folder");
  const auto facts = read_hosts_facts(context.files, authority::DataFolder{*data}.sandbox_hosts());
  if (!facts && facts.error().code == Code::kNotFound) {
    return tl::unexpected(not_served(*data, ""));
  }
  if (!facts) return tl::unexpected(facts.error());
  REKEY_CHECK(check_is_served(*facts, *data));
  if (arguments.wants_json()) {
    print_json(context, as_json(*facts));
  } else {
    print_hosts(context, *facts);
  }
  return kExitOk;
}

}  // namespace rekey::cli
