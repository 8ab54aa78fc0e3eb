#include "engagement/sends/compose.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/html.h"
#include "base/text.h"
#include "engagement/assets/asset.h"
#include "engagement/sends/addressee.h"
#include "engagement/sends/html_parts.h"
#include "engagement/sends/personalise.h"

namespace rekey::engagement::sends {

namespace {

using base::Code;
using base::Result;
using storage::Connection;

constexpr std::size_t kLongestUrl = 2000;

// The addresses of what the readers of one mail ask for.
struct ReaderUrls {
  ReaderUrls(const MailSettings& settings, const Message& message)
      : base(settings.public_url + "/track/"), token(message.token) {}
  [[nodiscard]] std::string of(std::string_view what) const {
    return fmt::format("{}{}/{}", base, what, token);
  }
  [[nodiscard]] std::string click(std::size_t number) const {
    return fmt::format("{}click/{}/{}", base, token, number);
  }
  std::string base;
  std::string token;
};

// What a name in a content stands for: the message's attributes first, then the contact's, then
// what every mail has.
class Names {
 public:
  Names(const Message& message, const Addressee& addressee, const ReaderUrls& urls,
        const ComposedMail& mail)
      : message_(message), addressee_(addressee), urls_(urls), mail_(mail) {}

  [[nodiscard]] std::optional<std::string> find(std::string_view name) const {
    for (const auto& [known, value] : message_.attributes) {
      if (base::equal_ignoring_case(known, name)) return value;
    }
    for (const contacts::Attribute& attribute : addressee_.attributes) {
      if (base::equal_ignoring_case(attribute.name, name)) return attribute.value;
    }
    return find_given(name);
  }

 private:
  [[nodiscard]] std::optional<std::string> find_given(std::string_view name) const {
    const auto is = [&](std::initializer_list<std::string_view> names) {
      return std::any_of(names.begin(), names.end(), [&](std::string_view one) {
        return base::equal_ignoring_case(one, name);
      });
    };
    if (is({"emailaddr", "emailaddress", "email address", "email"})) return addressee_.address;
    if (is({"subscriberkey", "_subscriberkey", "contactkey", "subscriberid"})) {
      return message_.contact_key;
    }
    if (is({"_messagekey", "messagekey"})) return message_.key;
    if (is({"unsub_center_url", "subscription_center_url", "profile_center_url"})) {
      return urls_.of("unsubscribe");
    }
    if (is({"view_email_url"})) return urls_.of("view");
    if (is({"replyname", "member_busname"})) return mail_.from_name;
    if (is({"replyemailaddress"})) return mail_.from_address;
    return std::nullopt;
  }

