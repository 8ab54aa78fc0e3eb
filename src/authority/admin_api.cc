#include "authority/admin_api.h"

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "authority/admin_routes.h"
#include "authority/admin_secret.h"
#include "authority/partner_door.h"
#include "authority/tables/side_tables.h"
#include "base/text.h"
#include "net/http_date.h"
#include "net/problem.h"
#include "telemetry/names.h"

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;

constexpr base::Duration kReplayTime = base::Days{1};
constexpr std::size_t kLongestKey = 64;

net::Response response_of(int status, std::string_view text) {
  net::Response response;
  response.status = status;
  response.body = text;
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

// The client learns the code and, but for internal errors, the detail; those get an id, which the
// log line carries too.
net::Response problem_of(const base::Error& error, telemetry::Logger& logger, base::Instant now) {
  constexpr int kInternalError = 500;
  net::Response response;
  if (net::status_of(error.code) == kInternalError) {
    const std::string id = net::make_problem_id();
    logger.log(telemetry::Level::kError, now, telemetry::names::kRequestFailed,
               {{"id", id}, {"code", name_of(error.code)}, {"detail", error.detail}});
    response = net::problem_response(error, id);
  } else {
    response = net::problem_response(error);
  }
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

// RFC 6750 section 3.1: who sent no token is told of no error in it.
std::string challenge_to(const net::Request& request) {
  return request.header("Authorization").empty() ? R"(Bearer realm="rekey")"
                                                 : R"(Bearer error="invalid_token")";
}

net::Response wrong_method(std::string_view path, const base::Error& error) {
  net::Response response = net::method_problem_response(allowed_methods(path), error.detail);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

base::Status check_idempotency_key(std::string_view key) {
  const auto is_printable = [](char c) { return c >= 0x20 && c < 0x7f; };
  if (key.size() <= kLongestKey && std::all_of(key.begin(), key.end(), is_printable)) return {};
  return base::fail(Code::kInvalidArgument,
                    "Idempotency-Key: 1 to 64 printable characters were expected");
}

Result<net::JsonValue> parse_body(std::string_view body) {
  REKEY_TRY(net::JsonValue json, net::parse_json(body.empty() ? "{}" : body));
  if (json.kind() == net::JsonValue::Kind::kObject) return json;
  return base::fail(Code::kInvalidArgument, "the body: a JSON object was expected");
}

// Stands for the whole request; keyed, because a body may hold a value.
std::string digest_of(const AdminRequest& request, crypto::Fingerprinter& fingerprinter) {
  std::string text(name_of(request.method));
  text.reserve(text.size() + request.path.size() + request.query.size() +
               request.body.size_bytes() + 3);
  text += ' ';
  text += request.path;
  text += '?';
  text += request.query;
  text += '\n';
  text += request.body.reveal();
  const base::Secret whole = base::Secret::take(std::move(text));
  return base::to_text(fingerprinter(whole.reveal()));
}

// The reply kept for that key, where this is a replay; kConflict where the request is another.
Result<std::optional<AdminReply>> find_replay(ChangeScope& scope, const std::string& caller,
                                              const std::string& key, const std::string& digest) {
  REKEY_TRY(std::optional<tables::KeptReply> kept,
            tables::find_reply(scope.connection(), caller, key));
  if (!kept || kept->at + kReplayTime <= scope.now()) return std::optional<AdminReply>{};
  if (kept->request_digest != digest) {
    return base::fail(
        Code::kConflict,
        "Idempotency-Key: another request was sent with this key; a new request needs "
        "a new key");
  }
  return std::optional<AdminReply>{reply_with(kept->status, std::move(kept->text))};
}

struct Outcome {
  AdminReply reply;
  bool is_replay = false;
};

// A planned change with its key: a replay answers what the first answered, without the value.
struct KeyedChange {
  PlannedChange change;
  std::string caller;
  std::string key;  // empty: none
  std::string digest;

  Result<Outcome> carry_out(ChangeScope& scope) const {
    if (key.empty()) {
      REKEY_TRY(AdminReply reply, change.work(scope));
      return Outcome{std::move(reply)};
    }
    REKEY_TRY(std::optional<AdminReply> replay, find_replay(scope, caller, key, digest));
    if (replay) return Outcome{*std::move(replay), true};
    REKEY_TRY(AdminReply reply, change.work(scope));
    REKEY_CHECK(tables::keep_reply(scope.connection(), caller, key,
                                   {digest, reply.status, reply.kept, scope.now()}));
    return Outcome{std::move(reply)};
  }
};

void submit_change(Changes& changes, telemetry::Logger& logger, base::Instant now,
                   std::string actor, KeyedChange keyed, const AdminRespond& respond) {
  const auto shared = std::make_shared<const KeyedChange>(std::move(keyed));
  const auto outcome = std::make_shared<Outcome>();
  changes.submit(
      std::move(actor),
      [shared, outcome](ChangeScope& scope) -> base::Status {
        REKEY_TRY(*outcome, shared->carry_out(scope));
        return {};
      },
      [shared, outcome, respond, &logger, now](base::Status status) {
        const bool was_done = status && !outcome->is_replay;
        if (was_done && shared->change.after_commit) status = shared->change.after_commit();
        if (status) {
          respond(response_of(outcome->reply.status, outcome->reply.text.reveal()));
        } else {
          respond(problem_of(status.error(), logger, now));
        }
      });
}

base::Status answer(const AdminContext& context, Changes& changes, telemetry::Logger& logger,
                    base::Instant now, const AdminRequest& request, const AdminRespond& respond) {
  Result<FoundRoute> route = find_route(request.method, request.path);
  if (!route && route.error().code == Code::kUnsupported) {
    respond(wrong_method(request.path, route.error()));
    return {};
  }
  REKEY_TRY(const FoundRoute found, std::move(route));
  REKEY_CHECK(check_idempotency_key(request.idempotency_key));
  AdminCall call;
  call.now = now;
  call.actor = request.actor;
  call.ids = found.ids;
  call.query = request.query;
  REKEY_CHECK(check_parameters(call.query, found.route->parameters));
  REKEY_TRY(call.body, parse_body(request.body.reveal()));
  if (found.route->read != nullptr) {
    REKEY_TRY(const AdminReply reply, found.route->read(context, call));
    respond(response_of(reply.status, reply.text.reveal()));
    return {};
  }
  KeyedChange keyed;
  REKEY_TRY(keyed.change, found.route->plan(context, call));
  keyed.caller = request.actor;
  keyed.key = request.idempotency_key;
  if (!keyed.key.empty()) keyed.digest = digest_of(request, context.keys.fingerprinter);
  if (keyed.change.is_alone) {
    REKEY_CHECK(changes.run(request.actor, [](ChangeScope&) -> base::Status { return {}; }));
  }
  submit_change(changes, logger, now, request.actor, std::move(keyed), respond);
  return {};
}

// Only the folder's owner, and root, may ask for what needs no token.
base::Status check_local_caller(const net::PeerAddress& peer) {
  if (peer.is_local_socket && (peer.local_uid == ::geteuid() || peer.local_uid == 0)) return {};
  return base::fail(Code::kForbidden, "only the owner of the data folder may ask for this");
}

Result<AdminRequest> read_request(const net::Request& request, std::string_view path,
                                  const TokenClaims* caller) {
  AdminRequest read;
  read.path = path;
  std::transform(read.path.begin(), read.path.end(), read.path.begin(), base::to_lower);
  if (read.path.starts_with("/local/")) {
    REKEY_CHECK(check_local_caller(request.peer));
    read.actor = local_actor(request.peer.local_uid);
  } else if (caller != nullptr) {
    read.actor = "admin:" + unpack_client_id(caller->client);
  } else {
    return base::fail(Code::kUnauthenticated,
                      "a living access token with the scope rekey_admin is needed; the admin "
                      "package's credential (admin.json) gets one");
  }
  read.method = request.method;
  read.query = request.query;
  read.body = base::Secret(request.body);
  read.idempotency_key = request.header("idempotency-key");
  return read;
}

}  // namespace

void answer_admin_request(const AdminContext& context, Changes& changes, telemetry::Logger& logger,
                          base::Instant now, const AdminRequest& request,
                          const AdminRespond& respond) {
  const base::Status answered = answer(context, changes, logger, now, request, respond);
  if (!answered) respond(problem_of(answered.error(), logger, now));
}

struct AdminApi::State {
  // What the clock of an administrator says.
  void note_clock(const net::Request& request, base::Instant now) const {
    const auto theirs = net::parse_http_date(request.header("date"));
    if (!theirs) return;
    const auto peer = client_address(request, parts.settings.trusted_proxies);
    parts.clock_watch.note_caller(network_of(peer), *theirs, now);
  }

  struct Waiting {
    AdminRequest request;
    AdminRespond respond;
  };

  State(storage::Connection connection, const AdminApiParts& given)
      : reads(std::move(connection)), keys(given.root_key), parts(given) {}

  void loop() {
    while (std::optional<Waiting> next = take()) {
      const base::Instant now = parts.clock.now();
      try {
        answer_admin_request(context, parts.changes, parts.logger, now, next->request,
                             next->respond);
      } catch (const std::exception& exception) {
        next->respond(problem_of({Code::kInternal, exception.what()}, parts.logger, now));
      }
    }
  }

  // nullopt once stopped and nothing waits.
  std::optional<Waiting> take() {
    std::unique_lock lock(mutex);
    arrived.wait(lock, [this] { return is_stopping || !queue.empty(); });
    if (queue.empty()) return std::nullopt;
    Waiting next = std::move(queue.front());
    queue.pop_front();
    return next;
  }

  void refuse(const AdminRespond& respond) const {
    respond(problem_of({Code::kUnavailable, "too many requests wait; try again in a moment"},
                       parts.logger, parts.clock.now()));
  }
  void offer_or_refuse(AdminRequest request, AdminRespond respond) {
    const AdminRespond kept = respond;
    if (!offer({std::move(request), std::move(respond)})) refuse(kept);
  }

  bool offer(Waiting waiting) {
    const std::lock_guard lock(mutex);
    if (is_stopping || queue.size() >= kQueueLimit) return false;
    queue.push_back(std::move(waiting));
    arrived.notify_one();
    return true;
  }

  storage::Connection reads;
  ValueKeys keys;
  const AdminApiParts parts;
  const AdminContext context{reads,          keys,        parts.usage,  parts.refusals,
                             parts.settings, parts.files, parts.folder, parts.clock_watch,
                             parts.signing};
  std::mutex mutex;
  std::condition_variable arrived;
  std::deque<Waiting> queue;
  bool is_stopping = false;
  std::thread thread;
  std::unique_ptr<PartnerDoor> partner_door;  // none where no partner is let in
};

AdminApi::AdminApi(storage::Connection reads, const AdminApiParts& parts)
    : state_(std::make_unique<State>(std::move(reads), parts)) {
  state_->thread = std::thread([state = state_.get()] { state->loop(); });
  if (parts.partner_keys_url.empty()) return;
  state_->partner_door = std::make_unique<PartnerDoor>(
      parts.partner_keys_url, parts.clock, parts.logger,
      [state = state_.get()](AdminRequest request, AdminRespond respond) {
        state->offer_or_refuse(std::move(request), std::move(respond));
      });
}

AdminApi::~AdminApi() {
  stop();
}

void AdminApi::stop() {
  if (state_->partner_door) state_->partner_door->stop();
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_stopping = true;
  }
  state_->arrived.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
}

void AdminApi::handle(net::Exchange& exchange, std::string_view path, const TokenClaims* caller) {
  const base::Instant now = state_->parts.clock.now();
  // Shared, because a function that is copied carries it.
  const auto respond_later = [&exchange] {
    const auto later = std::make_shared<net::Later>(exchange.later());
    return AdminRespond([later](net::Response response) { later->respond(std::move(response)); });
  };
  if (caller == nullptr && state_->partner_door) {
    if (auto report = signed_report_in(exchange.request(), path)) {
      const AdminRespond respond = respond_later();
      if (!state_->partner_door->offer(*std::move(report), respond)) state_->refuse(respond);
      return;
    }
  }
  Result<AdminRequest> request = read_request(exchange.request(), path, caller);
  if (!request) {
    net::Response response = problem_of(request.error(), state_->parts.logger, now);
    if (request.error().code == Code::kUnauthenticated) {
      response.headers.emplace_back("WWW-Authenticate", challenge_to(exchange.request()));
    }
    return exchange.respond(response);
  }
  if (caller != nullptr) state_->note_clock(exchange.request(), now);
  state_->offer_or_refuse(*std::move(request), respond_later());
}

}  // namespace rekey::authority
