#include "intake/page_text.h"

#include <fmt/format.h>

#include <map>

#include "base/assert.h"
#include "base/printable.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "intake/page_files.h"

namespace rekey::intake {
namespace {

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

std::string facts_of(const IntakeCard& card) {
  std::string text;
  for (const auto& [name, value] : card.facts) {
    text += fmt::format("<dt>{}</dt><dd>{}</dd>", escape_html(name), escape_html(value));
  }
  return text;
}

std::string checks_of(const IntakeCard& card) {
  std::string text;
  for (const auto& check : card.checks) text += fmt::format("<li>{}</li>", escape_html(check));
  return text;
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : base::escape_hidden(text, base::EscapeForm::kBraces)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string intake_page(const crypto::IntakeAddress& address, const ValueRules& rules,
                        const IntakeCard& card) {
  return filled(kIntakeHtml, {{"style", std::string(kIntakeCss)},
                              {"script", std::string(kIntakeJs)},
                              {"facts", facts_of(card)},
                              {"checks", checks_of(card)},
                              {"checks_hidden", card.checks.empty() ? " hidden" : ""},
                              {"fingerprint", crypto::fingerprint_of(address)},
                              {"address", crypto::to_text(address)},
                              {"least", std::to_string(rules.least_characters)},
                              {"most", std::to_string(rules.most_characters)},
                              {"characters", escape_html(rules.characters)},
                              {"characters_words", escape_html(rules.characters_words)},
                              {"hint", escape_html(describe(rules))},
                              {"until", escape_html(card.until)}});
}

std::string gone_page(std::string_view title, std::string_view words) {
  return filled(kGoneHtml, {{"style", std::string(kIntakeCss)},
                            {"title", escape_html(title)},
                            {"words", escape_html(words)}});
}

const std::string& page_policy() {
  static const std::string kPolicy = fmt::format(
      "default-src 'none'; script-src {}; style-src {}; img-src data:; connect-src 'self'; "
      "form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
      hash_source(kIntakeJs), hash_source(kIntakeCss));
  return kPolicy;
}

}  // namespace rekey::intake
