// What the readers of mails ask for, without a token: the picture that counts an opening, the way
// behind a link, the mail as a page, the end of the subscription. The token in the path says which
// message it is.
//
// Looking at the page of the subscription changes nothing: programs follow links to look at them.
// Only a POST does, from that page or from a mail program (RFC 8058).
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/html.h"
#include "base/text.h"
#include "engagement/sends/addressee.h"
#include "engagement/sends/composed_mail.h"
#include "engagement/sends/message.h"
#include "engagement/sends/send_definition.h"
#include "engagement/sends/send_routes.h"
#include "engagement/tracking.h"

namespace rekey::engagement::sends {

namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view kHtml = "text/html; charset=utf-8";

// One transparent pixel (GIF89a).
constexpr std::array<unsigned char, 43> kPixel{
    0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00,
    0x00, 0xff, 0xff, 0xff, 0x21, 0xf9, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00, 0x2c, 0x00, 0x00,
    0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x02, 0x02, 0x44, 0x01, 0x00, 0x3b};

constexpr std::string_view kOwnPage = "default-src 'none'; form-action 'self'";
// Whoever wrote the content runs nothing here.
constexpr std::string_view kMailPage =
    "sandbox allow-popups; default-src 'none'; img-src * data:; style-src * 'unsafe-inline'; "
    "font-src *";

Reply page(std::string body, std::string_view policy) {
  Reply reply;
  reply.body = std::move(body);
  reply.content_type = kHtml;
  reply.headers = {{"Content-Security-Policy", std::string(policy)},
                   {"Cache-Control", "no-store"},
                   {"Referrer-Policy", "no-referrer"}};
  return reply;
}

Result<Message> asked_message(const Call& call) {
  REKEY_TRY(auto message, find_message_by_token(call.tables, call.parts[0]));
  if (message) return *std::move(message);
  return fail(Code::kNotFound, "there is no such mail, or it is too old");
}

base::Status record(Call& call, const Message& message, TrackingKind kind, std::string detail) {
  REKEY_TRY(const auto definition,
            load_send_definition(call.tables, message.business_unit, message.definition_id));
  TrackingEvent event;
  event.business_unit = message.business_unit;
  event.kind = kind;
  event.send_key = definition.key;
  event.subscriber_key = message.contact_key;
  event.email = message.address;
  event.at = call.now;
  event.detail = std::move(detail);
  REKEY_TRY(const std::int64_t id, record_event(call.tables, event));
  static_cast<void>(id);
  return {};
}

std::string key_detail(const Message& message) {
  net::JsonWriter detail;
  detail.begin_object().member("messageKey", message.key).end_object();
  return detail.release();
}

Answer open(Call& call) {
  REKEY_TRY(const Message message, asked_message(call));
  REKEY_CHECK(record(call, message, TrackingKind::kOpen, key_detail(message)));
  Reply reply;
  reply.body.assign(kPixel.begin(), kPixel.end());
  reply.content_type = "image/gif";
  reply.headers = {{"Cache-Control", "no-store"}};
  return reply;
}

Answer click(Call& call) {
  REKEY_TRY(const Message message, asked_message(call));
  const std::string& text = call.parts[1];
  std::int64_t number = -1;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size()) number = -1;
  REKEY_TRY(const auto url, find_link(call.tables, message.id, number));
  if (!url) return fail(Code::kNotFound, "this mail has no such link");
  net::JsonWriter detail;
  detail.begin_object()
      .member("messageKey", message.key)
      .member("url", *url)
      .member("urlId", number + 1)
      .end_object();
  REKEY_CHECK(record(call, message, TrackingKind::kClick, detail.release()));
  Reply reply;
  reply.status = 302;
  reply.content_type = kHtml;
  reply.headers = {{"Location", *url}, {"Cache-Control", "no-store"}};
  return reply;
}

Answer view(Call& call) {
  REKEY_TRY(const Message message, asked_message(call));
  if (message.content.empty()) return fail(Code::kNotFound, "this mail was not sent yet");
  REKEY_TRY(const ComposedMail mail, parse_composed_mail(message.content));
  if (!mail.html.empty()) return page(mail.html, kMailPage);
  return page(fmt::format("<!DOCTYPE html><title>{}</title><pre>{}</pre>",
                          base::escape_html(mail.subject), base::escape_html(mail.text)),
              kMailPage);
}

std::string subscription_page(const Message& message, bool wants_none) {
  const std::string address = base::escape_html(message.address);
  return fmt::format(
      "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<title>Subscription</title></head><body><h1>Subscription</h1><p>{}</p>"
      "<form method=\"post\" action=\"{}\"><button>{}</button></form></body></html>",
      wants_none ? fmt::format("{} gets no more mails from us.", address)
                 : fmt::format("{} gets our mails.", address),
      wants_none ? "?again=1" : "?", wants_none ? "Subscribe again" : "Unsubscribe");
}

Answer show_subscription(Call& call) {
  REKEY_TRY(const Message message, asked_message(call));
  REKEY_TRY(const bool wants_none,
            is_unsubscribed(call.tables, message.business_unit, message.contact_key));
  return page(subscription_page(message, wants_none), kOwnPage);
}

Answer change_subscription(Call& call) {
  REKEY_TRY(const Message message, asked_message(call));
  const bool wants_none = !call.query.find("again");
  REKEY_TRY(const bool is_new, set_unsubscribed(call.tables, message.business_unit,
                                                message.contact_key, wants_none, call.now));
  if (is_new && wants_none) {
    REKEY_CHECK(record(call, message, TrackingKind::kUnsub, key_detail(message)));
  }
  return page(subscription_page(message, wants_none), kOwnPage);
}

constexpr std::string_view kOpen = "/track/open/{}";
constexpr std::string_view kClick = "/track/click/{}/{}";
constexpr std::string_view kView = "/track/view/{}";
constexpr std::string_view kSubscription = "/track/unsubscribe/{}";

constexpr std::array<Route, 5> kRoutes{{
    {net::Method::kGet, kOpen, kAnyone, Access::kWrites, open},
    {net::Method::kGet, kClick, kAnyone, Access::kWrites, click},
    {net::Method::kGet, kView, kAnyone, Access::kReads, view},
    {net::Method::kGet, kSubscription, kAnyone, Access::kReads, show_subscription},
    {net::Method::kPost, kSubscription, kAnyone, Access::kWrites, change_subscription},
}};

}  // namespace

std::span<const Route> reader_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::sends
