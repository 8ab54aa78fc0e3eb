#include "rotation/issuers/marketing_cloud.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/fingerprint.h"
#include "base/text.h"
#include "credential/policy.h"
#include "crypto/random.h"
#include "net/client.h"
#include "net/loopback.h"
#include "rotation/issuers/marketing_cloud_cards.h"
#include "rotation/issuers/marketing_cloud_refusal.h"
#include "rotation/issuers/presented_secrets.h"
#include "rotation/issuers/secret_shape.h"
#include "rotation/probes/token.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Duration;
using base::Instant;
using base::Secret;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kLiveLimit = 2;  // one active, one staged
constexpr Duration kSettle = minutes{5};
constexpr Duration kInterval = minutes{5};
constexpr Duration kTtl = base::Days{180};
constexpr Duration kLookEvery = seconds{30};
constexpr Duration kActivationWait = minutes{30};
// At most, between two packages that are asked about one value.
constexpr Duration kSiblingPause = seconds{1};

// What other packages said of staged values that were refused, by client id and secret: for as long
// as there are drivers of this kind, each is asked once.
using Owners = std::map<std::pair<std::string, std::string>, Owner>;

class MarketingCloud final : public Issuer {
 public:
  MarketingCloud(const DriverSpec& spec, IssuerTask task, SecretShape shape,
                 std::shared_ptr<Owners> owners, const DriverParts& parts)
      : task_(std::move(task)),
        shape_(std::move(shape)),
        auth_url_(spec.text("auth_url")),
        business_unit_(spec.number("business_unit")),
        settle_(spec.duration("settle").value_or(kSettle)),
        interval_(spec.duration("interval").value_or(kInterval)),
        ttl_(spec.duration("ttl").value_or(kTtl)),
        look_every_(spec.duration("look_every").value_or(kLookEvery)),
        activation_wait_(spec.duration("activation_wait").value_or(kActivationWait)),
        parts_(parts),
        client_(std::make_shared<net::Client>("rekey-rotation/" REKEY_VERSION)),
        owners_(std::move(owners)),
        known_(parts.clock, task_, {settle_, look_every_},
               [this](const Secret& value) { return present(*probe_, value); }) {
    IntegrationFacts asked = facts();
    probe_ = probe_of(asked);
    asked.account_id.reset();
    unitless_probe_ = probe_of(asked);
  }

  base::Result<Descriptor> describe() override {
    Descriptor descriptor;
    descriptor.settle = settle_;
    descriptor.overlap = Duration{0};
    descriptor.activation_ends_old = true;
    descriptor.live_limit = kLiveLimit;
    descriptor.generation_interval = interval_;
    descriptor.activation_interval = interval_;
    descriptor.longest_secret = static_cast<int>(longest_secret());
    descriptor.is_by_hand = true;
    descriptor.doubt = 2 * look_every_;
    return descriptor;
  }
  base::Result<IntegrationFacts> integration() override { return facts(); }
  base::Result<UsageReport> usage() override { return untold_usage(parts_.clock.now()); }
  base::Result<std::vector<std::pair<std::string, std::string>>> own_request_headers() override {
    return std::vector<std::pair<std::string, std::string>>{};
  }
  std::optional<HandCards> cards(const std::string& label, bool is_outage) override {
    const PackageFacts package = card_facts(label);
    return HandCards{staging_card(package, is_outage), activation_card(package)};
  }
  void remember(Memory memory) override { known_.remember(std::move(memory)); }

  base::Result<std::vector<IssuedSecret>> list_secrets() override {
    REKEY_TRY(auto secrets, known_.list([this](const KnownSecret& staged, const ProbeResult& result,
                                               bool is_present_accepted) {
      return why_refused(staged, result.detail, is_present_accepted);
    }));
    if (!is_any_accepted(secrets)) REKEY_CHECK(check_business_unit());
    return secrets;
  }

  base::Result<StagedSecret> stage(const std::string& slot, const std::string& label,
                                   const std::optional<std::string>& replaces) override {
    static_cast<void>(slot);
    static_cast<void>(replaces);
    if (parts_.administrator == nullptr) return nobody_there("generate a new secret");
    REKEY_TRY(const auto secrets, list_secrets());
    const bool is_outage = !known_.memory().secrets.empty() && !is_any_accepted(secrets);
    // Nobody can have generated it before it was asked for, maybe on a card that went by ticket:
    // counted from there, the end that is written down is never later than the true one.
    const Instant not_before = known_.memory().asked_since.value_or(parts_.clock.now());
    REKEY_TRY(Secret value, parts_.administrator->take_value(
                                {staging_card(card_facts(label), is_outage), task_.client_id, label,
                                 shape_.lengths(), shape_.characters(),
                                 [this](const Secret& candidate) { return check(candidate); }}));
    known_.begin_to_settle();
    StagedSecret staged;
    staged.id = "mce-" + base::hex_encode(crypto::random_bytes(4));
    staged.value = std::move(value);
    staged.usable_from = parts_.clock.now() + settle_;
    staged.expires_at = not_before + ttl_;
    return staged;
  }

