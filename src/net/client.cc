#include "net/client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/text.h"
#include "net/http1_syntax.h"
#include "net/loopback.h"

namespace rekey::net {
namespace {

using base::Code;

constexpr std::size_t kMostBodyBytes = 16 * 1024 * 1024;
constexpr base::Duration kMostConnectTime = std::chrono::seconds{10};

template <typename T, void (*Free)(T*)>
struct Freeing {
  void operator()(T* object) const noexcept { Free(object); }
};
using EasyHandle = std::unique_ptr<CURL, Freeing<CURL, curl_easy_cleanup>>;
using UrlHandle = std::unique_ptr<CURLU, Freeing<CURLU, curl_url_cleanup>>;

// Bytes that are wiped whenever they move, and when they die.
class WipedText {
 public:
  WipedText() = default;
  WipedText(const WipedText&) = delete;
  WipedText& operator=(const WipedText&) = delete;
  ~WipedText() { base::wipe(text_.data(), text_.size()); }

  void append(std::string_view more) {
    if (text_.size() + more.size() > text_.capacity()) {
      std::string larger;
      larger.reserve(std::max(text_.size() + more.size(), 2 * text_.capacity()));
      larger = text_;
      base::wipe(text_.data(), text_.size());
      text_.swap(larger);
    }
    text_.append(more);
  }
  [[nodiscard]] std::size_t size() const noexcept { return text_.size(); }
  [[nodiscard]] const char* c_str() const noexcept { return text_.c_str(); }
  [[nodiscard]] base::Secret take() { return base::Secret::take(std::move(text_)); }

 private:
  std::string text_;
};

// libcurl's list of header lines. Its copies may hold a token, so they are wiped before they go.
class HeaderLines {
 public:
  HeaderLines() = default;
  HeaderLines(const HeaderLines&) = delete;
  HeaderLines& operator=(const HeaderLines&) = delete;
  ~HeaderLines() {
    for (curl_slist* line = lines_; line != nullptr; line = line->next) {
      base::wipe(line->data, std::strlen(line->data));
    }
    curl_slist_free_all(lines_);
  }
  void add(const char* line) {
    if (curl_slist* longer = curl_slist_append(lines_, line)) lines_ = longer;
  }
  // An empty value is written with a semicolon: libcurl takes "Name:" as "leave it out".
  void add(std::string_view name, std::string_view value) {
    WipedText line;
    line.append(name);
    line.append(value.empty() ? ";" : ": ");
    line.append(value);
    add(line.c_str());
  }
  [[nodiscard]] curl_slist* get() const noexcept { return lines_; }

 private:
  curl_slist* lines_ = nullptr;
};

// One request on its way. Its address is known to libcurl's callbacks.
struct Transfer {
  bool may_repeat = false;
  int attempts = 0;  // how often the request was about to be sent
  bool is_too_large = false;
  std::vector<std::pair<std::string, std::string>> headers;
  WipedText body;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.is_too_large = transfer.body.size() + size > kMostBodyBytes;
  if (transfer.is_too_large) return CURL_WRITEFUNC_ERROR;
  transfer.body.append({data, size});
  return size;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  std::string_view line(data, size);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  // A status line: what came before belonged to an interim response.
  if (line.substr(0, 5) == "HTTP/") transfer.headers.clear();
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(), base::to_lower);
  transfer.headers.emplace_back(std::move(name), trim_blanks(line.substr(colon + 1)));
  return size;
}

// Called just before the request is written, again when libcurl would send it a second time because
// a kept connection broke. That is for the caller to decide: the first one may have had its effect.
int on_about_to_send(void* user, char*, char*, int, int) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.attempts > 0 && !transfer.may_repeat) return CURL_PREREQFUNC_ABORT;
  ++transfer.attempts;
  return CURL_PREREQFUNC_OK;
}

base::Status check_header(std::string_view name, std::string_view value) {
  if (name.empty() || !kTokenCharacters.has_all(name) || !kFieldValueCharacters.has_all(value)) {
    return base::fail(
        Code::kInvalidArgument,
        "a request header's name or value holds a character that HTTP does not allow");
  }
  return {};
}

struct Target {
  std::string host;
  std::string where;  // the host, and the port where one is given
  bool is_loopback = false;
};

base::Result<Target> parse_url(const std::string& url) {
  const UrlHandle parsed(curl_url());
  const bool has_odd_bytes = std::any_of(url.begin(), url.end(), [](char c) {
    return c <= ' ' || c == 0x7f;  // `char` is signed here: this refuses all beyond ASCII too
  });
  char* scheme = nullptr;
  char* host = nullptr;
  char* port = nullptr;
  if (!has_odd_bytes && curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK) {
    curl_url_get(parsed.get(), CURLUPART_SCHEME, &scheme, 0);
    curl_url_get(parsed.get(), CURLUPART_HOST, &host, 0);
    curl_url_get(parsed.get(), CURLUPART_PORT, &port, 0);
  }
  const std::string scheme_text = scheme == nullptr ? "" : scheme;
  Target target{host == nullptr ? "" : host, {}, false};
  target.where = port == nullptr ? target.host : fmt::format("{}:{}", target.host, port);
  curl_free(scheme);
  curl_free(host);
  curl_free(port);
  if ((scheme_text != "http" && scheme_text != "https") || target.host.empty()) {
    return base::fail(Code::kInvalidArgument,
                      "the server's URL must be http://HOST… or https://HOST…, in ASCII");
  }
  target.is_loopback = is_loopback_host(target.host);
  return target;
}

