// What the engine asks of whoever issues secrets. One file pair in issuers/ a driver;
// issuers/conformance.h has what each must do.
//
// The reading part and the writing part are two types: plan gets a client without write verbs.
// One thread at a time. Instants are the issuer's own. Errors hold no value; kUnavailable means
// that nothing was sent, kTimeout that the outcome is unknown and must be looked for.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "rotation/drivers/administrator.h"
#include "rotation/machine/usage.h"

namespace rekey::rotation {

// What an issuer does by its nature; the order of a rotation follows from it.
struct Descriptor {
  base::Duration settle{};                // before a staged secret works or can be activated
  std::optional<base::Duration> overlap;  // after activation; nullopt: until the old one's expiry
  bool activation_ends_old = false;       // no overlap: activation is retirement
  int live_limit = 0;                     // secrets of one slot that work at once
  base::Duration generation_interval{};   // least time between two
  base::Duration activation_interval{};
  int longest_secret = 64;  // characters of a new secret
  // Secrets are known only by presenting them: who uses which is not told, and what is staged is
  // the work of a person, or of a program that stands for one.
  bool is_by_hand = false;
  // A secret that was found ended is looked at again over this time before that is believed: where
  // a refusal may pass (a package disabled for a moment, something in between that answers itself).
  base::Duration doubt{};
  bool can_undo_activation = false;  // while the superseded secret works
  // Of one that is by hand: a program makes each new secret, and nobody looks before it does.
  bool is_staged_by_program = false;
  bool ends_unproven = false;  // and ends one that was never accepted before it makes another
};

// Where and how a client asks for a token with a form (RFC 6749 section 4.4.2).
struct TokenEndpoint {
  std::string url;
  bool is_basic = false;  // id and secret in the header (section 2.3.1), else in the body
  std::string scope{};    // empty: not asked for
  std::vector<std::string> refusals{};  // error codes (section 5.2) that are about the secret
};

// What is planned is checked against this before anything is written.
struct IntegrationFacts {
  std::string client_id;
  std::string package_name;
  std::string auth_base_uri;
  bool is_enabled = true;
  bool is_engines_own = false;               // the credential that the engine itself works with
  std::optional<std::int64_t> account_id{};  // the business unit to ask a token for
  // nullopt: JSON to v2/token under auth_base_uri, as Rekey and Marketing Cloud take it.
  std::optional<TokenEndpoint> token_endpoint{};
};

enum class SecretState { kSettling, kStaged, kActive, kSuperseded, kEnded };
[[nodiscard]] std::string_view name_of(SecretState state) noexcept;
// True where a token request with it is accepted now.
[[nodiscard]] constexpr bool is_accepted(SecretState state) noexcept {
  return state == SecretState::kStaged || state == SecretState::kActive ||
         state == SecretState::kSuperseded;
}

struct IssuedSecret {
  std::string id;
  std::string slot;
  std::string label;
  SecretState state = SecretState::kEnded;
  base::Instant generated_at{};
  base::Instant usable_from{};
  base::Instant expires_at{};
  base::Instant ends_at{};  // the first instant at which it is not accepted any more
  std::optional<base::Instant> activated_at;
  std::string note{};  // why it is believed to be so, where the issuer could not be asked
  std::optional<base::Instant> dormant_at{};  // it ends before ends_at if nobody uses it till then
  // What is shown of its value, as credential::shown_prefix gives it; nullopt where that is not
  // told.
  std::optional<std::string> shown_prefix{};
};

// What the caller knows of the integration's secrets, values included.
struct KnownSecret {
  std::string id;     // empty: one that consumers hold, not staged by a run
  std::string label;  // the run that staged it
  base::Secret value;
  base::Instant usable_from{};
  base::Instant expires_at{};
  bool has_worked = false;  // it was accepted before
  // Staged by the run and never accepted: no consumer had it, and nobody has ended it for sure.
  bool is_unproven = false;
};
struct Memory {
  std::vector<KnownSecret> secrets;
  std::optional<base::Instant> asked_since{};  // for a new secret: it was generated after that
  std::function<bool(const base::Secret&)> is_earlier{};  // a value of a run that was closed
};

struct HandCards {
  Card staging;
  Card activation;
};

// A new secret; its value is shown this once.
struct StagedSecret {
  std::string id;
  base::Secret value;
  base::Instant usable_from{};
  base::Instant expires_at{};
};

struct Activation {
  std::string secret_id;
  std::optional<std::string> superseded_id;
  std::optional<base::Instant> old_ends_at;  // nullopt: the old one ended at once
};

class IssuerReader {
 public:
  virtual ~IssuerReader() = default;
  [[nodiscard]] virtual base::Result<Descriptor> describe() = 0;
  [[nodiscard]] virtual base::Result<IntegrationFacts> integration() = 0;
  // Every secret of the integration, in order of issue.
  [[nodiscard]] virtual base::Result<std::vector<IssuedSecret>> list_secrets() = 0;
  [[nodiscard]] virtual base::Result<UsageReport> usage() = 0;
  // Headers by which the issuer knows the engine's own requests, so that they are never counted as
  // use.
  [[nodiscard]] virtual base::Result<std::vector<std::pair<std::string, std::string>>>
  own_request_headers() = 0;
  // How long its tokens live, where it has told that by now; nullopt: it has not.
  [[nodiscard]] virtual std::optional<base::Duration> token_life() { return std::nullopt; }
  // For issuers that tell nothing of their secrets: such a one finds out by presenting these. It
  // replaces what was told before; all others ignore it.
  virtual void remember(Memory) {}
  // What a person would be asked for the run of that label; nullopt where no person is needed.
  // `is_outage`: no secret is known that is accepted.
  [[nodiscard]] virtual std::optional<HandCards> cards(const std::string& label, bool is_outage) {
    static_cast<void>(label);
    static_cast<void>(is_outage);
    return std::nullopt;
  }
};

class Issuer : public IssuerReader {
 public:
  // Stages a secret under `label`. Where `replaces` is set, that one staged before under the same
  // label is given up first; where it is in use by now, or any other is staged in the slot,
  // kRefused or kConflict and nothing changes.
  [[nodiscard]] virtual base::Result<StagedSecret> stage(
      const std::string& slot, const std::string& label,
      const std::optional<std::string>& replaces) = 0;
  // Ok where that one is active already; else kConflict unless it is staged. `reason` is the
  // evidence, for the issuer's own audit trail. `has_evidence`: the engine itself has seen that the
  // old one is not used any more.
  [[nodiscard]] virtual base::Result<Activation> activate(const std::string& slot,
                                                          const std::string& secret_id,
                                                          bool has_evidence,
                                                          const std::string& reason) = 0;
  // Makes what that activation superseded active again, and the secret staged as before: both are
  // accepted. Ok where that is so already. kUnsupported where nobody can do that; else kRefused or
  // kConflict, and nothing changes, where the superseded one has ended or another took the place.
  [[nodiscard]] virtual base::Status undo_activation(const std::string& slot,
                                                     const std::string& secret_id,
                                                     const std::string& reason) {
    static_cast<void>(slot);
    static_cast<void>(reason);
    return base::fail(base::Code::kUnsupported,
                      "this issuer cannot undo the activation of " + secret_id);
  }
  // Ends a secret at once; Ok where it has ended already.
  [[nodiscard]] virtual base::Status revoke(const std::string& secret_id,
                                            const std::string& reason) = 0;
};

}  // namespace rekey::rotation