  const Message& message_;
  const Addressee& addressee_;
  const ReaderUrls& urls_;
  const ComposedMail& mail_;
};

Result<assets::MailContent> filled(const assets::MailContent& content, const Names& names) {
  const AttributeLookup find = [&](std::string_view name) { return names.find(name); };
  assets::MailContent result;
  REKEY_TRY(result.subject, personalise(content.subject, find));
  REKEY_TRY(result.preheader, personalise(content.preheader, find));
  REKEY_TRY(result.html, personalise(content.html, find));
  REKEY_TRY(result.text, personalise(content.text, find));
  return result;
}

// Marketing sites are reached by http; what could end a Location header is left as it is.
bool is_countable(std::string_view url) {
  const auto begins = [&](std::string_view scheme) {
    return base::equal_ignoring_case(url.substr(0, scheme.size()), scheme);
  };
  return url.size() <= kLongestUrl && (begins("http://") || begins("https://")) &&
         std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::string count_links(std::string_view html, const ReaderUrls& urls,
                        std::vector<std::string>& links) {
  return replace_links(html, [&](std::string_view url) -> std::optional<std::string> {
    if (!is_countable(url) || url.starts_with(urls.base)) return std::nullopt;
    const auto known = std::find(links.begin(), links.end(), url);
    const auto number = static_cast<std::size_t>(known - links.begin());
    if (known == links.end()) links.emplace_back(url);
    return urls.click(number);
  });
}

// For who takes no HTML.
void make_plain(assets::MailContent& content) {
  if (content.text.empty()) content.text = text_of_html(content.html);
  content.html.clear();
}

void set_bodies(Composition& composed, assets::MailContent content,
                const SendDefinition& definition, const ReaderUrls& urls) {
  ComposedMail& mail = composed.mail;
  mail.subject = std::move(content.subject);
  mail.text = content.text.empty() ? text_of_html(content.html) : std::move(content.text);
  if (content.html.empty()) return;
  std::string html = std::move(content.html);
  if (!content.preheader.empty()) {
    html = prepend_to_body(html,
                           fmt::format("<div style=\"display:none\">{}</div>", content.preheader));
  }
  if (definition.tracks_links) html = count_links(html, urls, composed.links);
  mail.html = append_to_body(html, fmt::format("<img src=\"{}\" width=\"1\" height=\"1\" alt=\"\">",
                                               base::escape_html(urls.of("open"))));
}

ComposedMail envelope_of(const Message& message, const SendDefinition& definition,
                         const MailSettings& settings) {
  ComposedMail mail;
  mail.from_address = message.from_address.empty() ? settings.from_address : message.from_address;
  mail.from_name = message.from_name.empty() ? settings.from_name : message.from_name;
  mail.copies_to = definition.copies_to;
  mail.hidden_copies_to = definition.hidden_copies_to;
  return mail;
}

// A mistake of the content is the message's fault; anything else is ours.
Result<std::variant<Composition, NotSent>> not_built(const base::Error& error) {
  const bool is_of_the_content = error.code == Code::kInvalidArgument ||
                                 error.code == Code::kUnsupported ||
                                 error.code == Code::kLimitReached;
  if (!is_of_the_content) return tl::unexpected<base::Error>(error);
  return std::variant<Composition, NotSent>(NotSent{kBuildEmailError, error.detail});
}

}  // namespace

Result<std::variant<Composition, NotSent>> compose(Connection& tables, const Message& message,
                                                   const SendDefinition& definition,
                                                   const MailSettings& settings,
                                                   base::Instant now) {
  using Composed = std::variant<Composition, NotSent>;
  REKEY_TRY(const auto found, find_addressee(tables, message, definition, now));
  if (const auto* not_sent = std::get_if<NotSent>(&found)) return Composed(*not_sent);
  const Addressee& addressee = std::get<Addressee>(found);
  REKEY_TRY(const auto asset,
            assets::find_asset(tables, message.business_unit, definition.content_key));
  if (!asset) return Composed(NotSent{kBuildEmailError, "the definition's content is gone"});
  REKEY_TRY(const net::JsonValue document, net::parse_json(asset->document));

  Composition composed;
  composed.mail = envelope_of(message, definition, settings);
  composed.mail.to = addressee.address;
  const ReaderUrls urls(settings, message);
  composed.mail.unsubscribe_url = urls.of("unsubscribe");
  const auto content = assets::mail_content(document);
  if (!content) return not_built(content.error());
  auto full = filled(*content, Names(message, addressee, urls, composed.mail));
  if (!full) return not_built(full.error());
  if (full->html.empty() && full->text.empty()) {
    return Composed(NotSent{kBuildEmailError, "the content has neither HTML nor text"});
  }
  if (!addressee.takes_html) make_plain(*full);
  set_bodies(composed, *std::move(full), definition, urls);
  if (const auto text = format_composed(composed.mail, message); !text) {
    return not_built(text.error());
  }
  REKEY_TRY(const auto no_row, write_sends_row(tables, message, definition, addressee.address));
  if (no_row) return Composed(*no_row);
  return Composed(std::move(composed));
}

}  // namespace rekey::engagement::sends
