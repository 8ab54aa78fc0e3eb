#include "intake/desk.h"

#include <fmt/format.h>

#include <array>

#include "base/assert.h"
#include "base/text.h"
#include "crypto/random.h"
#include "intake/page_text.h"

namespace rekey::intake {
namespace {

constexpr std::string_view kPathBegins = "/i/";

// Each character by rejection, so that all are equally likely.
base::Secret random_token() {
  constexpr auto kAlphabet = base::kBase62Alphabet;
  constexpr std::size_t kEvenBytes = 256 / kAlphabet.size() * kAlphabet.size();
  std::string token;
  token.reserve(kTokenCharacters);
  while (token.size() < kTokenCharacters) {
    std::array<std::uint8_t, 1> byte;
    crypto::fill_random(byte);
    if (byte[0] < kEvenBytes) token += kAlphabet[byte[0] % kAlphabet.size()];
  }
  return base::Secret::take(std::move(token));
}

net::Response page(int status, std::string body) {
  return {.status = status,
          .content_type = "text/html; charset=utf-8",
          .body = std::move(body),
          .headers = {{"Content-Security-Policy", page_policy()},
                      {"Cache-Control", "no-store"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "no-referrer"},
                      {"Cross-Origin-Opener-Policy", "same-origin"},
                      {"Cross-Origin-Resource-Policy", "same-origin"}}};
}

// The page shows it as it is.
net::Response sentence(int status, std::string words) {
  auto reply = page(status, std::move(words) + "\n");
  reply.content_type = "text/plain; charset=utf-8";
  return reply;
}

struct Ending {
  int status;
  std::string_view title;
  std::string_view words;
};

Ending unknown_link() {
  return {404, "There is no such page",
          "The link is not complete, or it belongs to another rotation. Copy it whole from the "
          "message that brought it."};
}

Ending ending_of(IntakeDesk::Standing standing) {
  switch (standing) {
    case IntakeDesk::Standing::kAccepted:
      return {410, "This link has been used",
              "A secret was handed over with it already. If that was not you, tell who runs the "
              "rotation at once: they stop it and generate another secret."};
    case IntakeDesk::Standing::kExpired:
      return {410, "This link has ended",
              "Its time is over and nothing was handed over. Ask who runs the rotation for a new "
              "one."};
    case IntakeDesk::Standing::kRefused:
      return {410, "This link has ended",
              "Too many values were refused. Ask who runs the rotation for a new link, and copy "
              "the newest secret."};
    case IntakeDesk::Standing::kOpen:
      break;
  }
  return unknown_link();
}

net::Response told(const Ending& ending, bool is_page) {
  if (!is_page) return sentence(ending.status, fmt::format("{}. {}", ending.title, ending.words));
  return page(ending.status, gone_page(ending.title, ending.words));
}

}  // namespace

IntakeDesk::IntakeDesk(DeskSettings settings)
    : settings_(std::move(settings)),
      token_(random_token()),
      page_(intake_page(settings_.address, settings_.rules, settings_.card, settings_.until)) {}

base::Secret IntakeDesk::link() const {
  return base::Secret::take(fmt::format("{}{}{}", settings_.origin, kPathBegins, token_.reveal()));
}

IntakeDesk::Standing IntakeDesk::standing(base::Duration now) const noexcept {
  if (!sealed_.empty()) return Standing::kAccepted;
  if (refusals_ >= kMostRefusals) return Standing::kRefused;
  return now >= settings_.ends_at ? Standing::kExpired : Standing::kOpen;
}

bool IntakeDesk::is_link(std::string_view path) const noexcept {
  if (!path.starts_with(kPathBegins)) return false;
  return base::equal_in_constant_time(path.substr(kPathBegins.size()), token_.reveal());
}

net::Response IntakeDesk::handle(const net::Request& request, base::Duration now) {
  const bool is_post = request.method == net::Method::kPost;
  if (!is_link(request.path) || !request.query.empty()) return told(unknown_link(), !is_post);
  if (const auto standing_now = standing(now); standing_now != Standing::kOpen) {
    return told(ending_of(standing_now), !is_post);
  }
  if (is_post) return take(request);
  if (request.method == net::Method::kGet || request.method == net::Method::kHead) {
    return page(200, page_);
  }
  auto reply = sentence(405, "This page is opened with GET and takes a sealed value by POST.");
  reply.headers.emplace_back("Allow", "GET, HEAD, POST");
  return reply;
}

net::Response IntakeDesk::take(const net::Request& request) {
  const auto site = request.header("Sec-Fetch-Site");
  if (request.header("Origin") != settings_.origin || (!site.empty() && site != "same-origin")) {
    return sentence(403, "This did not come from the page itself, so it was not taken.");
  }
  if (request.header("Content-Type") != kSealedContentType) {
    return sentence(415, "Only a sealed value is taken here.");
  }
  if (request.body.size() > kMaxBodyBytes) return sentence(413, "This is longer than 8 KiB.");
  if (const auto status = settings_.accept(request.body); !status) {
    ++refusals_;
    const int left = kMostRefusals - refusals_;
    if (left == 0) return told(ending_of(Standing::kRefused), false);
    return sentence(422, fmt::format("{} ({} {} left.)", status.error().detail, left,
                                     left == 1 ? "try" : "tries"));
  }
  sealed_ = std::string(request.body);
  return sentence(200, "The secret has arrived. You can close this page; the rotation goes on.");
}

}  // namespace rekey::intake
