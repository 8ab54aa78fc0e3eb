#include "rotation/engine/workflow_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/printable.h"
#include "base/text.h"
#include "crypto/random.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Duration;
using base::Secret;

constexpr Duration kLongestRequest = std::chrono::seconds{30};
// What the last try before a workflow's timeout has for its answer.
constexpr Duration kTimeForLastTry = std::chrono::seconds{1};
constexpr std::size_t kUniqueBytes = 8;

// What a server answers that cannot serve now, whatever it was asked.
constexpr std::array<int, 4> kPassingStatuses{429, 502, 503, 504};

// A text of a reply that is longer could be the secret or the token, whole or encoded.
constexpr std::size_t kLongestShown = 20;
constexpr std::size_t kLongestShownUrl = 300;

// What one run knows.
struct Session {
  const Secret& value;
  Secret token{};
  std::map<std::string, std::string, std::less<>> known{};  // addresses, and what was captured

  // The token is not among them.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const {
    const auto found = known.find(name);
    if (found == known.end()) return std::nullopt;
    return found->second;
  }
  [[nodiscard]] bool may_show(std::string_view text) const {
    if (text.size() > kLongestShown || base::find_hidden_character(text)) return false;
    const std::string_view secret = value.reveal();
    const std::string_view bearer = token.reveal();
    return text.empty() || (secret.find(text) == std::string_view::npos &&
                            bearer.find(text) == std::string_view::npos &&
                            text.find(bearer) == std::string_view::npos);
  }
};

struct Attempt {
  WorkflowOutcome outcome = WorkflowOutcome::kFailed;
  std::string why{};
};

Attempt failed(std::string why) {
  return {WorkflowOutcome::kFailed, std::move(why)};
}
Attempt of_error(const base::Error& error) {
  const bool is_passing = error.code == Code::kUnavailable || error.code == Code::kTimeout;
  return {is_passing ? WorkflowOutcome::kUnclear : WorkflowOutcome::kFailed, error.detail};
}

bool is_expected(const WorkflowStep& step, int status) {
  return std::find(step.statuses.begin(), step.statuses.end(), status) != step.statuses.end();
}
// A SOAP fault of the server's own: the same message may succeed later (SOAP 1.1 section 4.4.1; 1.2
// part 1 section 5.4.6 calls it Receiver).
bool is_servers_fault(const net::ClientResponse& response) {
  constexpr int kFaultStatus = 500;
  constexpr std::array<std::string_view, 3> kCodes{":Server</faultcode>", ">Server</faultcode>",
                                                   ":Receiver</"};
  const std::string_view body = response.body.reveal();
  return response.status == kFaultStatus &&
         std::any_of(kCodes.begin(), kCodes.end(), [&](std::string_view code) {
           return body.find(code) != std::string_view::npos;
         });
}
Attempt of_refusal(const WorkflowStep& step, const net::ClientResponse& response) {
  const int status = response.status;
  const bool is_passing = std::find(kPassingStatuses.begin(), kPassingStatuses.end(), status) !=
                              kPassingStatuses.end() ||
                          is_servers_fault(response);
  return {is_passing ? WorkflowOutcome::kUnclear : WorkflowOutcome::kFailed,
          fmt::format("status {}; expected {}", status, fmt::join(step.statuses, " or "))};
}

// The URL says what was asked; a server that names an address with a secret in it is not quoted.
std::string asked_of(const WorkflowStep& step, const Session& session) {
  std::string url =
      url_for_people(step.url, [&](std::string_view name) { return session.find(name); });
  const auto holds = [&](const Secret& value) {
    return !value.is_empty() && url.find(value.reveal()) != std::string::npos;
  };
  if (holds(session.value) || holds(session.token) || base::find_hidden_character(url)) {
    return std::string(net::name_of(step.method));
  }
  if (url.size() > kLongestShownUrl) url = url.substr(0, kLongestShownUrl) + "…";
  return fmt::format("{} {}", net::name_of(step.method), url);
}

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

class HttpWorkflowRunner final : public WorkflowRunner {
 public:
  HttpWorkflowRunner(Send send, platform::Clock& clock, const IntegrationFacts& integration,
                     IssuerReader& issuer)
      : send_(send),
        clock_(clock),
        client_id_(integration.client_id),
        base_url_(without_slash(integration.auth_base_uri)),
        requester_(std::move(send), integration, issuer) {}

  [[nodiscard]] WorkflowResult run(const Workflow& workflow, const Secret& value) override {
    Session session{value};
    if (const Attempt begun = begin(session); begun.outcome != WorkflowOutcome::kPassed) {
      return {begun.outcome, std::string(kTokenStep), begun.why};
    }
    session.known[std::string(kUniqueName)] = base::hex_encode(crypto::random_bytes(kUniqueBytes));
    WorkflowResult result{WorkflowOutcome::kPassed};
    const Duration deadline = clock_.monotonic() + workflow.timeout;
    for (const WorkflowStep& step : workflow.steps) {
      const Attempt attempt = perform(step, session, deadline);
      if (attempt.outcome == WorkflowOutcome::kPassed) continue;
      result = {attempt.outcome, step.name, attempt.why};
      break;
    }
    result.clean_up_problem = clean_up_in(workflow, session).why;
    return result;
  }

