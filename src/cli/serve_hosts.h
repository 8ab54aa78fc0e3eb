// A sandbox by the tenant's host names, for `rekey serve --sandbox --hosts-listen`: TLS and a proxy
// on a port of their own, before a server of their own, on the same authority and the same data.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "authority/data_folder.h"
#include "authority/front_door.h"
#include "base/result.h"
#include "base/time.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "cli/hosts_facts.h"
#include "cli/listen_address.h"
#include "cli/serve_sandbox.h"
#include "net/adopting_server.h"
#include "net/tls_gateway.h"
#include "telemetry/metrics.h"

namespace rekey::cli {

struct HostsOptions {
  ListenAddress listen;
  std::string domain;           // in lower case
  std::size_t connections = 0;  // at once, at most
};
// Reads --hosts-listen and --hosts-domain, before anything is made; nothing without them. Looks
// whether it can be listened there. How many connections there may be is left to the caller.
[[nodiscard]] base::Result<std::optional<HostsOptions>> read_hosts_options(
    const Arguments& arguments);

// Where a folder's sandbox is not served by host names (any more).
[[nodiscard]] base::Status forget_hosts(platform::Files& files,
                                        const authority::DataFolder& folder);

class SandboxHosts {
 public:
  // What it is given outlives it. `door`: whose public URL is set already; `limits`: as the
  // sandbox's own server has them. kRefused where the folder's certificate authority is not one for
  // these hosts.
  [[nodiscard]] static base::Result<std::unique_ptr<SandboxHosts>> start(
      Context& context, const authority::DataFolder& folder, const HostsOptions& options,
      const authority::FrontDoor& door, Sandbox& sandbox, net::Limits limits,
      telemetry::Metrics& metrics);
  ~SandboxHosts();  // stops

  // As net::Server::stop; and takes the facts out of the folder.
  void stop(base::Duration patience);
  [[nodiscard]] const HostsFacts& facts() const noexcept { return facts_; }

 private:
  // The sandbox, which is told by which address it is asked.
  class ByHost final : public authority::GuardedApi {
   public:
    explicit ByHost(Sandbox& sandbox) : sandbox_(sandbox) {}
    void set_soap_url(std::string url) { soap_url_ = std::move(url); }
    [[nodiscard]] bool owns(std::string_view lower_path) const noexcept override;
    void handle(net::Exchange& exchange, std::string_view path,
                std::optional<authority::Bearer> bearer) override;

   private:
    Sandbox& sandbox_;
    std::string soap_url_;  // without a slash at the end
  };

  SandboxHosts(Context& context, authority::DataFolder folder, const authority::FrontDoor& door,
               Sandbox& sandbox)
      : context_(context), folder_(std::move(folder)), api_(sandbox), door_(door) {}

  Context& context_;
  const authority::DataFolder folder_;
  ByHost api_;
  authority::FrontDoor door_;  // the authority's own, but for its addresses
  HostsFacts facts_;
  std::unique_ptr<net::AdoptingServer> server_;
  std::unique_ptr<net::TlsGateway> gateway_;
};

}  // namespace rekey::cli