bool is_safe_to_repeat(Method method) noexcept {
  return method == Method::kGet || method == Method::kHead || method == Method::kOptions;
}

void set_method_and_body(CURL* handle, const ClientRequest& request) {
  const std::string method(name_of(request.method));
  const bool has_body = !request.body.is_empty();
  if (request.method == Method::kHead) {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
    return;
  }
  if (has_body || !is_safe_to_repeat(request.method)) {
    // Read in place: libcurl makes no copy of the body to keep.
    const std::string_view body = request.body.reveal();
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, has_body ? body.data() : "");
  }
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, method.c_str());
}

base::Status set_headers(CURL* handle, const ClientRequest& request, HeaderLines& lines) {
  bool has_content_type = false;
  for (const auto& [name, value] : request.headers) {
    REKEY_CHECK(check_header(name, value));
    has_content_type = has_content_type || base::equal_ignoring_case(name, "content-type");
    lines.add(name, value);
  }
  if (!request.bearer_token.empty()) {
    REKEY_CHECK(check_header("Authorization", request.bearer_token));
    WipedText credentials;
    credentials.append("Bearer ");
    credentials.append(request.bearer_token);
    lines.add("Authorization", credentials.c_str());
  }
  // Two things that libcurl would add on its own: a form's type, and a pause for "100 Continue".
  if (!has_content_type) lines.add("Content-Type:");
  lines.add("Expect:");
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, lines.get());
  return {};
}

void set_transport(CURL* handle, const ClientRequest& request, const Target& target) {
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  const base::Duration connect_time = std::min(request.timeout, kMostConnectTime);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_time.count()));
  if (!request.local_socket_path.empty()) {
    curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, request.local_socket_path.c_str());
  }
  if (!request.ca_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, request.ca_file.c_str());
    curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);  // these authorities and no others
  }
  // A proxy from the environment must not see what stays on this machine.
  if (target.is_loopback || !request.local_socket_path.empty()) {
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
  }
}

void set_callbacks(CURL* handle, Transfer& transfer) {
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, on_about_to_send);
  curl_easy_setopt(handle, CURLOPT_PREREQDATA, &transfer);
}

base::Error error_of(CURLcode code, const Transfer& transfer, const std::string& where) {
  if (transfer.is_too_large) {
    return {Code::kLimitReached,
            fmt::format("the response of {} is larger than {} bytes", where, kMostBodyBytes)};
  }
  const char* words = curl_easy_strerror(code);
  if (transfer.attempts > 0) {
    return {Code::kTimeout, fmt::format("no complete answer from {} ({}): whether the request was "
                                        "carried out is unknown; see that it is up",
                                        where, words)};
  }
  return {Code::kUnavailable,
          fmt::format("cannot connect to {} ({}): nothing was sent; see that it is up and can be "
                      "reached from here",
                      where, words)};
}

ClientResponse response_of(CURL* handle, Transfer& transfer) {
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  ClientResponse response;
  response.status = static_cast<int>(status);
  for (const auto& [name, value] : transfer.headers) {
    if (name == "content-type") response.content_type = value;
  }
  response.headers = std::move(transfer.headers);
  response.body = transfer.body.take();
  return response;
}

}  // namespace

struct Client::State {
  std::string user_agent;
  EasyHandle handle;
};

Client::Client(std::string user_agent) {
  // libcurl wants this once in a process, before its first handle.
  static const CURLcode is_ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(is_ready);
  state_ = std::make_unique<State>(State{std::move(user_agent), EasyHandle(curl_easy_init())});
}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

base::Status check_url(const std::string& url) {
  REKEY_TRY(const Target target, parse_url(url));
  static_cast<void>(target);
  return {};
}

base::Result<ClientResponse> Client::send(const ClientRequest& request) {
  CURL* handle = state_->handle.get();
  if (handle == nullptr) return base::fail(Code::kInternal, "libcurl could not be started");
  if (request.method == Method::kOther) {
    return base::fail(Code::kInvalidArgument, "the request has no method that can be sent");
  }
  REKEY_TRY(const Target target, parse_url(request.url));

  // Forgets the options of the last request and keeps its connection.
  curl_easy_reset(handle);
  Transfer transfer;
  transfer.may_repeat = is_safe_to_repeat(request.method);
  HeaderLines lines;
  REKEY_CHECK(set_headers(handle, request, lines));
  curl_easy_setopt(handle, CURLOPT_USERAGENT, state_->user_agent.c_str());
  set_transport(handle, request, target);
  set_method_and_body(handle, request);
  set_callbacks(handle, transfer);
  const CURLcode code = curl_easy_perform(handle);
  auto result =
      code == CURLE_OK
          ? base::Result<ClientResponse>(response_of(handle, transfer))
          : base::Result<ClientResponse>(tl::unexpected(error_of(code, transfer, target.where)));
  // It points at this function's objects, which go now.
  curl_easy_reset(handle);
  return result;
}

}  // namespace rekey::net
