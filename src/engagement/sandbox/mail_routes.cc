// The mails of a sandbox, for its administrator: what was sent to whom, and what it says.
#include <array>
#include <charconv>

#include "engagement/sandbox/sandbox_routes.h"
#include "engagement/sends/composed_mail.h"
#include "engagement/sends/message.h"
#include "engagement/sends/send_definition.h"

namespace rekey::engagement::sandbox {

namespace {

using base::Code;
using base::Result;
using sends::ComposedMail;
using sends::Message;

Result<std::optional<ComposedMail>> mail_of(const Message& message) {
  if (message.content.empty()) return std::optional<ComposedMail>{};
  REKEY_TRY(ComposedMail mail, sends::parse_composed_mail(message.content));
  return std::optional<ComposedMail>(std::move(mail));
}

// The members, into an object that is open.
base::Status write_facts(net::JsonWriter& body, storage::Connection& tables, const Message& message,
                         const std::optional<ComposedMail>& mail) {
  REKEY_TRY(const auto definition,
            sends::load_send_definition(tables, message.business_unit, message.definition_id));
  body.member("id", message.id)
      .member("businessUnit", message.business_unit)
      .member("state", sends::name_of(message.state))
      .member("at", base::format_instant(message.settled_at.value_or(message.accepted_at)))
      .member("definitionKey", definition.key)
      .member("messageKey", message.key)
      .member("contactKey", message.contact_key)
      .member("to", message.address)
      .member("subject", mail ? mail->subject : "")
      .member("statusCode", message.status_code)
      .member("statusMessage", message.status_message);
  return {};
}

Answer list(Call& call) {
  REKEY_TRY(const PageAsked page, page_asked(call.query, 50, 500));
  REKEY_TRY(const auto messages, sends::list_newest(call.tables, page.size));
  net::JsonWriter body;
  body.begin_object().key("items").begin_array();
  for (const Message& message : messages) {
    REKEY_TRY(const auto mail, mail_of(message));
    body.begin_object();
    REKEY_CHECK(write_facts(body, call.tables, message, mail));
    body.end_object();
  }
  body.end_array().end_object();
  return reply_with(200, body);
}

Answer show(Call& call) {
  const std::string& text = call.parts[0];
  std::int64_t id = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), id);
  const bool is_number = problem == std::errc{} && end == text.data() + text.size();
  if (!is_number) return base::fail(Code::kInvalidArgument, "a mail is named by its number");
  REKEY_TRY(const auto message, sends::find_message(call.tables, id));
  if (!message) return base::fail(Code::kNotFound, "the sandbox has no mail with that number");
  REKEY_TRY(const auto mail, mail_of(*message));
  net::JsonWriter body;
  body.begin_object();
  REKEY_CHECK(write_facts(body, call.tables, *message, mail));
  if (mail) {
    REKEY_TRY(const std::string raw, sends::format_composed(*mail, *message));
    body.member("fromAddress", mail->from_address)
        .member("fromName", mail->from_name)
        .member("text", mail->text)
        .member("html", mail->html)
        .member("raw", raw);
  }
  body.end_object();
  return reply_with(200, body);
}

constexpr std::array<Route, 2> kRoutes{{
    {net::Method::kGet, "/sandbox/v1/mail", kAdministratorOnly, Access::kReads, list},
    {net::Method::kGet, "/sandbox/v1/mail/{}", kAdministratorOnly, Access::kReads, show},
}};

}  // namespace

std::span<const Route> mail_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::sandbox
