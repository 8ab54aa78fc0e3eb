#include "intake/page_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/assert.h"
#include "base/html.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "intake/page_files.h"

namespace rekey::intake {
namespace {

using base::escape_html;

using Places = std::map<std::string_view, std::string>;

// Replaces each {{name}}; what is put in is not looked at again.
std::string filled(std::string_view page, const Places& places) {
  constexpr std::string_view kOpens = "{{";
  constexpr std::string_view kCloses = "}}";
  std::string text;
  for (auto open = page.find(kOpens); open != std::string_view::npos; open = page.find(kOpens)) {
    const auto close = page.find(kCloses, open);
    REKEY_ASSERT(close != std::string_view::npos);
    const auto name = page.substr(open + kOpens.size(), close - open - kOpens.size());
    const auto place = places.find(name);
    REKEY_ASSERT(place != places.end());
    text.append(page.substr(0, open)).append(place->second);
    page.remove_prefix(close + kCloses.size());
  }
  return text.append(page);
}

std::string hash_source(std::string_view text) {
  return fmt::format("'sha256-{}'", base::base64_encode(crypto::sha256(text)));
}

constexpr std::string_view kNeverIndexed = "<meta name=\"robots\" content=\"noindex\">\n";

// Text with commands between backticks, as a card has it.
std::string sentence_html(std::string_view text) {
  if (std::count(text.begin(), text.end(), '`') % 2 != 0) return escape_html(text);
  std::string out;
  for (bool is_code = false;; is_code = !is_code) {
    const auto end = std::min(text.find('`'), text.size());
    const auto part = escape_html(text.substr(0, end));
    out += is_code ? fmt::format("<code>{}</code>", part) : part;
    if (end == text.size()) return out;
    text.remove_prefix(end + 1);
  }
}

// What stands in the frame that all pages share; title and lead as text, the rest as HTML.
struct Parts {
  std::string head;
  std::string title;
  std::string lead;
  std::string body{};
  std::string script{};
};

std::string framed(Parts parts) {
  return filled(kFrameHtml, {{"head", std::move(parts.head)},
                             {"style", std::string(kIntakeCss)},
                             {"title", escape_html(parts.title)},
                             {"lead", sentence_html(parts.lead)},
                             {"body", std::move(parts.body)},
                             {"script", std::move(parts.script)}});
}

// The card's sections; what is empty has none.
std::string sections_of(const Card& card, std::string_view after_facts) {
  std::string text = "<section class=\"card\"><h2>What to see</h2><dl>";
  for (const auto& [name, value] : card.facts) {
    text += fmt::format("<dt>{}</dt><dd>{}</dd>", escape_html(name), escape_html(value));
  }
  text += fmt::format("</dl>{}</section>\n", after_facts);
  const auto list = [&text](std::string_view heading, std::string_view tag, std::string_view kind,
                            const std::vector<std::string>& items) {
    if (items.empty()) return;
    text += fmt::format("<section class=\"{}\"><h2>{}</h2><{}>", kind, heading, tag);
    for (const auto& item : items) text += fmt::format("<li>{}</li>", sentence_html(item));
    text += fmt::format("</{}></section>\n", tag);
  };
  list("What to do", "ol", "steps", card.steps);
  list("Stop, and change nothing, if", "ul", "stops notice bad", card.stops);
  if (!card.way_back.empty()) {
    text += fmt::format("<section class=\"back\"><p><strong>Way back:</strong> {}</p></section>\n",
                        sentence_html(card.way_back));
  }
  return text;
}

}  // namespace

std::string intake_page(const crypto::IntakeAddress& address, const ValueRules& rules,
                        const Card& card, std::string_view until) {
  const auto sealed_to = fmt::format(
      "<p class=\"fingerprint\">Sealed to key <code>{}</code>. It has to be the one that you were "
      "told.</p>",
      crypto::fingerprint_of(address));
  const Places places{{"card", sections_of(card, sealed_to)},
                      {"address", crypto::to_text(address)},
                      {"lengths", fmt::format("{}", fmt::join(rules.lengths, ","))},
                      {"characters", escape_html(rules.characters)},
                      {"characters_words", escape_html(describe_characters(rules.characters))},
                      {"hint", escape_html(describe(rules))},
                      {"until", escape_html(until)}};
  return framed({.head = std::string(kNeverIndexed),
                 .title = card.title,
                 .lead = card.why,
                 .body = "\n" + filled(kIntakeHtml, places),
                 .script = fmt::format("<script>{}</script>\n", kIntakeJs)});
}

std::string card_page(const Card& card) {
  const auto policy =
      fmt::format("default-src 'none'; style-src {}; img-src data:", hash_source(kIntakeCss));
  return framed(
      {.head = fmt::format("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n",
                           escape_html(policy)),
       .title = card.title,
       .lead = card.why,
       .body = "\n" + sections_of(card, {})});
}

std::string gone_page(std::string_view title, std::string_view words) {
  return framed({.head = std::string(kNeverIndexed),
                 .title = std::string(title),
                 .lead = std::string(words)});
}

const std::string& page_policy() {
  static const std::string kPolicy = fmt::format(
      "default-src 'none'; script-src {}; style-src {}; img-src data:; connect-src 'self'; "
      "form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
      hash_source(kIntakeJs), hash_source(kIntakeCss));
  return kPolicy;
}

}  // namespace rekey::intake
