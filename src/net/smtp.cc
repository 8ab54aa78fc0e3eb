#include "net/smtp.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>

#include "net/loopback.h"
#include "net/mail.h"

namespace rekey::net {
namespace {

using base::Code;

constexpr base::Duration kMostConnectTime = std::chrono::seconds{10};
constexpr std::size_t kMostReplyCharacters = 200;
constexpr std::string_view kRefusedWord = " refused: ";  // then the code

struct FreeEasy {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

// One mail on its way. Its address is known to libcurl's callbacks.
struct Delivery {
  std::string_view left;  // of the mail
  std::string refusal;    // the server's last 4xx or 5xx line, printable
};

std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* user) {
  auto& delivery = *static_cast<Delivery*>(user);
  const std::size_t taken = std::min(size * count, delivery.left.size());
  std::memcpy(buffer, delivery.left.data(), taken);
  delivery.left.remove_prefix(taken);
  return taken;
}

std::size_t on_reply(char* data, std::size_t, std::size_t size, void* user) {
  auto& delivery = *static_cast<Delivery*>(user);
  // What follows a refusal is only goodbye.
  const bool is_refusal = size > 0 && (data[0] == '4' || data[0] == '5');
  if (!is_refusal) return size;
  delivery.refusal.clear();
  for (const char c : std::string_view(data, size).substr(0, kMostReplyCharacters)) {
    if (c >= ' ' && c <= '~') delivery.refusal += c;
  }
  return size;
}

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '-' &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '.' || c == '-' || c == ':';
         });
}

base::Status check(const SmtpServer& server, const SmtpEnvelope& envelope) {
  REKEY_CHECK(check_mail_address(envelope.from));
  REKEY_CHECK(check_mail_address(envelope.to));
  if (!is_host(server.host)) {
    return base::fail(Code::kInvalidArgument,
                      "the mail server must be a host name or an address, without scheme and port");
  }
  if (!server.username.empty() && server.security == SmtpSecurity::kNone &&
      !is_loopback_host(server.host)) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("the password for {} would cross the network in clear; use "
                                  "starttls or tls",
                                  server.host));
  }
  return {};
}

base::Error error_of(CURLcode code, long reply, const Delivery& delivery,
                     const SmtpServer& server) {
  const std::string where = fmt::format("the mail server {}:{}", server.host, server.port);
  const std::string words =
      delivery.refusal.empty() ? std::string(curl_easy_strerror(code)) : delivery.refusal;
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return {Code::kUnavailable, fmt::format("cannot connect to {} ({})", where, words)};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_USE_SSL_FAILED:
      return {Code::kRefused,
              fmt::format("no trusted TLS with {} ({}); nothing was sent. Check its certificate, "
                          "the setting for security, and ca_file",
                          where, words)};
    default:
      break;
  }
  if (code == CURLE_LOGIN_DENIED && reply / 100 != 4) {
    return {Code::kUnauthenticated,
            fmt::format("{} does not accept the user name or the password ({})", where, words)};
  }
  if (reply / 100 == 5) {
    const std::string number = delivery.refusal.empty() ? fmt::format("{} ", reply) : std::string{};
    return {Code::kRefused, fmt::format("{}{}{}{}", where, kRefusedWord, number, words)};
  }
  if (reply / 100 == 4) {
    return {Code::kUnavailable, fmt::format("{} cannot take it now: {}", where, words)};
  }
  return {Code::kTimeout,
          fmt::format("no complete answer from {} ({}): whether it took the mail is unknown", where,
                      words)};
}

void set_server(CURL* handle, const SmtpServer& server, const std::string& url) {
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(
      handle, CURLOPT_USE_SSL,
      static_cast<long>(server.security == SmtpSecurity::kNone ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!server.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, server.ca_file.c_str());
  if (!server.username.empty()) {
    const std::string password(server.password.reveal());
    curl_easy_setopt(handle, CURLOPT_USERNAME, server.username.c_str());
    curl_easy_setopt(handle, CURLOPT_PASSWORD, password.c_str());
    base::wipe(const_cast<char*>(password.data()), password.size());
  }
  const base::Duration connect_time = std::min(server.timeout, kMostConnectTime);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(server.timeout.count()));
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_time.count()));
}

void set_callbacks(CURL* handle, Delivery& delivery) {
  curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(handle, CURLOPT_READFUNCTION, on_read);
  curl_easy_setopt(handle, CURLOPT_READDATA, &delivery);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_reply);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &delivery);
}

}  // namespace

std::optional<SmtpReply> refusal_of(const base::Error& error) {
  const std::size_t at = error.detail.find(kRefusedWord);
  if (error.code != Code::kRefused || at == std::string::npos) return std::nullopt;
  SmtpReply reply;
  reply.words = error.detail.substr(at + kRefusedWord.size());
  const char* const begin = reply.words.data();
  const auto [end, problem] = std::from_chars(begin, begin + reply.words.size(), reply.code);
  if (problem != std::errc{} || end != begin + 3) return std::nullopt;
  return reply;
}

base::Status send_mail(const SmtpServer& server, const SmtpEnvelope& envelope,
                       std::string_view mail) {
  REKEY_CHECK(check(server, envelope));
  if (mail.size() > kMaxMailBytes) {
    return base::fail(Code::kLimitReached,
                      fmt::format("the mail is larger than {} bytes", kMaxMailBytes));
  }
  // libcurl wants this once in a process, before its first handle.
  static const CURLcode is_ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(is_ready);
  const std::unique_ptr<CURL, FreeEasy> handle(curl_easy_init());
  const std::unique_ptr<curl_slist, FreeList> recipients(
      curl_slist_append(nullptr, fmt::format("<{}>", envelope.to).c_str()));
  if (handle == nullptr || recipients == nullptr) {
    return base::fail(Code::kInternal, "libcurl could not be started");
  }
  const bool is_ipv6 = server.host.find(':') != std::string::npos;
  const std::string url =
      fmt::format("{}://{}{}{}:{}/", server.security == SmtpSecurity::kTls ? "smtps" : "smtp",
                  is_ipv6 ? "[" : "", server.host, is_ipv6 ? "]" : "", server.port);
  Delivery delivery{mail, {}};
  set_server(handle.get(), server, url);
  curl_easy_setopt(handle.get(), CURLOPT_MAIL_FROM, fmt::format("<{}>", envelope.from).c_str());
  curl_easy_setopt(handle.get(), CURLOPT_MAIL_RCPT, recipients.get());
  set_callbacks(handle.get(), delivery);
  const CURLcode code = curl_easy_perform(handle.get());
  if (code == CURLE_OK) return {};
  long reply = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &reply);
  return tl::unexpected(error_of(code, reply, delivery, server));
}

}  // namespace rekey::net
