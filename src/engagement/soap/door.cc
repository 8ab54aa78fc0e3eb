#include "engagement/soap/door.h"

#include <fmt/format.h>

#include <array>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "base/text.h"
#include "engagement/soap/describe.h"
#include "engagement/soap/envelope.h"
#include "engagement/soap/execute.h"
#include "engagement/soap/perform.h"
#include "engagement/soap/retrieve.h"
#include "engagement/soap/verb_call.h"
#include "engagement/soap/write_verbs.h"
#include "engagement/soap/wsdl_files.h"
#include "telemetry/names.h"

namespace rekey::engagement::soap {

namespace {

using base::Code;

constexpr std::string_view kEndpointPath = "/service.asmx";
constexpr std::string_view kWsdlPath = "/etframework.wsdl";
constexpr std::string_view kPlaceOfAddress = "@ENDPOINT@";
constexpr std::string_view kTooMany = "Too many requests wait; try again later.";
constexpr std::string_view kTooLong =
    "Too much would have to be read for this; ask for less, or narrow the filter.";
constexpr std::string_view kAway = "The service is not available; try again later.";

struct Verb {
  std::string_view request;  // the element in the body
  std::string_view answer_action;
  bool writes;
  VerbAnswer (*run)(const VerbCall& call);
};
constexpr std::array<Verb, 11> kVerbs{{
    {"RetrieveRequestMsg", "RetrieveResponse", false, retrieve},
    {"CreateRequest", "CreateResponse", true, create_objects},
    {"UpdateRequest", "UpdateResponse", true, update_objects},
    {"DeleteRequest", "DeleteResponse", true, delete_objects},
    {"DefinitionRequestMsg", "DescribeResponse", false, describe},
    {"ExecuteRequestMsg", "ExecuteResponse", true, execute},
    {"PerformRequestMsg", "PerformResponse", false, perform},
    {"ScheduleRequestMsg", "ScheduleResponse", false, schedule},
    {"ConfigureRequestMsg", "ConfigureResponse", false, configure},
    {"SystemStatusRequestMsg", "GetSystemStatusResponse", false, system_status},
    {"VersionInfoRequestMsg", "VersionInfoResponse", false, version_info},
}};

const Verb* find_verb(std::string_view request) {
  for (const Verb& verb : kVerbs) {
    if (verb.request == request) return &verb;
  }
  return nullptr;
}

}  // namespace

// A request that is being answered.
struct Door::Job {
  std::string body;
  std::string endpoint;  // where it was asked
  Respond respond;
  base::Instant now{};
  Message message;
  Caller caller;
  const Verb* verb = nullptr;
  std::optional<VerbAnswer> answer;

