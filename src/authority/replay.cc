#include "authority/replay.h"

#include <fmt/format.h>

#include <algorithm>

#include "authority/event_codec.h"

namespace rekey::authority {

namespace {

using base::Code;
using credential::Integration;
using credential::SecretId;

struct Checker {
  const Integration& state;

  base::Status operator()(const credential::PackageCreated&) const { return {}; }
  base::Status operator()(const credential::PackageEdited&) const { return {}; }
  base::Status operator()(const credential::PackageEnabled&) const { return {}; }
  base::Status operator()(const credential::PackageDisabled&) const { return {}; }
  base::Status operator()(const credential::PackageDeleted&) const { return {}; }
  base::Status operator()(const credential::SlotOpened& body) const {
    if (!has_slot(body.slot)) return {};
    return base::fail(Code::kCorrupt, fmt::format("slot {} is opened twice", body.slot.value));
  }
  base::Status operator()(const credential::SecretIssued& body) const {
    const SecretId id = body.secret.id;
    if (find_secret(state, id) != nullptr) {
      return base::fail(Code::kCorrupt, fmt::format("{} is issued twice", to_text(id)));
    }
    if (has_slot(body.secret.slot)) return {};
    return base::fail(Code::kCorrupt, fmt::format("{} is issued in slot {}, which is not open",
                                                  to_text(id), body.secret.slot.value));
  }
  base::Status operator()(const credential::SecretActivated& body) const {
    REKEY_CHECK(check_is_known(body.secret_id));
    return body.superseded_id ? check_is_known(*body.superseded_id) : base::Status{};
  }
  base::Status operator()(const credential::SecretEnded& body) const {
    REKEY_CHECK(check_is_known(body.secret_id));
    if (find_secret(state, body.secret_id)->phase != credential::Phase::kEnded) return {};
    return base::fail(Code::kCorrupt, fmt::format("{} ends twice", to_text(body.secret_id)));
  }
  base::Status operator()(const credential::ActivationUndone& body) const {
    REKEY_CHECK(check_is_known(body.secret_id));
    REKEY_CHECK(check_is_known(body.restored_id));
    const bool was_activated =
        find_secret(state, body.secret_id)->phase == credential::Phase::kActive &&
        find_secret(state, body.restored_id)->phase == credential::Phase::kSuperseded;
    if (was_activated) return {};
    return base::fail(
        Code::kCorrupt,
        fmt::format("the activation of {} is undone and did not stand", to_text(body.secret_id)));
  }

  base::Status operator()(const credential::TokensRevoked& body) const {
    return body.secret_id ? check_is_known(*body.secret_id) : base::Status{};
  }

  [[nodiscard]] bool has_slot(const credential::SlotTag& tag) const {
    return std::any_of(state.slots.begin(), state.slots.end(),
                       [&tag](const credential::Slot& slot) { return slot.tag == tag; });
  }
  [[nodiscard]] base::Status check_is_known(SecretId id) const {
    if (find_secret(state, id) != nullptr) return {};
    return base::fail(Code::kCorrupt, fmt::format("{} was never issued here", to_text(id)));
  }
};

}  // namespace

base::Status check_can_follow(const Integration& state, const credential::Event& event) {
  const bool is_first = std::holds_alternative<credential::PackageCreated>(event.body);
  const bool exists = state.id.value != 0;
  if (is_first && exists) return base::fail(Code::kCorrupt, "the package is created twice");
  if (!is_first && !exists) {
    return base::fail(Code::kCorrupt, "the stream does not begin with the package's creation");
  }
  return std::visit(Checker{state}, event.body);
}

base::Status Replay::add(const ledger::StoredEvent& event) {
  if (broken_.contains(event.stream)) return {};
  base::Status added;
  if (event.stream == kTenantStream) {
    added = add_to_tenant(event);
  } else if (const auto id = integration_of(event.stream)) {
    added = add_to_integration(*id, event);
  }
  if (!added) broken_.insert(event.stream);
  return added;
}

base::Status Replay::add_to_tenant(const ledger::StoredEvent& event) {
  REKEY_TRY(const TenantEvent decoded, decode_tenant_event(event.event));
  REKEY_TRY(tenant_, apply(tenant_, decoded));
  return {};
}

base::Status Replay::add_to_integration(credential::IntegrationId id,
                                        const ledger::StoredEvent& event) {
  REKEY_TRY(const credential::Event decoded, decode_integration_event(event.event));
  const auto* created = std::get_if<credential::PackageCreated>(&decoded.body);
  if (created != nullptr && created->id != id) {
    return base::fail(Code::kCorrupt, fmt::format("the stream creates integration {}, not its own",
                                                  created->id.value));
  }
  Integration& state = integrations_[id.value];
  REKEY_CHECK(check_can_follow(state, decoded));
  state = credential::apply(std::move(state), decoded);
  return {};
}

}  // namespace rekey::authority