  [[nodiscard]] WorkflowResult clean_up(const Workflow& workflow, const Secret& value) override {
    if (workflow.clean_up.empty()) return {WorkflowOutcome::kPassed};
    Session session{value};
    if (const Attempt begun = begin(session); begun.outcome != WorkflowOutcome::kPassed) {
      return {begun.outcome, std::string(kTokenStep), begun.why};
    }
    const Attempt attempt = clean_up_in(workflow, session);
    const bool is_unclear = attempt.outcome == WorkflowOutcome::kUnclear;
    return {is_unclear ? WorkflowOutcome::kUnclear : WorkflowOutcome::kPassed, "",
            is_unclear ? attempt.why : "", attempt.why};
  }

 private:
  Attempt begin(Session& session) {
    auto reply = requester_.ask(session.value);
    if (!reply) return of_error(reply.error());
    const std::string& told = reply->result.detail;
    switch (reply->result.answer) {
      case ProbeAnswer::kRefused:
        return failed(fmt::format("the secret was refused ({})", told));
      case ProbeAnswer::kUnclear:
        return {WorkflowOutcome::kUnclear, told};
      case ProbeAnswer::kAccepted:
        break;
    }
    if (reply->token.is_empty()) return {WorkflowOutcome::kUnclear, told + " without a token"};
    session.token = std::move(reply->token);
    session.known = {{"client_id", client_id_}, {"base_url", base_url_}};
    if (!reply->rest_url.empty()) session.known["rest_url"] = without_slash(reply->rest_url);
    if (!reply->soap_url.empty()) session.known["soap_url"] = without_slash(reply->soap_url);
    return {WorkflowOutcome::kPassed};
  }

  // Every step that can be tried is; `why` names those that failed.
  Attempt clean_up_in(const Workflow& workflow, Session& session) {
    Attempt all{WorkflowOutcome::kPassed};
    const Duration deadline = clock_.monotonic() + workflow.timeout;
    for (const WorkflowStep& step : workflow.clean_up) {
      if (lacks_capture(step, session)) continue;
      const Attempt one = perform(step, session, deadline);
      if (one.outcome == WorkflowOutcome::kPassed) continue;
      const bool is_unclear =
          one.outcome == WorkflowOutcome::kUnclear || all.outcome == WorkflowOutcome::kUnclear;
      all.outcome = is_unclear ? WorkflowOutcome::kUnclear : WorkflowOutcome::kFailed;
      all.why += fmt::format("{}{}: {}", all.why.empty() ? "" : "; ", step.name, one.why);
    }
    return all;
  }

  // The step that would have captured it was never passed, or what was unique went with the run
  // that was cut off: there is nothing to clean up with it.
  static bool lacks_capture(const WorkflowStep& step, const Session& session) {
    const auto lacks = [&](std::string_view text) {
      const auto names = names_in(text);
      return names && std::any_of(names->begin(), names->end(), [&](const std::string& name) {
               const bool may_be_lost = !is_built_in_name(name) || name == kUniqueName;
               return may_be_lost && !session.known.contains(name);
             });
    };
    return lacks(step.url) || lacks(step.body) ||
           std::any_of(step.headers.begin(), step.headers.end(),
                       [&](const WorkflowStep::Named& header) { return lacks(header.second); });
  }

  // With its polling; the last try is at its end, however much or little of `every` is left then.
  Attempt perform(const WorkflowStep& step, Session& session, Duration deadline) {
    const Duration begun_at = clock_.monotonic();
    Duration end = deadline;
    if (step.until) end = std::min(end, begun_at + step.until->within);
    const Duration last = std::min(end, deadline - kTimeForLastTry);
    for (;;) {
      Attempt attempt = try_once(step, session, deadline);
      if (attempt.outcome == WorkflowOutcome::kPassed || !step.until) return attempt;
      const Duration left = last - clock_.monotonic();
      if (left <= Duration{0}) {
        attempt.why =
            fmt::format("not in {}: {}", base::format_duration(end - begun_at), attempt.why);
        return attempt;
      }
      clock_.sleep_for(std::min(step.until->every, left));
    }
  }

