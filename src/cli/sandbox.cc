// rekey sandbox seed|reset|export|mail|clock|faults: what only a sandbox's administrator may do to
// its data.
#include <fmt/format.h>

#include <algorithm>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/show.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

base::Error error_of(const net::ClientResponse& response, const std::string& server) {
  const auto body = net::parse_json(response.body.reveal());
  const std::string message = body ? body->string_member_or("message", "").value_or("") : "";
  constexpr std::int64_t kNoSuchThing = 30003;  // where the path itself is there
  if (body && body->integer_member_or("errorcode", 0).value_or(0) == kNoSuchThing) {
    return {Code::kNotFound, message};
  }
  switch (response.status) {
    case 404:
      return {Code::kRefused, fmt::format("{} is no sandbox; start one with: rekey serve --sandbox "
                                          "--data DIR",
                                          server)};
    case 400:
      return {Code::kInvalidArgument, message};
    case 409:
      return {Code::kConflict, message};
    case 401:
      return {Code::kUnauthenticated, message};
    case 403:
      return {Code::kForbidden, message};
    default:
      return {Code::kUnavailable,
              fmt::format("{} answered {}: {}", server, response.status, message)};
  }
}

Result<ApiReply> send(Api& api, net::ClientRequest request, std::string_view path) {
  request.url = fmt::format("{}/sandbox/v1{}", api.server(), path);
  REKEY_TRY(request.bearer_token, api.admin_token());
  REKEY_TRY(auto response, api.client().send(request));
  if (response.status >= 400) return tl::unexpected(error_of(response, api.server()));
  ApiReply reply;
  reply.status = response.status;
  reply.text = std::move(response.body);
  REKEY_TRY(reply.json, net::parse_json(reply.text.reveal()));
  return reply;
}

Result<ApiReply> ask(Api& api, std::string_view path, net::JsonWriter& body) {
  net::ClientRequest request;
  request.method = net::Method::kPost;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = base::Secret::take(body.release());
  return send(api, std::move(request), path);
}

Result<ApiReply> get(Api& api, std::string_view path) {
  net::ClientRequest request;
  request.method = net::Method::kGet;
  return send(api, std::move(request), path);
}

// Empty where there is none.
std::string header_of(const net::ClientResponse& response, std::string_view wanted) {
  for (const auto& [name, value] : response.headers) {
    if (name == wanted) return value;
  }
  return {};
}

Tone tone_of_mail(std::string_view state) {
  if (state == "Sent") return Tone::kGood;
  return state == "Queued" ? Tone::kPlain : Tone::kBad;
}

std::string text_of(const net::JsonValue& object, std::string_view name) {
  return object.string_member_or(name, "").value_or("");
}

// Lines end in "\n" on a terminal, whatever they end in on their way.
void print_body(const Context& context, std::string text) {
  std::erase(text, '\r');
  while (text.ends_with('\n')) text.pop_back();
  print_line(context, text);
}

// "NotSent: Unsubscribed", "Queued: cannot connect to …".
std::string describe_state(const net::JsonValue& mail) {
  const std::string why = text_of(mail, "statusMessage");
  return text_of(mail, "state") + (why.empty() ? "" : ": " + why);
}

void print_mails(const Context& context, const net::JsonValue& reply) {
  const net::JsonValue* items = reply.find("items");
  if (items == nullptr || items->items().empty()) {
    return print_line(context, "The sandbox has sent no mail yet.");
  }
  Table table({"number", "at", "to", "subject", "definition", "state"});
  for (const net::JsonValue& mail : items->items()) {
    table.add({{std::to_string(mail.integer_member("id").value_or(0))},
               {text_of(mail, "at")},
               {text_of(mail, "to")},
               {text_of(mail, "subject")},
               {text_of(mail, "definitionKey")},
               {describe_state(mail), tone_of_mail(text_of(mail, "state"))}});
  }
  table.print(context);
}

void print_mail(const Context& context, const Arguments& arguments, const net::JsonValue& mail) {
  for (const auto& [option, name] : {std::pair{"--html", "html"}, std::pair{"--raw", "raw"}}) {
    if (arguments.has(option)) return print_body(context, text_of(mail, name));
  }
  print_line(context, fmt::format("From:    {} <{}>", text_of(mail, "fromName"),
                                  text_of(mail, "fromAddress")));
  print_line(context, fmt::format("To:      {}", text_of(mail, "to")));
  print_line(context, fmt::format("Subject: {}", text_of(mail, "subject")));
  print_line(context, fmt::format("State:   {}, {}", describe_state(mail), text_of(mail, "at")));
  print_line(context, "");
  print_body(context, text_of(mail, "text"));
}

}  // namespace

Result<int> run_sandbox_seed(Context& context, const Arguments& arguments) {
  net::JsonWriter body;
  body.begin_object();
  if (arguments.has("--business-unit")) {
    REKEY_TRY(const auto unit, arguments.number_or("--business-unit", 0, 1, 9'999'999'999));
    body.member("businessUnit", unit);
  }
  body.end_object();
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply, ask(api, "/seed", body));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  const auto number = [&](std::string_view name) {
    return reply.json.integer_member(name).value_or(0);
  };
  print_line(context,
             fmt::format("Business unit {} has {} contacts and {} data extensions with {} "
                         "rows: customers, orders, products.\n"
                         "It can send {} mails (order-confirmation, welcome), and has {} tracking "
                         "events of a month.\n"
                         "Its welcome-journey has led {} contacts in that month; {} are in it.",
                         number("businessUnit"), number("contacts"), number("dataExtensions"),
                         number("rows"), number("sendDefinitions"), number("events"),
                         number("journeyMembers"), number("journeyWaiting")));
  return kExitOk;
}

Result<int> run_sandbox_reset(Context& context, const Arguments& arguments) {
  if (!arguments.has("--yes")) {
    return fail(Code::kInvalidArgument,
                "resetting takes out what every business unit of the sandbox holds; say --yes");
  }
  net::JsonWriter body;
  body.begin_object().end_object();
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply, ask(api, "/reset", body));
  if (!printed_as_json(context, arguments, reply)) {
    print_line(context, "The sandbox is empty. Its packages and secrets are as they were.");
  }
  return kExitOk;
}

