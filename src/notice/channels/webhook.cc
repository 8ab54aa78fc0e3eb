#include "notice/channels/webhook.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "crypto/hmac.h"
#include "net/client.h"
#include "notice/channels/registry.h"

namespace rekey::notice {
namespace {

using base::Code;
using base::Secret;

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::size_t kLeastKeyBytes = 24;
constexpr std::size_t kMostKeyBytes = 64;
constexpr std::string_view kUserAgent = "rekey-notice/" REKEY_VERSION;

std::string body_of(WebhookShape shape, const Outgoing& outgoing) {
  switch (shape) {
    case WebhookShape::kSlack:
      return slack_body(outgoing.message, outgoing.now);
    case WebhookShape::kTeams:
      return teams_body(outgoing.message, outgoing.now);
    default:
      return to_json(outgoing.message, outgoing.id, outgoing.now);
  }
}

// 408, 425, 429 and 5xx say "later"; what else is not 2xx needs somebody.
base::Status judge(const std::string& name, int status) {
  if (status / 100 == 2) return {};
  const bool may_pass = status / 100 == 5 || status == 408 || status == 425 || status == 429;
  return base::fail(may_pass ? Code::kUnavailable : Code::kRefused,
                    fmt::format("the webhook \"{}\" answered {}; it must answer 2xx for a notice "
                                "that it has taken",
                                name, status));
}

class WebhookChannel final : public Channel {
 public:
  WebhookChannel(WebhookSettings settings, platform::Files& files)
      : settings_(std::move(settings)), files_(files), client_(std::string(kUserAgent)) {}

  [[nodiscard]] base::Status deliver(const Outgoing& outgoing) override {
    const std::string body = body_of(settings_.shape, outgoing);
    net::ClientRequest request;
    request.method = net::Method::kPost;
    request.timeout = settings_.timeout;
    request.ca_file = settings_.ca_file;
    request.headers = {{"Content-Type", "application/json"}, {"webhook-id", outgoing.id}};
    REKEY_CHECK(add_signature(request, outgoing, body));
    request.body = Secret(body);
    REKEY_TRY(const Secret url, url_to_ask());
    request.url = std::string(url.reveal());
    auto response = client_.send(request);
    base::wipe(request.url.data(), request.url.size());
    if (response) return judge(settings_.name, response->status);
    return tl::unexpected(
        base::with_context(fmt::format("webhook \"{}\"", settings_.name), response.error()));
  }

 private:
  [[nodiscard]] base::Status add_signature(net::ClientRequest& request, const Outgoing& outgoing,
                                           const std::string& body) {
    const auto seconds =
        std::chrono::floor<std::chrono::seconds>(outgoing.now.time_since_epoch()).count();
    request.headers.emplace_back("webhook-timestamp", std::to_string(seconds));
    if (settings_.secret_file.empty()) return {};
    REKEY_TRY(const Secret secret, read_first_line(files_, settings_.secret_file));
    auto signature = sign_webhook(secret, outgoing.id, seconds, body);
    if (!signature) {
      return tl::unexpected(base::with_context(settings_.secret_file, signature.error()));
    }
    request.headers.emplace_back("webhook-signature", *std::move(signature));
    return {};
  }

  [[nodiscard]] base::Result<Secret> url_to_ask() {
    if (settings_.url_file.empty()) return Secret(settings_.url);
    REKEY_TRY(Secret url, read_first_line(files_, settings_.url_file));
    if (url.reveal().starts_with("https://") || url.reveal().starts_with("http://127.0.0.1:")) {
      return url;
    }
    return base::fail(Code::kInvalidArgument,
                      fmt::format("the first line of {} must be a URL that begins with https://",
                                  settings_.url_file));
  }

  WebhookSettings settings_;
  platform::Files& files_;
  net::Client client_;
};

}  // namespace

base::Result<std::string> sign_webhook(const Secret& secret, std::string_view id,
                                       std::int64_t timestamp_seconds, std::string_view body) {
  std::string_view text = secret.reveal();
  if (text.starts_with(kSecretPrefix)) text.remove_prefix(kSecretPrefix.size());
  auto key = base::base64_decode(text);
  if (!key || key->size() < kLeastKeyBytes || key->size() > kMostKeyBytes) {
    if (key) base::wipe(key->data(), key->size());
    return base::fail(Code::kInvalidArgument,
                      fmt::format("a webhook's secret is \"{}\" and the base64 of {} to {} random "
                                  "bytes",
                                  kSecretPrefix, kLeastKeyBytes, kMostKeyBytes));
  }
  crypto::HmacSha256 sign(base::text_of(*key));
  base::wipe(key->data(), key->size());
  const crypto::Digest digest = sign(fmt::format("{}.{}.{}", id, timestamp_seconds, body));
  return "v1," + base::base64_encode(digest);
}

void add_webhooks(Channels& channels, const Settings& settings, platform::Files& files) {
  for (const WebhookSettings& webhook : settings.webhooks) {
    channels.emplace("webhook/" + webhook.name, std::make_unique<WebhookChannel>(webhook, files));
  }
}

}  // namespace rekey::notice