  Attempt try_once(const WorkflowStep& step, Session& session, Duration deadline) {
    const Duration left = deadline - clock_.monotonic();
    if (left <= Duration{0}) return failed("the workflow's timeout is over");
    auto request = make_request(step, session);
    if (!request) return failed(request.error().detail);
    request->timeout = std::min(left, kLongestRequest);
    const auto response = send_(*request);
    wipe_headers(*request);
    if (response && is_expected(step, response->status)) return judge(step, session, *response);
    Attempt attempt = response ? of_refusal(step, *response) : of_error(response.error());
    attempt.why += fmt::format(" ({})", asked_of(step, session));
    return attempt;
  }

  static base::Result<net::ClientRequest> make_request(const WorkflowStep& step,
                                                       const Session& session) {
    const Lookup find_known = [&](std::string_view name) { return session.find(name); };
    // Addresses are logged along the way: a token is none of their parts.
    const Lookup with_token = [&](std::string_view name) -> std::optional<std::string_view> {
      return name == kTokenName ? session.token.reveal() : session.find(name);
    };
    net::ClientRequest request;
    request.method = step.method;
    REKEY_TRY(request.url, expand(step.url, find_known, Encoding::kUrl));
    bool has_type = false;
    for (const auto& [name, content] : step.headers) {
      REKEY_TRY(std::string value, expand(content, with_token, Encoding::kNone));
      has_type = has_type || base::equal_ignoring_case(name, "content-type");
      request.headers.emplace_back(name, std::move(value));
    }
    if (step.body.empty()) return request;
    const Encoding encoding = step.is_json_body ? Encoding::kJson : Encoding::kNone;
    REKEY_TRY(std::string body, expand(step.body, with_token, encoding));
    request.body = Secret::take(std::move(body));
    if (request.body.size_bytes() > kMostWorkflowBodyBytes) {
      return base::fail(Code::kLimitReached, "its body would be larger than 1 MiB");
    }
    if (!has_type && step.is_json_body) {
      request.headers.emplace_back("Content-Type", "application/json");
    }
    return request;
  }

  // Of a reply with a status that was expected.
  static Attempt judge(const WorkflowStep& step, Session& session,
                       const net::ClientResponse& response) {
    const bool is_json = !step.checks.empty() || !step.captures.empty();
    if (!is_json && step.texts.empty()) return {WorkflowOutcome::kPassed};
    if (response.body.size_bytes() > kMostWorkflowBodyBytes) {
      return failed("the reply is larger than 1 MiB");
    }
    const Lookup find_known = [&](std::string_view name) { return session.find(name); };
    for (const std::string& text : step.texts) {
      const auto wanted = expand(text, find_known, Encoding::kNone);
      if (!wanted) return failed(wanted.error().detail);
      if (response.body.reveal().find(*wanted) == std::string_view::npos) {
        return failed(
            fmt::format("status {}, and the reply does not hold {}", response.status, text));
      }
    }
    if (!is_json) return {WorkflowOutcome::kPassed};
    const auto reply = net::parse_json(response.body.reveal());
    if (!reply) {
      return failed(fmt::format("status {}, and the reply is no JSON", response.status));
    }
    return judge_json(step, session, *reply);
  }

  static Attempt judge_json(const WorkflowStep& step, Session& session,
                            const net::JsonValue& reply) {
    const auto may_show = [&](std::string_view text) { return session.may_show(text); };
    const Lookup find_known = [&](std::string_view name) { return session.find(name); };
    for (const JsonCheck& check : step.checks) {
      const auto wanted = expand(check.wanted, find_known, Encoding::kNone);
      if (!wanted) return failed(wanted.error().detail);
      if (auto why = why_not(check, *wanted, find_in_json(reply, check.path), may_show)) {
        return failed(*std::move(why));
      }
    }
    for (const auto& [name, path] : step.captures) {
      const net::JsonValue* found = find_in_json(reply, path);
      if (found == nullptr || found->is_null()) {
        return failed(fmt::format("{}, which was to be captured as {}, is not there", path, name));
      }
      auto text = text_of_scalar(*found);
      if (!text || text->empty() || text->size() > kLongestCapture) {
        return failed(fmt::format("{}, which was to be captured as {}, is no text of 1 to {} bytes",
                                  path, name, kLongestCapture));
      }
      session.known[name] = *std::move(text);
    }
    return {WorkflowOutcome::kPassed};
  }

  Send send_;
  platform::Clock& clock_;
  std::string client_id_;
  std::string base_url_;
  TokenRequester requester_;
};

}  // namespace

std::unique_ptr<WorkflowRunner> make_workflow_runner(platform::Clock& clock,
                                                     const IntegrationFacts& integration,
                                                     IssuerReader& issuer) {
  return make_workflow_runner_over(send_over_client(), clock, integration, issuer);
}

std::unique_ptr<WorkflowRunner> make_workflow_runner_over(Send transport, platform::Clock& clock,
                                                          const IntegrationFacts& integration,
                                                          IssuerReader& issuer) {
  return std::make_unique<HttpWorkflowRunner>(std::move(transport), clock, integration, issuer);
}

}  // namespace rekey::rotation