Result<int> run_sandbox_export(Context& context, const Arguments& arguments) {
  REKEY_TRY(auto api, Api::connect(context, arguments));
  std::string next;
  do {
    net::ClientRequest request;
    request.method = net::Method::kGet;
    request.url =
        fmt::format("{}/sandbox/v1/export{}{}", api.server(), next.empty() ? "" : "?", next);
    REKEY_TRY(request.bearer_token, api.admin_token());
    REKEY_TRY(const auto response, api.client().send(request));
    if (response.status >= 400) return tl::unexpected(error_of(response, api.server()));
    std::string_view lines = response.body.reveal();
    while (!lines.empty()) {
      const std::size_t end = std::min(lines.find('\n'), lines.size());
      print_json(context, lines.substr(0, end));
      lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    next = header_of(response, "rekey-next");
  } while (!next.empty());
  return kExitOk;
}

// By as much as is left, and at most by a month: a secret that is used falls dormant as little in
// a sandbox as elsewhere, and each hop uses the administrator's.
Result<ApiReply> hop(Context& context, const Arguments& arguments, base::Duration by) {
  net::JsonWriter body;
  body.begin_object().member("advanceMillis", by.count()).end_object();
  REKEY_TRY(auto api, Api::connect(context, arguments));
  return ask(api, "/clock", body);
}

Result<int> run_sandbox_clock(Context& context, const Arguments& arguments) {
  constexpr base::Duration kHop = base::Days{30};
  const std::string given = arguments.argument("TIME");
  std::string_view text = given;
  std::optional<ApiReply> reply;
  if (text.empty()) {
    REKEY_TRY(auto api, Api::connect(context, arguments));
    REKEY_TRY(reply, get(api, "/clock"));
  } else {
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto asked = base::parse_duration(text);
    if (!asked || *asked <= base::Duration::zero()) {
      return fail(Code::kInvalidArgument,
                  "the clock takes a time to go ahead by, such as +170d or +3h");
    }
    for (base::Duration left = *asked; left > base::Duration::zero(); left -= kHop) {
      REKEY_TRY(reply, hop(context, arguments, std::min(left, kHop)));
    }
  }
  if (!printed_as_json(context, arguments, *reply)) {
    print_line(context, fmt::format("It is {} in the sandbox.", text_of(reply->json, "now")));
  }
  return kExitOk;
}

// "throttled outage slow=2s" as the API takes them.
Result<net::JsonWriter> faults_asked(const std::vector<std::string>& words) {
  net::JsonWriter body;
  body.begin_object();
  for (const std::string& word : words) {
    constexpr std::string_view kSlow = "slow=";
    const auto slow =
        base::parse_duration(std::string_view(word).substr(std::min(kSlow.size(), word.size())));
    if (word == "throttled" || word == "outage") {
      body.member(word, true);
    } else if (word.starts_with(kSlow) && slow) {
      body.member("slowMillis", slow->count());
    } else if (word != "none" || words.size() > 1) {
      return fail(Code::kInvalidArgument,
                  "faults are throttled, outage and slow=TIME, such as slow=2s; none ends them");
    }
  }
  body.end_object();
  return body;
}

Result<int> run_sandbox_faults(Context& context, const Arguments& arguments) {
  const std::vector<std::string> words = arguments.arguments("FAULT");
  REKEY_TRY(net::JsonWriter body, faults_asked(words));
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply, words.empty() ? get(api, "/faults") : ask(api, "/faults", body));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  std::string text;
  for (const std::string_view name : {"throttled", "outage"}) {
    if (!reply.json.boolean_member_or(name, false).value_or(false)) continue;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", name);
  }
  const std::int64_t slow = reply.json.integer_member_or("slowMillis", 0).value_or(0);
  if (slow > 0) {
    text += fmt::format("{}slow by {}", text.empty() ? "" : ", ",
                        base::format_duration(base::Duration{slow}));
  }
  print_line(context, text.empty() ? "The sandbox answers as usual."
                                   : fmt::format("Every call is {}.", text));
  return kExitOk;
}

Result<int> run_sandbox_mail(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto limit, arguments.number_or("--limit", 50, 1, 500));
  const std::string number = arguments.argument("NUMBER");
  if (!std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return fail(Code::kInvalidArgument,
                "a mail is named by its number; see them with: rekey sandbox mail");
  }
  REKEY_TRY(auto api, Api::connect(context, arguments));
  const std::string path =
      number.empty() ? fmt::format("/mail?$pageSize={}", limit) : "/mail/" + number;
  REKEY_TRY(const auto reply, get(api, path));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  if (number.empty()) {
    print_mails(context, reply.json);
  } else {
    print_mail(context, arguments, reply.json);
  }
  return kExitOk;
}

}  // namespace rekey::cli
