#include "rotation/issuers/generic_oauth2.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "crypto/random.h"
#include "net/client.h"
#include "rotation/issuers/exec_issuer.h"
#include "rotation/issuers/generic_oauth2_cards.h"
#include "rotation/issuers/generic_oauth2_settings.h"
#include "rotation/issuers/presented_secrets.h"
#include "rotation/probes/token.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Duration;
using base::Instant;
using base::Secret;

// Least time between two looks with one value, while nothing else asks for one.
constexpr Duration kLookEvery = std::chrono::seconds{30};
// How long the end of the old secret is waited for, once somebody was asked to bring it about.
constexpr Duration kWaitForEnd = std::chrono::minutes{30};

// Each character as likely as every other: bytes beyond the last whole multiple are drawn again.
Secret make_value(const SecretShape& shape) {
  const std::string characters = shape.characters();
  const std::size_t fair = 256 - 256 % characters.size();
  std::string value;
  value.reserve(shape.lengths().front());
  while (value.size() < shape.lengths().front()) {
    std::vector<std::uint8_t> bytes = crypto::random_bytes(64);
    for (const std::uint8_t byte : bytes) {
      if (byte >= fair || value.size() == shape.lengths().front()) continue;
      value += characters[byte % characters.size()];
    }
    base::wipe(bytes.data(), bytes.size());
  }
  return Secret::take(std::move(value));
}

class GenericOAuth2 final : public Issuer {
 public:
  GenericOAuth2(GenericOAuth2Settings settings, IssuerTask task, const DriverParts& parts)
      : settings_(std::move(settings)),
        task_(std::move(task)),
        parts_(parts),
        known_(parts.clock, task_, {settings_.settle, kLookEvery},
               [this](const Secret& value) { return present(value); }) {
    auto client = std::make_shared<net::Client>("rekey-rotation/" REKEY_VERSION);
    probe_ = make_token_probe_over(
        [client](const net::ClientRequest& request) { return client->send(request); }, facts(),
        *this);
  }

  base::Result<Descriptor> describe() override {
    Descriptor descriptor;
    descriptor.settle = settings_.settle;
    descriptor.overlap = settings_.overlap;
    descriptor.activation_ends_old = settings_.activation_ends_old;
    descriptor.live_limit = settings_.live_limit;
    descriptor.generation_interval = settings_.generation_interval;
    const auto& lengths = settings_.shape.lengths();
    descriptor.longest_secret = static_cast<int>(*std::max_element(lengths.begin(), lengths.end()));
    descriptor.is_by_hand = true;
    descriptor.doubt = 2 * kLookEvery;
    descriptor.is_staged_by_program = !settings_.stage_command.empty();
    descriptor.ends_unproven = !settings_.revoke_command.empty();
    return descriptor;
  }
  base::Result<IntegrationFacts> integration() override { return facts(); }
  base::Result<UsageReport> usage() override { return untold_usage(parts_.clock.now()); }
  base::Result<std::vector<std::pair<std::string, std::string>>> own_request_headers() override {
    return std::vector<std::pair<std::string, std::string>>{};
  }
  void remember(Memory memory) override { known_.remember(std::move(memory)); }

  std::optional<HandCards> cards(const std::string& label, bool is_outage) override {
    const bool is_staged_by_hand = settings_.stage_command.empty();
    const bool is_activated_by_hand =
        settings_.activate_command.empty() && !settings_.is_active_when_staged;
    if (!is_staged_by_hand && !is_activated_by_hand) return std::nullopt;
    const ClientCardFacts client = card_facts(label);
    return HandCards{
        is_staged_by_hand ? staging_card(settings_, client, is_outage) : nothing_to_do_card(client),
        is_activated_by_hand ? activation_card(settings_, client) : nothing_to_do_card(client)};
  }

  base::Result<std::vector<IssuedSecret>> list_secrets() override {
    return known_.list([](const KnownSecret& staged, const ProbeResult& result,
                          bool is_present_accepted) -> base::Result<std::string> {
      if (!is_present_accepted) return nothing_accepted(result.detail);
      return fmt::format("it is refused ({}) although the present one is accepted: {}",
                         result.detail,
                         staged.has_worked ? "somebody ended or replaced it"
                                           : "it is of another client, incomplete, or replaced");
    });
  }

  base::Result<StagedSecret> stage(const std::string&, const std::string& label,
                                   const std::optional<std::string>&) override {
    // It cannot have been made before it was asked for: counted from there, the end that is
    // written down is never later than the true one.
    const Instant not_before = known_.memory().asked_since.value_or(parts_.clock.now());
    REKEY_TRY(ExecIssuerReply made,
              settings_.stage_command.empty() ? stage_by_hand(label) : stage_by_command(label));
    known_.forget_looks();
    known_.begin_to_settle();
    StagedSecret staged;
    staged.id = made.id.empty() ? "oauth2-" + base::hex_encode(crypto::random_bytes(4))
                                : std::move(made.id);
    staged.value = std::move(made.value);
    staged.usable_from = parts_.clock.now() + settings_.settle;
    const Instant usual_end = settings_.ttl ? not_before + *settings_.ttl : base::kFarFuture;
    staged.expires_at = made.expires_at.value_or(usual_end);
    return staged;
  }