  base::Result<Activation> activate(const std::string& slot, const std::string& secret_id,
                                    bool has_evidence, const std::string& reason) override {
    static_cast<void>(slot);
    static_cast<void>(has_evidence);
    const KnownSecret* staged = known_.find_staged(secret_id);
    if (staged == nullptr) {
      return base::fail(Code::kConflict, fmt::format("{} is not staged by a run", secret_id));
    }
    if (parts_.administrator == nullptr) return nobody_there("activate the staged secret");
    static_cast<void>(reason);
    REKEY_CHECK(parts_.administrator->show(activation_card(card_facts(staged->label))));
    return notice_activation(*staged);
  }

  base::Status revoke(const std::string& secret_id, const std::string& reason) override {
    static_cast<void>(reason);
    return base::fail(
        Code::kUnsupported,
        fmt::format("{} cannot be ended: Marketing Cloud ends a secret only by activating another, "
                    "by replacing a staged one, or at its end date",
                    secret_id));
  }

 private:
  [[nodiscard]] IntegrationFacts facts() const {
    return {task_.client_id, task_.package_name, auth_url_, true, false, business_unit_};
  }
  [[nodiscard]] PackageFacts card_facts(const std::string& label) const {
    return {task_.package_name,
            task_.client_id,
            tenant_of(auth_url_),
            business_unit_ ? std::to_string(*business_unit_) : std::string(),
            label,
            task_.expires_at,
            settle_,
            interval_,
            ttl_,
            task_.consumers};
  }
  [[nodiscard]] tl::unexpected<base::Error> nobody_there(std::string_view task) const {
    return base::fail(
        Code::kNeedsPerson,
        fmt::format("somebody has to {} for {} in Setup, and nobody is there: start `rekey rotate` "
                    "at a terminal (`rekey run card` prints what is to be done)",
                    task, task_.package_name));
  }
  [[nodiscard]] std::unique_ptr<Probe> probe_of(const IntegrationFacts& asked) {
    return make_token_probe_over(
        [client = client_](const net::ClientRequest& request) { return client->send(request); },
        asked, *this);
  }
  [[nodiscard]] std::size_t longest_secret() const {
    return *std::max_element(shape_.lengths().begin(), shape_.lengths().end());
  }

  // Why a value cannot be the new secret.
  [[nodiscard]] base::Status check(const Secret& value) const {
    REKEY_CHECK(
        known_.check_new(value, "; copy the new one from the page on which it was generated"));
    return shape_.check(value);
  }

  // An answer that is about the client, or does not say whether the value works, is an error.
  base::Result<ProbeResult> present(Probe& probe, const Secret& value) {
    REKEY_TRY(ProbeResult result, probe.present(value));
    if (result.cause != ToldCause::kNone) {
      return base::fail(Code::kNeedsPerson,
                        explain(ClientRefusal{result.cause, task_.package_name, task_.client_id,
                                              tenant_of(auth_url_), result.detail}));
    }
    if (result.answer == ProbeAnswer::kUnclear) {
      return base::fail(Code::kUnavailable,
                        fmt::format("the token endpoint of {} does not say whether a secret works "
                                    "({})",
                                    auth_url_, result.detail));
    }
    return result;
  }

  // Where nothing is accepted in the business unit: an error if that is why. A secret that works
  // elsewhere has not ended, so nobody may be moved off it.
  base::Status check_business_unit() {
    if (!business_unit_) return {};
    const auto unitless = [this](const Secret& value) { return present(*unitless_probe_, value); };
    for (const auto& [named, is_staged] : known_.settled_values()) {
      const auto& [id, value] = named;
      REKEY_TRY(const ProbeResult result,
                known_.look_by(unitless, id + " without a unit", *value, false));
      if (result.answer != ProbeAnswer::kAccepted) continue;
      return base::fail(Code::kNeedsPerson, explain(UnitRefusal{task_.package_name, task_.client_id,
                                                                *business_unit_, is_staged}));
    }
    return {};
  }

  // A value that was never accepted may be another package's: those at this tenant are asked.
  const Owner& owner_of(const KnownSecret& staged) {
    const auto [place, is_new] = owners_->try_emplace({task_.client_id, staged.id});
    if (!is_new || staged.has_worked) return place->second;
    const auto others = siblings_at(auth_url_, siblings_of(task_));
    place->second = find_owner(others, [&](const Sibling& sibling) {
      parts_.clock.sleep_for(std::min(look_every_, kSiblingPause));
      return probe_of({sibling.client_id, sibling.name, auth_url_})->present(staged.value);
    });
    return place->second;
  }

  base::Result<std::string> why_refused(const KnownSecret& staged, const std::string& detail,
                                        bool is_present_accepted) {
    if (!is_present_accepted) REKEY_CHECK(check_business_unit());
    const Owner& owner = owner_of(staged);
    if (!is_present_accepted && !owner.found) return explain(TotalRefusal{detail, business_unit_});
    return explain(StagedRefusal{task_.package_name, detail, staged.has_worked,
                                 staged.value.size_bytes(), longest_secret(), owner});
  }

