// The outbound HTTP client, on libcurl. Follows no redirect, verifies TLS, sends no cookies.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "net/http.h"

namespace rekey::net {

struct ClientRequest {
  Method method = Method::kGet;
  std::string url;  // http:// or https://
  std::vector<std::pair<std::string, std::string>> headers;
  std::string bearer_token;  // sent as Authorization when not empty
  base::Secret body;
  base::Duration timeout = std::chrono::seconds{30};
  std::string local_socket_path;  // connect here instead
  std::string ca_file{};          // PEM; empty: the system's authorities
};

struct ClientResponse {
  int status = 0;
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  base::Secret body;                                         // may hold a value: wiped with it
};

// kInvalidArgument where no request can be sent to it: not http:// or https://, no host, a port
// that is none, or characters beyond visible ASCII. Nothing is looked up.
[[nodiscard]] base::Status check_url(const std::string& url);

// One thread at a time. Keeps its connection between requests to one host.
class Client {
 public:
  explicit Client(std::string user_agent);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();
  // Any HTTP status is a response. kUnavailable: could not connect (nothing was sent); kTimeout:
  // sent and no answer, or cut off: the outcome is unknown. At most 16 MiB of body.
  [[nodiscard]] base::Result<ClientResponse> send(const ClientRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rekey::net