  [[nodiscard]] Fault fault(FaultKind kind, std::string text) const {
    return {kind, std::move(text), message.version, message.message_id, 2};
  }
  // What is wrong with the request before it is run.
  [[nodiscard]] std::optional<Fault> open(const Identify& identify) {
    auto read = read_message(body);
    if (!read) return std::move(read).error();
    message = *std::move(read);
    body.clear();
    const Identified identified =
        identify && !message.token.empty() ? identify(message.token, now) : Identified{};
    if (!identified.caller) {
      return fault(FaultKind::kSecurity, identified.has_expired ? "Token Expired" : "Login Failed");
    }
    caller = *identified.caller;
    verb = find_verb(message.request.name);
    if (verb != nullptr) return std::nullopt;
    return fault(FaultKind::kClient, fmt::format("The action {} is not known here.",
                                                 message.request.name.substr(0, 100)));
  }
  [[nodiscard]] base::Status run(storage::Connection& tables, const VerbTools& tools) {
    answer = verb->run(VerbCall{tables, caller, message.request, now, tools});
    if (*answer) return {};
    return tl::unexpected<base::Error>(answer->error());
  }
};

bool Door::owns(std::string_view path) noexcept {
  return base::equal_ignoring_case(path, kEndpointPath) ||
         base::equal_ignoring_case(path, kWsdlPath);
}

std::string Door::endpoint_at(std::string_view base_url) {
  return fmt::format("{}/Service.asmx", base_url);
}

std::string Door::endpoint_of(const DoorRequest& request) const {
  return request.base_url.empty() ? endpoint_ : endpoint_at(request.base_url);
}

net::Response Door::wsdl(const std::string& endpoint) {
  net::Response response;
  response.content_type = "text/xml; charset=utf-8";
  response.body = kEtframeworkWsdl;
  const std::size_t place = response.body.find(kPlaceOfAddress);
  if (place != std::string::npos) response.body.replace(place, kPlaceOfAddress.size(), endpoint);
  return response;
}

void Door::handle(DoorRequest request, Respond respond) {
  std::string endpoint = endpoint_of(request);
  if (request.method == net::Method::kGet || request.method == net::Method::kHead) {
    return respond(wsdl(endpoint));
  }
  if (request.method != net::Method::kPost) {
    net::Response refused;
    refused.status = 405;
    refused.content_type = "text/plain; charset=utf-8";
    refused.body = "SOAP requests are sent by POST; GET gives the WSDL.\n";
    refused.headers.emplace_back("Allow", "GET, HEAD, POST");
    return respond(std::move(refused));
  }
  const auto job = std::make_shared<Job>();
  job->body = std::move(request.body);
  job->endpoint = std::move(endpoint);
  job->respond = std::move(respond);
  job->now = parts_.clock.now();
  if (!parts_.pool.offer([this, job](storage::Connection& reads) { run(job, reads); })) {
    refuse_busy(*job);
  }
}

void Door::turn_away(DoorRequest request, int status, Respond respond) {
  constexpr int kThrottled = 429;
  const std::string_view why = status == kThrottled ? kTooMany : kAway;
  if (request.method != net::Method::kPost) {
    net::Response refused;
    refused.status = status;
    refused.content_type = "text/plain; charset=utf-8";
    refused.body = fmt::format("{}\n", why);
    return respond(std::move(refused));
  }
  const auto job = std::make_shared<Job>();
  job->endpoint = endpoint_of(request);
  job->body = std::move(request.body);
  job->respond = std::move(respond);
  job->now = parts_.clock.now();
  const bool is_taken = parts_.pool.offer([this, job, why](storage::Connection&) {
    if (auto read = read_message(job->body)) {
      job->message = *std::move(read);
    } else {
      job->message.version = read.error().version;
    }
    answer_fault(*job, std::string(why));
  });
  if (!is_taken) answer_fault(*job, std::string(why));
}

void Door::refuse_busy(const Job& job) const {
  answer_fault(job, std::string(kTooMany));
}

void Door::answer_fault(const Job& job, std::string text) const {
  const Fault fault = job.fault(FaultKind::kServer, std::move(text));
  job.respond(answer_with(fault, job.endpoint, job.now, parts_.tools.ids));
}

void Door::run(const std::shared_ptr<Job>& job, storage::Connection& reads) {
  if (const auto fault = job->open(parts_.identify)) {
    return job->respond(answer_with(*fault, job->endpoint, job->now, parts_.tools.ids));
  }
  // Where the transaction failed, whatever was to be answered does not count.
  const auto finish = [this, job](const base::Status& status) {
    if (status) {
      const AnswerHeader header{job->message.version, job->verb->answer_action,
                                job->message.message_id, job->now};
      return job->respond(answer_with(header, **job->answer, parts_.tools.ids));
    }
    if (status.error().code == Code::kLimitReached) return refuse_busy(*job);
    if (status.error().code == Code::kTimeout) return answer_fault(*job, std::string(kTooLong));
    const std::string id = parts_.tools.ids.guid();
    parts_.logger.log(telemetry::Level::kError, job->now, telemetry::names::kRequestFailed,
                      {{"id", id},
                       {"code", base::name_of(status.error().code)},
                       {"detail", status.error().detail}});
    answer_fault(*job, fmt::format("An internal error; the server's log has it as {}.", id));
  };
  const auto work = [this, job](storage::Connection& tables) {
    return job->run(tables,
                    VerbTools{parts_.tools, parts_.tools.ids, continuations_, parts_.ask_packages});
  };
  if (job->verb->writes) {
    return parts_.writer.submit(work, [this, finish](const base::Status& status) {
      finish(status);
      parts_.after_write();
    });
  }
  base::Status status;
  try {
    status = reads.in_snapshot([&] { return work(reads); });
  } catch (const std::exception& exception) {
    status = base::fail(Code::kInternal, fmt::format("a read failed: {}", exception.what()));
  }
  finish(status);
}

}  // namespace rekey::engagement::soap