  // The old values are presented now and then until they are refused: then the new one has to be
  // accepted.
  base::Result<Activation> notice_activation(const KnownSecret& staged) {
    REKEY_TRY(const bool is_ended, known_.wait_for_end(known_.old_values(), activation_wait_));
    if (!is_ended) {
      return base::fail(
          Code::kNeedsPerson,
          fmt::format("the staged secret of {} was not activated in {}; both secrets work, and "
                      "nothing is lost. Start the run again when somebody is at Setup",
                      task_.package_name, base::format_duration(activation_wait_)));
    }
    REKEY_TRY(const ProbeResult result, known_.look(staged.id, staged.value, true));
    if (result.answer == ProbeAnswer::kAccepted) return Activation{staged.id, {}, {}};
    REKEY_CHECK(check_business_unit());
    return base::fail(Code::kTimeout, explain(TotalRefusal{result.detail, business_unit_}));
  }

  IssuerTask task_;
  SecretShape shape_;
  std::string auth_url_;
  std::optional<std::int64_t> business_unit_;
  Duration settle_;
  Duration interval_;
  Duration ttl_;
  Duration look_every_;
  Duration activation_wait_;
  DriverParts parts_;
  std::shared_ptr<net::Client> client_;
  std::shared_ptr<Owners> owners_;
  std::unique_ptr<Probe> probe_;
  std::unique_ptr<Probe> unitless_probe_;  // asks for a token of the package's own business unit
  PresentedSecrets known_;
};

base::Status complete(DriverSpec& spec) {
  const auto shape = SecretShape::parse(spec.text("secret_length"), spec.text("secret_alphabet"));
  if (!shape) return tl::unexpected(shape.error());
  const std::string url = spec.text("auth_url");
  if (!url.empty() && !net::may_carry_secrets(url)) {
    return base::fail(Code::kInvalidArgument,
                      "auth_url carries secrets, so it begins with https:// (http:// only on this "
                      "machine); write it as https://….auth.marketingcloudapis.com/");
  }
  return {};
}

// All secrets of before the platform's cut-off ended on one day (contract section 3.3).
Instant usual_end(const DriverSpec& spec, Instant generated_at) {
  const auto fixed = credential::marketing_cloud_policy().fixed_end;
  if (fixed && generated_at <= fixed->cut_off) return fixed->ends_at;
  return generated_at + spec.duration("ttl").value_or(kTtl);
}

// Contract section 3.3, where the inventory says nothing else.
Descriptor usual_rules() {
  Descriptor rules;
  rules.settle = rules.generation_interval = rules.activation_interval = std::chrono::minutes{5};
  rules.activation_ends_old = true;
  rules.live_limit = 2;
  rules.is_by_hand = true;
  return rules;
}

KeySpec duration_key(std::string_view name, std::string_view help, Duration longest) {
  KeySpec key{name, KeyType::kDuration, false, help};
  key.longest = longest;
  return key;
}

}  // namespace

IssuerKind marketing_cloud_issuer() {
  constexpr std::int64_t kLargestMid = 999'999'999'999;
  KeySpec business_unit{"business_unit", KeyType::kNumber, false,
                        "MID in which tokens are asked for"};
  business_unit.most = kLargestMid;
  std::vector<KeySpec> keys{
      {"auth_url", KeyType::kText, true,
       "Authentication Base URI of the API Integration: https://….auth.marketingcloudapis.com/"},
      business_unit,
      {"secret_length", KeyType::kText, false, "characters that a new secret has: 64, or 24,64"},
      {"secret_alphabet", KeyType::kText, false, "its characters, as ranges: A-Za-z0-9_-"},
      duration_key("settle", "until a staged secret works", std::chrono::hours{1}),
      duration_key("interval", "least time between two generations, two activations",
                   std::chrono::hours{24}),
      duration_key("ttl", "life of a secret from its generation", base::Days{400}),
      duration_key("look_every", "least time between two looks with one value",
                   std::chrono::hours{1}),
      duration_key("activation_wait", "how long an activation is waited for",
                   std::chrono::hours{24}),
  };
  const auto location = [](const DriverSpec& spec) { return spec.text("auth_url"); };
  const auto make = [owners = std::make_shared<Owners>()](
                        const DriverSpec& spec, const IssuerTask& task,
                        const DriverParts& parts) -> base::Result<std::unique_ptr<Issuer>> {
    REKEY_TRY(SecretShape shape,
              SecretShape::parse(spec.text("secret_length"), spec.text("secret_alphabet")));
    return std::make_unique<MarketingCloud>(spec, task, std::move(shape), owners, parts);
  };
  IssuerKind kind{
      {"marketing-cloud", std::move(keys), complete, location}, "token", make, usual_end};
  kind.usual_rules = usual_rules();
  return kind;
}

}  // namespace rekey::rotation