  base::Result<Activation> activate(const std::string&, const std::string& secret_id, bool,
                                    const std::string&) override {
    const KnownSecret* staged = known_.find_staged(secret_id);
    if (staged == nullptr) {
      return base::fail(Code::kConflict, fmt::format("{} is not staged by a run", secret_id));
    }
    if (!settings_.activate_command.empty()) {
      REKEY_CHECK(run(settings_.activate_command,
                      {kVerbActivate, task_.client_id, staged->label, staged->id, {}}));
    } else if (!settings_.is_active_when_staged) {
      if (parts_.administrator == nullptr) return nobody_there("activate the staged secret");
      REKEY_CHECK(
          parts_.administrator->show(activation_card(settings_, card_facts(staged->label))));
    }
    if (!settings_.activation_ends_old) return activation_beside_old(*staged);
    REKEY_TRY(const bool is_ended, known_.wait_for_end(known_.old_values(), kWaitForEnd));
    if (!is_ended) {
      return base::fail(
          Code::kNeedsPerson,
          fmt::format("the staged secret of {} was not activated in {}: the old one is still "
                      "accepted. Both work, and nothing is lost; see that it is activated, then "
                      "start the run again",
                      task_.package_name, base::format_duration(kWaitForEnd)));
    }
    REKEY_TRY(const ProbeResult result, known_.look(staged->id, staged->value, true));
    if (result.answer == ProbeAnswer::kAccepted) return Activation{staged->id, {}, {}};
    return base::fail(Code::kTimeout, nothing_accepted(result.detail));
  }

  base::Status revoke(const std::string& secret_id, const std::string&) override {
    const Secret* value = known_.value_of(secret_id);
    if (value == nullptr) {
      return base::fail(Code::kNotFound, fmt::format("{} is not known here", secret_id));
    }
    REKEY_TRY(const ProbeResult result, known_.look(secret_id, *value, true));
    if (result.answer == ProbeAnswer::kRefused) return {};
    const KnownSecret* kept = known_.find_other(secret_id);
    const std::string new_id = kept == nullptr ? "" : kept->id;
    const std::string label = kept == nullptr ? "" : kept->label;
    if (!settings_.revoke_command.empty()) {
      return run(settings_.revoke_command,
                 {kVerbRevoke, task_.client_id, label, new_id, value->reveal()});
    }
    if (parts_.administrator == nullptr) return nobody_there("end the old secret");
    REKEY_CHECK(parts_.administrator->show(revocation_card(settings_, card_facts(label), new_id)));
    REKEY_TRY(const bool is_ended, known_.wait_for_end({{secret_id, value}}, kWaitForEnd));
    if (is_ended) return {};
    return base::fail(Code::kNeedsPerson,
                      fmt::format("the old secret of {} was not ended in {}: it is still accepted, "
                                  "and every consumer has moved. End it, or wait for its own end, "
                                  "then start the run again",
                                  task_.package_name, base::format_duration(kWaitForEnd)));
  }

 private:
  [[nodiscard]] IntegrationFacts facts() const {
    return {task_.client_id,   task_.package_name, settings_.endpoint.url, true, false, {},
            settings_.endpoint};
  }
  [[nodiscard]] ClientCardFacts card_facts(const std::string& label) const {
    return {task_.package_name, task_.client_id, label, task_.expires_at, task_.consumers};
  }
  [[nodiscard]] tl::unexpected<base::Error> nobody_there(std::string_view deed) const {
    return base::fail(
        Code::kNeedsPerson,
        fmt::format("somebody has to {} for {} ({}), and nobody is there: start `rekey rotate` at "
                    "a terminal (`rekey run card` prints what is to be done)",
                    deed, task_.package_name, settings_.where));
  }

  [[nodiscard]] static std::string nothing_accepted(const std::string& detail) {
    return fmt::format(
        "no secret that is known is accepted ({}): either somebody ended or replaced them, or the "
        "client is disabled at the issuer",
        detail);
  }

  // An answer that does not say whether the value works is an error.
  base::Result<ProbeResult> present(const Secret& value) {
    REKEY_TRY(ProbeResult result, probe_->present(value));
    if (result.answer != ProbeAnswer::kUnclear) return result;
    return base::fail(Code::kUnavailable,
                      fmt::format("{} does not say whether a secret works ({}); where that is "
                                  "its way to refuse one, name the code in refused_errors",
                                  settings_.endpoint.url, result.detail));
  }

