#include "authority/partner_door.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "authority/admin_leaks.h"
#include "base/text.h"
#include "crypto/ecdsa.h"
#include "net/client.h"
#include "net/json.h"
#include "net/problem.h"
#include "telemetry/names.h"

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;

// GitHub's names; header names have no case.
constexpr std::string_view kKeyIdHeader = "github-public-key-identifier";
constexpr std::string_view kSignatureHeader = "github-public-key-signature";
constexpr std::size_t kLongestKeyId = 128;
constexpr std::size_t kLongestSignature = 512;
constexpr std::size_t kMostKeys = 32;
constexpr base::Duration kFetchPatience = std::chrono::seconds{10};

Result<std::vector<PartnerKey>> fetch(net::Client& client, const std::string& url) {
  net::ClientRequest request;
  request.url = url;
  request.timeout = kFetchPatience;
  REKEY_TRY(const net::ClientResponse response, client.send(request));
  if (response.status != 200) {
    return base::fail(Code::kUnavailable, fmt::format("{} answered {}", url, response.status));
  }
  auto keys = parse_partner_keys(response.body.reveal());
  if (!keys) return tl::unexpected(base::with_context(url, std::move(keys).error()));
  return keys;
}

net::Response refusal(const base::Error& error) {
  net::Response response = net::problem_response(error);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

bool is_signed_with(const std::string& pem, const SignedReport& report) {
  const auto key = crypto::EcdsaPublicKey::from_pem(pem);
  const auto signature = base::base64_decode(report.signature);
  return key && signature && key->is_valid(base::bytes_of(report.body.reveal()), *signature);
}

// The body of the admin API's call: an array becomes a member of an object.
base::Secret call_body(const base::Secret& body) {
  std::string text;
  text.reserve(body.size_bytes() + 16);
  text.append(R"({"partner":)").append(body.reveal()).append("}");
  return base::Secret::take(std::move(text));
}

}  // namespace

Result<std::vector<PartnerKey>> parse_partner_keys(std::string_view text) {
  REKEY_TRY(const net::JsonValue json, net::parse_json(text));
  const net::JsonValue* const list = json.find("public_keys");
  if (list == nullptr || list->kind() != net::JsonValue::Kind::kArray) {
    return base::fail(Code::kInvalidArgument, "public_keys: a list was expected");
  }
  std::vector<PartnerKey> keys;
  for (const net::JsonValue& item : list->items()) {
    PartnerKey key;
    REKEY_TRY(key.id, item.string_member("key_identifier"));
    REKEY_TRY(key.pem, item.string_member("key"));
    const bool is_usable = crypto::EcdsaPublicKey::from_pem(key.pem).has_value();
    if (is_usable && keys.size() < kMostKeys) keys.push_back(std::move(key));
  }
  return keys;
}

std::optional<SignedReport> signed_report_in(const net::Request& request, std::string_view path) {
  if (request.method != net::Method::kPost || !base::equal_ignoring_case(path, kLeaksPath)) {
    return std::nullopt;
  }
  SignedReport report;
  report.key_id = request.header(kKeyIdHeader);
  report.signature = request.header(kSignatureHeader);
  if (report.key_id.empty() || report.key_id.size() > kLongestKeyId || report.signature.empty() ||
      report.signature.size() > kLongestSignature) {
    return std::nullopt;
  }
  report.body = base::Secret(request.body);
  return report;
}

struct PartnerDoor::State {
  struct Waiting {
    SignedReport report;
    AdminRespond respond;
  };

  State(std::string url, const platform::Clock& clock_in, telemetry::Logger& logger_in,
        PassOn pass_on_in)
      : keys_url(std::move(url)),
        clock(clock_in),
        logger(logger_in),
        pass_on(std::move(pass_on_in)),
        client(fmt::format("rekey/{}", REKEY_VERSION)) {}

  void loop() {
    while (std::optional<Waiting> next = take()) {
      const AdminRespond respond = next->respond;
      try {
        answer(*std::move(next));
      } catch (const std::exception& exception) {
        logger.log(telemetry::Level::kError, clock.now(), telemetry::names::kRequestFailed,
                   {{"condition", "partner_report"}, {"detail", exception.what()}});
        respond(refusal({Code::kInternal, "an internal error"}));
      }
    }
  }

  std::optional<Waiting> take() {
    std::unique_lock lock(mutex);
    arrived.wait(lock, [this] { return is_stopping || !queue.empty(); });
    if (queue.empty()) return std::nullopt;
    Waiting next = std::move(queue.front());
    queue.pop_front();
    return next;
  }

  void answer(Waiting waiting) {
    const std::string* const pem = key_named(waiting.report.key_id);
    if (pem == nullptr || !is_signed_with(*pem, waiting.report)) {
      waiting.respond(refusal({Code::kUnauthenticated,
                               "the report is not signed with a key of this partner's, or its body "
                               "is not the one that was signed"}));
      return;
    }
    AdminRequest request;
    request.method = net::Method::kPost;
    request.path = kLeaksPath;
    request.body = call_body(waiting.report.body);
    request.actor = kPartnerActor;
    pass_on(std::move(request), std::move(waiting.respond));
  }

  // nullptr where the partner lists no such key.
  const std::string* key_named(std::string_view id) {
    if (const std::string* known = find(id)) return known;
    fetch_keys();
    return find(id);
  }

  [[nodiscard]] const std::string* find(std::string_view id) const {
    const auto found = std::find_if(keys.begin(), keys.end(),
                                    [id](const PartnerKey& key) { return key.id == id; });
    return found == keys.end() ? nullptr : &found->pem;
  }

  void fetch_keys() {
    const base::Duration now = clock.monotonic();
    if (last_fetch && now - *last_fetch < kLeastBetweenFetches) return;
    last_fetch = now;
    auto fetched = fetch(client, keys_url);
    if (fetched) {
      keys = *std::move(fetched);
      return;
    }
    logger.log(telemetry::Level::kError, clock.now(), telemetry::names::kRequestFailed,
               {{"condition", "partner_keys"}, {"detail", fetched.error().detail}});
  }

  const std::string keys_url;
  const platform::Clock& clock;
  telemetry::Logger& logger;
  const PassOn pass_on;
  // The thread's own.
  net::Client client;
  std::vector<PartnerKey> keys;
  std::optional<base::Duration> last_fetch;

  std::mutex mutex;
  std::condition_variable arrived;
  std::deque<Waiting> queue;
  bool is_stopping = false;
  std::thread thread;
};

PartnerDoor::PartnerDoor(std::string keys_url, const platform::Clock& clock,
                         telemetry::Logger& logger, PassOn pass_on)
    : state_(std::make_unique<State>(std::move(keys_url), clock, logger, std::move(pass_on))) {
  state_->thread = std::thread([state = state_.get()] { state->loop(); });
}

PartnerDoor::~PartnerDoor() {
  stop();
}

bool PartnerDoor::offer(SignedReport report, AdminRespond respond) {
  const std::lock_guard lock(state_->mutex);
  if (state_->is_stopping || state_->queue.size() >= kQueueLimit) return false;
  state_->queue.push_back({std::move(report), std::move(respond)});
  state_->arrived.notify_one();
  return true;
}

void PartnerDoor::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_stopping = true;
  }
  state_->arrived.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
}

}  // namespace rekey::authority
