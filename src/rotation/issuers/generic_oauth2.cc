#include "rotation/issuers/generic_oauth2.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "crypto/random.h"
#include "net/client.h"
#include "rotation/issuers/exec_issuer.h"
#include "rotation/issuers/generic_oauth2_cards.h"
#include "rotation/issuers/generic_oauth2_settings.h"
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
// A staged secret may be refused for this part of its settle time longer, and still be good.
constexpr int kSettleGracePercent = 15;
constexpr std::string_view kPresent = "present";

bool is_any_accepted(const std::vector<IssuedSecret>& secrets) {
  return std::any_of(secrets.begin(), secrets.end(),
                     [](const IssuedSecret& secret) { return is_accepted(secret.state); });
}

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
      : settings_(std::move(settings)), task_(std::move(task)), parts_(parts) {
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
    return descriptor;
  }
  base::Result<IntegrationFacts> integration() override { return facts(); }
  base::Result<UsageReport> usage() override {
    const Instant now = parts_.clock.now();
    return UsageReport{{}, now, now};
  }
  base::Result<std::vector<std::pair<std::string, std::string>>> own_request_headers() override {
    return std::vector<std::pair<std::string, std::string>>{};
  }
  void remember(Memory memory) override { memory_ = std::move(memory); }

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
    std::vector<IssuedSecret> secrets;
    REKEY_CHECK(list_present(secrets));
    const bool is_present_accepted = is_any_accepted(secrets);
    for (const KnownSecret& known : memory_.secrets) {
      if (known.id.empty()) continue;
      REKEY_TRY(IssuedSecret staged, look_at_staged(known, is_present_accepted));
      secrets.push_back(std::move(staged));
    }
    return secrets;
  }

  base::Result<StagedSecret> stage(const std::string&, const std::string& label,
                                   const std::optional<std::string>&) override {
    // It cannot have been made before it was asked for: counted from there, the end that is
    // written down is never later than the true one.
    const Instant not_before = memory_.asked_since.value_or(parts_.clock.now());
    REKEY_TRY(ExecIssuerReply made,
              settings_.stage_command.empty() ? stage_by_hand(label) : stage_by_command(label));
    looks_.clear();
    settled_at_ = parts_.clock.monotonic() + settings_.settle;
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
    const KnownSecret* staged = find_staged(secret_id);
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
    REKEY_TRY(const bool is_ended, wait_for_end(old_values()));
    if (!is_ended) {
      return base::fail(
          Code::kNeedsPerson,
          fmt::format("the staged secret of {} was not activated in {}: the old one is still "
                      "accepted. Both work, and nothing is lost; see that it is activated, then "
                      "start the run again",
                      task_.package_name, base::format_duration(kWaitForEnd)));
    }
    REKEY_TRY(const ProbeResult result, look(staged->id, staged->value, true));
    if (result.answer == ProbeAnswer::kAccepted) return Activation{staged->id, {}, {}};
    return base::fail(Code::kTimeout, nothing_accepted(result.detail));
  }

  base::Status revoke(const std::string& secret_id, const std::string&) override {
    const auto value = value_of(secret_id);
    if (!value) {
      return base::fail(Code::kNotFound, fmt::format("{} is not known here", secret_id));
    }
    REKEY_TRY(const ProbeResult result, look(secret_id, **value, true));
    if (result.answer == ProbeAnswer::kRefused) return {};
    const KnownSecret* kept = find_other(secret_id);
    const std::string new_id = kept == nullptr ? "" : kept->id;
    const std::string label = kept == nullptr ? "" : kept->label;
    if (!settings_.revoke_command.empty()) {
      return run(settings_.revoke_command,
                 {kVerbRevoke, task_.client_id, label, new_id, (*value)->reveal()});
    }
    if (parts_.administrator == nullptr) return nobody_there("end the old secret");
    REKEY_CHECK(parts_.administrator->show(revocation_card(settings_, card_facts(label), new_id)));
    REKEY_TRY(const bool is_ended, wait_for_end({{secret_id, *value}}));
    if (is_ended) return {};
    return base::fail(Code::kNeedsPerson,
                      fmt::format("the old secret of {} was not ended in {}: it is still accepted, "
                                  "and every consumer has moved. End it, or wait for its own end, "
                                  "then start the run again",
                                  task_.package_name, base::format_duration(kWaitForEnd)));
  }

 private:
  struct Look {
    ProbeResult result;
    Duration at{};
  };
  using Named = std::pair<std::string, const Secret*>;  // a secret's id, and its value

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

  [[nodiscard]] static std::string present_id(int number) {
    return number == 1 ? std::string(kPresent) : fmt::format("{}-{}", kPresent, number);
  }
  // Those that consumers held before the run.
  [[nodiscard]] std::vector<Named> old_values() const {
    std::vector<Named> values;
    for (const KnownSecret& known : memory_.secrets) {
      if (!known.id.empty()) continue;
      values.emplace_back(present_id(static_cast<int>(values.size()) + 1), &known.value);
    }
    return values;
  }
  [[nodiscard]] std::optional<const Secret*> value_of(const std::string& id) const {
    if (const KnownSecret* staged = find_staged(id)) return &staged->value;
    for (const auto& [name, value] : old_values()) {
      if (name == id) return value;
    }
    return std::nullopt;
  }
  [[nodiscard]] const KnownSecret* find_staged(const std::string& id) const {
    for (const KnownSecret& known : memory_.secrets) {
      if (!known.id.empty() && known.id == id) return &known;
    }
    return nullptr;
  }
  // The run's own, which stays when that one ends.
  [[nodiscard]] const KnownSecret* find_other(const std::string& id) const {
    for (const KnownSecret& known : memory_.secrets) {
      if (!known.id.empty() && known.id != id) return &known;
    }
    return nullptr;
  }
  [[nodiscard]] bool has_settled(const KnownSecret& staged) const {
    return parts_.clock.now() >= staged.usable_from && parts_.clock.monotonic() >= settled_at_;
  }
  [[nodiscard]] static std::string nothing_accepted(const std::string& detail) {
    return fmt::format(
        "no secret that is known is accepted ({}): either somebody ended or replaced them, or the "
        "client is disabled at the issuer",
        detail);
  }

  // Presents it, or tells what it answered a moment ago.
  base::Result<ProbeResult> look(const std::string& key, const Secret& value, bool is_fresh) {
    const Duration now = parts_.clock.monotonic();
    const auto known = looks_.find(key);
    if (!is_fresh && known != looks_.end() && now - known->second.at < kLookEvery) {
      return known->second.result;
    }
    REKEY_TRY(ProbeResult result, probe_->present(value));
    if (result.answer == ProbeAnswer::kUnclear) {
      return base::fail(Code::kUnavailable,
                        fmt::format("{} does not say whether a secret works ({}); where that is "
                                    "its way to refuse one, name the code in refused_errors",
                                    settings_.endpoint.url, result.detail));
    }
    looks_[key] = {result, now};
    return result;
  }

  base::Status list_present(std::vector<IssuedSecret>& secrets) {
    bool is_accepted_before = false;
    for (const auto& [id, value] : old_values()) {
      IssuedSecret present = present_secret(id);
      REKEY_TRY(const ProbeResult result, look(id, *value, false));
      if (result.answer != ProbeAnswer::kAccepted) {
        present.state = SecretState::kEnded;
        present.note = result.detail;
      } else if (std::exchange(is_accepted_before, true)) {
        // Two values that work: which of them another step would end, nobody here knows.
        present.state = SecretState::kStaged;
        present.label = "in use by a consumer, beside another that works";
      }
      secrets.push_back(std::move(present));
    }
    if (secrets.empty()) secrets.push_back(present_secret(present_id(1)));
    return {};
  }
  [[nodiscard]] IssuedSecret present_secret(const std::string& id) const {
    IssuedSecret present;
    present.id = id;
    present.slot = "-";
    present.state = SecretState::kActive;
    present.expires_at = task_.expires_at.value_or(base::kFarFuture);
    present.ends_at = present.expires_at;
    if (task_.generated_at) present.generated_at = *task_.generated_at;
    present.usable_from = present.generated_at;
    return present;
  }

  base::Result<IssuedSecret> look_at_staged(const KnownSecret& known, bool is_present_accepted) {
    IssuedSecret staged;
    staged.id = known.id;
    staged.slot = "-";
    staged.label = known.label;
    staged.generated_at = known.usable_from - settings_.settle;
    staged.usable_from = known.usable_from;
    staged.expires_at = known.expires_at;
    staged.ends_at = known.expires_at;
    staged.state = SecretState::kSettling;
    if (!has_settled(known)) return staged;
    REKEY_TRY(const ProbeResult result, look(known.id, known.value, false));
    const Instant grace_ends_at = known.usable_from + settings_.settle * kSettleGracePercent / 100;
    if (result.answer == ProbeAnswer::kAccepted) {
      staged.state = is_present_accepted ? SecretState::kStaged : SecretState::kActive;
    } else if (!known.has_worked && is_present_accepted && parts_.clock.now() < grace_ends_at) {
      staged.note = "refused so far; it may not have settled";
    } else {
      staged.state = SecretState::kEnded;
      staged.note =
          is_present_accepted
              ? fmt::format("it is refused ({}) although the present one is accepted: {}",
                            result.detail,
                            known.has_worked ? "somebody ended or replaced it"
                                             : "it is of another client, incomplete, or replaced")
              : nothing_accepted(result.detail);
    }
    return staged;
  }

  // Why a value cannot be the new secret.
  [[nodiscard]] base::Status check(const Secret& value) const {
    REKEY_CHECK(check_new(value));
    return settings_.shape.check(value);
  }
  // That it is none of those that are known.
  [[nodiscard]] base::Status check_new(const Secret& value) const {
    if (value.reveal() == task_.client_id) {
      return base::fail(Code::kInvalidArgument, "that is the client id, not the secret");
    }
    for (const KnownSecret& known : memory_.secrets) {
      if (!(known.value == value)) continue;
      return base::fail(Code::kInvalidArgument,
                        known.id.empty()
                            ? "that is the present secret, which the consumers hold already"
                            : "that is the one that was staged before and does not work any more");
    }
    if (memory_.is_earlier && memory_.is_earlier(value)) {
      return base::fail(Code::kInvalidArgument, "that is a secret of an earlier rotation");
    }
    return {};
  }

  base::Result<ExecIssuerReply> stage_by_hand(const std::string& label) {
    if (parts_.administrator == nullptr) return nobody_there("make a new secret");
    REKEY_TRY(const auto secrets, list_secrets());
    const bool is_outage = !memory_.secrets.empty() && !is_any_accepted(secrets);
    ExecIssuerReply made;
    REKEY_TRY(made.value,
              parts_.administrator->take_value(
                  {staging_card(settings_, card_facts(label), is_outage), task_.client_id, label,
                   settings_.shape.lengths(), settings_.shape.characters(),
                   [this](const Secret& candidate) { return check(candidate); }}));
    return made;
  }

  base::Result<ExecIssuerReply> stage_by_command(const std::string& label) {
    Secret ours = settings_.is_value_ours ? make_value(settings_.shape) : Secret();
    REKEY_TRY(ExecIssuerReply made, ask(settings_.stage_command,
                                        {kVerbStage, task_.client_id, label, {}, ours.reveal()}));
    if (settings_.is_value_ours) made.value = std::move(ours);
    if (const base::Status status = check_made(made.value); !status) {
      return base::fail(Code::kRefused,
                        fmt::format("{} brought a value that cannot be the new secret: {}",
                                    settings_.stage_command.front(), status.error().detail));
    }
    if (made.id.starts_with(kPresent)) {
      return base::fail(Code::kRefused,
                        fmt::format("{} calls the new secret {}, which is a name of Rekey's own",
                                    settings_.stage_command.front(), made.id));
    }
    return made;
  }
  [[nodiscard]] base::Status check_made(const Secret& value) const {
    if (settings_.has_length) return check(value);
    REKEY_CHECK(check_new(value));
    REKEY_TRY(const SecretShape shape,
              SecretShape::parse(std::to_string(value.size_bytes()), "!-~"));
    return shape.check(value);
  }

  base::Result<ExecIssuerReply> ask(const std::vector<std::string>& command,
                                    const ExecIssuerRequest& request) const {
    std::vector<std::string_view> untold;
    for (const KnownSecret& known : memory_.secrets) untold.push_back(known.value.reveal());
    auto reply = exchange(ask_command(command), request, settings_.timeout, untold);
    if (reply) return reply;
    return tl::unexpected(base::with_context(command.front(), std::move(reply).error()));
  }
  base::Status run(const std::vector<std::string>& command, const ExecIssuerRequest& request) {
    REKEY_TRY(const ExecIssuerReply reply, ask(command, request));
    static_cast<void>(reply);
    return {};
  }

  // False where one of them is still accepted when the wait is over.
  base::Result<bool> wait_for_end(const std::vector<Named>& values) {
    const Duration begun_at = parts_.clock.monotonic();
    for (;;) {
      bool is_any_alive = false;
      for (const auto& [id, value] : values) {
        REKEY_TRY(const ProbeResult result, look(id, *value, true));
        is_any_alive = is_any_alive || result.answer == ProbeAnswer::kAccepted;
      }
      if (!is_any_alive) return true;
      if (parts_.clock.monotonic() - begun_at >= kWaitForEnd) return false;
      parts_.clock.sleep_for(kLookEvery);
    }
  }

  // The old one lives on: until when follows from the inventory, and whether, from a look.
  base::Result<Activation> activation_beside_old(const KnownSecret& staged) {
    Activation activation{staged.id, {}, {}};
    for (const auto& [id, value] : old_values()) {
      REKEY_TRY(const ProbeResult result, look(id, *value, true));
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
  Memory memory_;
  std::map<std::string, Look> looks_;  // by the secret's id
  Duration settled_at_{};              // monotonic; of what this process has staged
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