  // Why a value cannot be the new secret.
  [[nodiscard]] base::Status check(const Secret& value) const {
    REKEY_CHECK(known_.check_new(value, {}));
    return settings_.shape.check(value);
  }
  base::Result<ExecIssuerReply> stage_by_hand(const std::string& label) {
    if (parts_.administrator == nullptr) return nobody_there("make a new secret");
    REKEY_TRY(const auto secrets, list_secrets());
    const bool is_outage = !known_.memory().secrets.empty() && !is_any_accepted(secrets);
    ExecIssuerReply made;
    REKEY_TRY(made.value,
              parts_.administrator->take_value(
                  {staging_card(settings_, card_facts(label), is_outage), task_.client_id, label,
                   settings_.shape.lengths(), settings_.shape.characters(),
                   [this](const Secret& candidate) { return check(candidate); }}));
    return made;
  }

  // What a new secret takes the place of. No consumer ever had it.
  base::Status end_unproven() {
    if (settings_.revoke_command.empty()) return {};
    for (const KnownSecret& known : known_.memory().secrets) {
      if (!known.is_unproven) continue;
      REKEY_CHECK(run(settings_.revoke_command,
                      {kVerbRevoke, task_.client_id, known.label, {}, known.value.reveal()}));
    }
    return {};
  }

  base::Result<ExecIssuerReply> stage_by_command(const std::string& label) {
    REKEY_CHECK(end_unproven());
    Secret ours = settings_.is_value_ours ? make_value(settings_.shape) : Secret();
    REKEY_TRY(ExecIssuerReply made, ask(settings_.stage_command,
                                        {kVerbStage, task_.client_id, label, {}, ours.reveal()}));
    if (settings_.is_value_ours) made.value = std::move(ours);
    if (const base::Status status = check_made(made.value); !status) {
      return base::fail(Code::kRefused,
                        fmt::format("{} brought a value that cannot be the new secret: {}",
                                    settings_.stage_command.front(), status.error().detail));
    }
    if (PresentedSecrets::is_present_id(made.id)) {
      return base::fail(Code::kRefused,
                        fmt::format("{} calls the new secret {}, which is a name of Rekey's own",
                                    settings_.stage_command.front(), made.id));
    }
    return made;
  }
  [[nodiscard]] base::Status check_made(const Secret& value) const {
    if (settings_.has_length) return check(value);
    REKEY_CHECK(known_.check_new(value, {}));
    REKEY_TRY(const SecretShape shape,
              SecretShape::parse(std::to_string(value.size_bytes()), "!-~"));
    return shape.check(value);
  }

  base::Result<ExecIssuerReply> ask(const std::vector<std::string>& command,
                                    const ExecIssuerRequest& request) const {
    std::vector<std::string_view> untold;
    for (const KnownSecret& known : known_.memory().secrets) {
      untold.push_back(known.value.reveal());
    }
    auto reply = exchange(ask_command(command), request, settings_.timeout, untold);
    if (reply) return reply;
    return tl::unexpected(base::with_context(command.front(), std::move(reply).error()));
  }
  base::Status run(const std::vector<std::string>& command, const ExecIssuerRequest& request) {
    REKEY_TRY(const ExecIssuerReply reply, ask(command, request));
    static_cast<void>(reply);
    return {};
  }

  // The old one lives on: until when follows from the inventory, and whether, from a look.
  base::Result<Activation> activation_beside_old(const KnownSecret& staged) {
    Activation activation{staged.id, {}, {}};
    for (const auto& [id, value] : known_.old_values()) {
      REKEY_TRY(const ProbeResult result, known_.look(id, *value, true));
      if (result.answer != ProbeAnswer::kAccepted || activation.superseded_id) continue;
      const Instant since = settings_.is_active_when_staged ? staged.usable_from - settings_.settle
                                                            : parts_.clock.now();
      const Instant own_end = task_.expires_at.value_or(base::kFarFuture);
      activation.superseded_id = id;
      activation.old_ends_at =
          settings_.overlap ? std::min(since + *settings_.overlap, own_end) : own_end;
    }
    return activation;
  }

  GenericOAuth2Settings settings_;
  IssuerTask task_;
  DriverParts parts_;
  std::unique_ptr<Probe> probe_;
  PresentedSecrets known_;
};

}  // namespace

IssuerKind generic_oauth2_issuer() {
  const auto complete = [](DriverSpec& spec) -> base::Status {
    REKEY_TRY(const GenericOAuth2Settings settings, read_generic_oauth2(spec));
    static_cast<void>(settings);
    return {};
  };
  const auto location = [](const DriverSpec& spec) { return spec.text("token_url"); };
  const auto make = [](const DriverSpec& spec, const IssuerTask& task,
                       const DriverParts& parts) -> base::Result<std::unique_ptr<Issuer>> {
    REKEY_TRY(GenericOAuth2Settings settings, read_generic_oauth2(spec));
    return std::make_unique<GenericOAuth2>(std::move(settings), task, parts);
  };
  const auto usual_end = [](const DriverSpec& spec, Instant generated_at) {
    const auto ttl = spec.duration("ttl");
    return ttl ? generated_at + *ttl : base::kFarFuture;
  };
  return {{"generic-oauth2", generic_oauth2_keys(), complete, location},
          "token",
          make,
          usual_end,
          true};
}

}  // namespace rekey::rotation
