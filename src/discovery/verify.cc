#include "discovery/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "base/text.h"
#include "net/client.h"
#include "net/loopback.h"

namespace rekey::discovery {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

bool is_of_two(std::string_view issuer) noexcept {
  return issuer == "marketing-cloud" || issuer == "rekey";
}

bool takes(const TokenPlace& place, const Detector& detector) {
  return place.detector.empty() ? is_of_two(detector.issuer) : place.detector == detector.id;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), base::to_lower);
  return out;
}

// Of the tenant whose host it is, whichever: "mc….rest.marketingcloudapis.com".
std::string token_url_of(std::string_view host) {
  return lower(fmt::format("https://{}/{}", auth_host(host), kTokenPath));
}

// A tenant's auth URL at a host of Rekey's ends in the one at Marketing Cloud.
bool is_of_tenant(const TokenPlace& place, const std::string& url) {
  const std::string named = lower(place.url);
  return named == url || named.ends_with("/" + url);
}

// A name with a dot in it, an address, or this machine: a word alone is most often a detector's id
// or a mistake, and would be sent to whatever the local network calls so.
bool is_host(std::string_view url) {
  std::string_view host = url.substr(url.find("://") + 3);
  host = host.substr(0, host.find('/'));
  if (host.starts_with('[')) return true;
  host = host.substr(0, host.find(':'));
  const std::size_t dot = host.find('.');
  const bool has_dot = dot != std::string_view::npos && dot > 0 && dot + 1 < host.size();
  return has_dot || net::is_loopback_host(host);
}

Status check(std::string_view given, const std::string& url) {
  constexpr std::string_view kNotInUrl = "@?#";  // names, queries and fragments
  const auto usable = net::check_url(url);
  if (usable && net::may_carry_secrets(url) && url.find_first_of(kNotInUrl) == std::string::npos) {
    if (is_host(url)) return {};
    return fail(Code::kInvalidArgument,
                fmt::format("--verify-at {}: that is no host: give its whole name with the dots in "
                            "it, an address, localhost, or DETECTOR=URL",
                            given));
  }
  return fail(Code::kInvalidArgument,
              fmt::format("--verify-at {}: secrets go to a host, or to https://HOST/… (http:// to "
                          "this machine alone) without a name, a query or a fragment",
                          given));
}

// What may be sent as a client id: one that is a secret as well was masked.
bool is_plain(std::string_view client_id) {
  return std::all_of(client_id.begin(), client_id.end(), [](char c) {
    return holds(Alphabet::kDotted, c) || holds(Alphabet::kBase64, c);
  });
}

// How the requests to one place go.
struct Pace {
  std::optional<base::Duration> last{};
  int unanswered = 0;  // in a row
};

}  // namespace

Result<TokenPlace> parse_token_place(std::string_view text, std::span<const Detector> detectors) {
  const std::size_t sign = text.substr(0, text.find("://")).find('=');
  if (sign != std::string_view::npos) {
    TokenPlace place{std::string(text.substr(sign + 1)), true, std::string(text.substr(0, sign))};
    const bool is_there =
        std::any_of(detectors.begin(), detectors.end(), [&](const Detector& detector) {
          return detector.id == place.detector && detector.role == Role::kSecret;
        });
    if (!is_there) {
      return fail(
          Code::kInvalidArgument,
          fmt::format("--verify-at {}: {} is no detector of client secrets; docs/discovery.md "
                      "has them, and --detectors adds yours",
                      text, place.detector));
    }
    REKEY_CHECK(check(text, place.url));
    return place;
  }
  std::string url(text);
  if (text.find("://") == std::string_view::npos) url = fmt::format("https://{}", text);
  if (url.ends_with(kTokenPath)) url.erase(url.size() - kTokenPath.size());
  if (!url.ends_with('/')) url += '/';
  REKEY_CHECK(check(text, url));
  return TokenPlace{url + std::string(kTokenPath)};
}

Pairs::Choice Pairs::choose(const Finding& finding) const {
  if (finding.client_id.empty()) return {nullptr, "no client id stands with it"};
  if (!is_plain(finding.client_id)) return {nullptr, "its client id is a secret as well"};
  const bool has_host = !finding.host.empty() && is_of_two(finding.detector->issuer);
  const std::string url = has_host ? token_url_of(finding.host) : std::string();
  std::vector<const TokenPlace*> taking;
  for (const TokenPlace& place : places_) {
    const bool is_its = !has_host || !place.detector.empty() || is_of_tenant(place, url);
    if (takes(place, *finding.detector) && is_its) taking.push_back(&place);
  }
  if (taking.size() == 1) return {taking.front(), {}};
  if (has_host && taking.empty()) {
    return {nullptr, fmt::format("{} stands with it and was not named", auth_host(finding.host))};
  }
  if (taking.empty()) return {nullptr, "no place that was named takes its kind"};
  return {nullptr, "no host stands with it, and several were named"};
}

Pairs::Key Pairs::key_of(const Finding& finding, const TokenPlace& place) const {
  return {static_cast<std::size_t>(&place - places_.data()), finding.client_id,
          finding.fingerprint};
}

void Pairs::offer(const Finding& finding, const base::Secret& value) {
  if (finding.detector->role != Role::kSecret) return;
  const Choice choice = choose(finding);
  if (choice.place == nullptr) return;
  const std::lock_guard lock(mutex_);
  values_.try_emplace(key_of(finding, *choice.place), value.clone());
  if (values_.size() <= kMostPairs) return;
  values_.erase(std::prev(values_.end()));  // the same ones are kept, whichever thread came first
}

std::size_t Pairs::size() const {
  const std::lock_guard lock(mutex_);
  return values_.size();
}

void Pairs::verify(std::vector<Finding>& findings, const Ask& ask, platform::Clock& clock,
                   base::Duration every) {
  const std::lock_guard lock(mutex_);
  std::map<Key, Verification> known;
  std::vector<Pace> paces(places_.size());
  const auto tried = [&](const Key& key, const std::string& client_id) -> Verification {
    const auto value = values_.find(key);
    if (value == values_.end()) {
      return {Verdict::kNotTried, {}, fmt::format("more than {} different pairs", kMostPairs)};
    }
    Pace& pace = paces[std::get<0>(key)];
    const TokenPlace& place = places_[std::get<0>(key)];
    if (pace.unanswered == kMostUnanswered) {
      return {Verdict::kNotTried, {}, fmt::format("{} gave no answer before", place.url)};
    }
    const base::Duration now = clock.monotonic();
    if (pace.last && now - *pace.last < every) clock.sleep_for(*pace.last + every - now);
    pace.last = clock.monotonic();
    Verification verification = ask(place, client_id, value->second);
    verification.at = place.url;
    pace.unanswered = verification.verdict == Verdict::kNoAnswer ? pace.unanswered + 1 : 0;
    return verification;
  };
  for (Finding& finding : findings) {
    if (finding.detector->role != Role::kSecret) continue;
    Choice choice = choose(finding);
    if (choice.place == nullptr) {
      finding.verification = {Verdict::kNotTried, {}, std::move(choice.why)};
      continue;
    }
    const Key key = key_of(finding, *choice.place);
    auto [entry, is_new] = known.try_emplace(key);
    if (is_new) entry->second = tried(key, finding.client_id);
    finding.verification = entry->second;
    if (entry->second.verdict == Verdict::kAccepted) finding.confidence = Confidence::kHigh;
  }
  values_.clear();
}

}  // namespace rekey::discovery
