#include "authority/admin_secrets.h"

#include "authority/admin_secret.h"
#include "authority/json_fields.h"
#include "authority/new_secret.h"
#include "authority/tables/integrations.h"

namespace rekey::authority {

namespace {

using base::Result;
using credential::SecretId;

Result<credential::SlotTag> read_slot(const net::JsonValue& body) {
  REKEY_TRY(const std::string text, body.string_member_or("slot", credential::kDefaultSlot));
  return credential::parse_slot_tag(text);
}

// {"secret":…} and, where `other` is not empty, a second secret (or null) under that name.
struct SecretReply {
  const UsageMeter& usage;
  const credential::Integration& state;
  base::Instant now;

  [[nodiscard]] std::string text(SecretId id, const ValueShown& shown, std::string_view other = {},
                                 std::optional<SecretId> other_id = std::nullopt) const {
    net::JsonWriter json;
    json.begin_object().key("secret");
    write(json, id, shown);
    if (!other.empty()) {
      json.key(other);
      if (other_id) {
        write(json, *other_id, {});
      } else {
        json.null();
      }
    }
    json.end_object();
    return json.release();
  }
  void write(net::JsonWriter& json, SecretId id, const ValueShown& shown) const {
    write_secret(json, view_of(usage, *credential::find_secret(state, id), now), shown);
  }
};

// What the events of one command did to secrets other than the one addressed.
std::optional<SecretId> replaced_in(const Applied& applied) {
  for (const credential::Event& event : applied.events) {
    const auto* ended = std::get_if<credential::SecretEnded>(&event.body);
    if (ended != nullptr && ended->reason == credential::EndReason::kReplaced) {
      return ended->secret_id;
    }
  }
  return std::nullopt;
}

const credential::SecretActivated& activation_in(const Applied& applied) {
  return std::get<credential::SecretActivated>(applied.events.back().body);
}

}  // namespace

base::Status check_another_admin_secret(const UsageMeter& usage, const credential::Integration& it,
                                        SecretId revoked, base::Instant now) {
  const auto works = [&](const credential::ClientSecret& secret) {
    return credential::is_accepted(status_at(secret, usage.last_used_at(secret.id), now));
  };
  const credential::ClientSecret* target = credential::find_secret(it, revoked);
  if (!it.is_admin || target == nullptr || !works(*target)) return {};
  for (const credential::ClientSecret& secret : it.secrets) {
    if (secret.id != revoked && works(secret)) return {};
  }
  return base::fail(base::Code::kRefused,
                    to_text(revoked) +
                        " is the only accepted secret of the admin package, and revoking it would "
                        "lock everybody out; `rekey admin rotate` puts another in its place, and "
                        "`rekey admin recover` does so and revokes the old one at once");
}

Result<AdminReply> list_secrets(const AdminContext& context, const AdminCall& call) {
  REKEY_TRY(const credential::Integration it, load_undeleted(context.reads, call.ids.at(0)));
  net::JsonWriter json;
  json.begin_object().key("secrets").begin_array();
  for (const credential::ClientSecret& secret : it.secrets) {
    write_secret(json, view_of(context.usage, secret, call.now));
  }
  json.end_array().end_object();
  return reply_with(200, json.release());
}

Result<PlannedChange> stage_secret(const AdminContext& context, const AdminCall& call) {
  REKEY_CHECK(check_members(call.body, {"slot", "label", "if_vacant"}));
  credential::StageSecret asked;
  REKEY_TRY(asked.slot, read_slot(call.body));
  REKEY_TRY(asked.label, call.body.string_member_or("label", ""));
  REKEY_TRY(asked.if_vacant, call.body.boolean_member_or("if_vacant", false));
  REKEY_TRY(NewSecret made, make_new_secret(context.keys, asked.slot));
  PlannedChange change;
  change.work = [&context, id = call.ids.at(0), asked,
                 made = std::move(made)](ChangeScope& scope) -> Result<AdminReply> {
    REKEY_TRY(const credential::IntegrationId number, find_integration(scope.connection(), id));
    credential::StageSecret command = asked;
    REKEY_TRY(command.material, admit(scope, made));
    const SecretId secret_id = command.material.id;
    REKEY_TRY(const Applied applied, scope.execute(number, command));
    const SecretReply reply{context.usage, applied.state, scope.now()};
    const std::optional<SecretId> replaced = replaced_in(applied);
    const std::string_view other = replaced ? "replaced" : "";
    return AdminReply{
        201,
        base::Secret::take(reply.text(secret_id, {.value = made.value.get()}, other, replaced)),
        reply.text(secret_id, {.was_shown_already = true}, other, replaced)};
  };
  return change;
}

Result<PlannedChange> import_secret(const AdminContext& context, const AdminCall& call) {
  REKEY_CHECK(check_members(call.body, {"slot", "label", "value", "generated_at"}));
  credential::ImportSecret asked;
  REKEY_TRY(asked.slot, read_slot(call.body));
  REKEY_TRY(asked.label, call.body.string_member_or("label", ""));
  REKEY_TRY(asked.imported.generated_at, instant_member(call.body, "generated_at"));
  REKEY_TRY(std::string value, call.body.string_member("value"));
  REKEY_TRY(NewSecret adopted, adopt_value(context.keys, base::Secret::take(std::move(value))));
  PlannedChange change;
  change.work = [&context, id = call.ids.at(0), asked,
                 adopted = std::move(adopted)](ChangeScope& scope) -> Result<AdminReply> {
    REKEY_TRY(const credential::IntegrationId number, find_integration(scope.connection(), id));
    REKEY_CHECK(check_is_held_nowhere_else(scope.connection(), adopted.fingerprint, number));
    credential::ImportSecret command = asked;
    REKEY_TRY(command.imported.material, admit(scope, adopted));
    const SecretId secret_id = command.imported.material.id;
    REKEY_TRY(const Applied applied, scope.execute(number, command));
    const SecretReply reply{context.usage, applied.state, scope.now()};
    return reply_with(201, reply.text(secret_id, {}));
  };
  return change;
}

Result<PlannedChange> activate_secret(const AdminContext& context, const AdminCall& call) {
  REKEY_CHECK(check_members(call.body, {"slot", "secret_id", "force", "reason"}));
  credential::ActivateSecret command;
  REKEY_TRY(command.slot, read_slot(call.body));
  REKEY_TRY(const std::string expected, call.body.string_member_or("secret_id", ""));
  if (!expected.empty()) {
    REKEY_TRY(command.expected, credential::parse_secret_id(expected));
  }
  REKEY_TRY(command.is_forced, call.body.boolean_member_or("force", false));
  REKEY_TRY(command.reason, call.body.string_member_or("reason", ""));
  PlannedChange change;
  change.work = [&context, id = call.ids.at(0), command](ChangeScope& scope) -> Result<AdminReply> {
    REKEY_TRY(const credential::IntegrationId number, find_integration(scope.connection(), id));
    REKEY_TRY(const Applied applied, scope.execute(number, command));
    const credential::SecretActivated& activation = activation_in(applied);
    const SecretReply reply{context.usage, applied.state, scope.now()};
    return reply_with(200,
                      reply.text(activation.secret_id, {}, "superseded", activation.superseded_id));
  };
  return change;
}

Result<PlannedChange> undo_activation(const AdminContext& context, const AdminCall& call) {
  REKEY_CHECK(check_members(call.body, {"slot", "secret_id", "reason"}));
  credential::UndoActivation command;
  REKEY_TRY(command.slot, read_slot(call.body));
  REKEY_TRY(const std::string expected, call.body.string_member_or("secret_id", ""));
  if (!expected.empty()) {
    REKEY_TRY(command.expected, credential::parse_secret_id(expected));
  }
  REKEY_TRY(command.reason, call.body.string_member("reason"));
  PlannedChange change;
  change.work = [&context, id = call.ids.at(0), command](ChangeScope& scope) -> Result<AdminReply> {
    REKEY_TRY(const credential::IntegrationId number, find_integration(scope.connection(), id));
    REKEY_TRY(const Applied applied, scope.execute(number, command));
    const auto& undone = std::get<credential::ActivationUndone>(applied.events.back().body);
    const SecretReply reply{context.usage, applied.state, scope.now()};
    return reply_with(200, reply.text(undone.secret_id, {}, "restored", undone.restored_id));
  };
  return change;
}

Result<PlannedChange> revoke_secret(const AdminContext& context, const AdminCall& call) {
  REKEY_CHECK(check_members(call.body, {"reason"}));
  credential::RevokeSecret command;
  REKEY_TRY(command.secret_id, credential::parse_secret_id(call.ids.at(1)));
  REKEY_TRY(command.reason, call.body.string_member("reason"));
  PlannedChange change;
  change.work = [&context, id = call.ids.at(0), command](ChangeScope& scope) -> Result<AdminReply> {
    REKEY_TRY(const credential::IntegrationId number, find_integration(scope.connection(), id));
    REKEY_TRY(const credential::Integration before, scope.load(number));
    REKEY_CHECK(check_another_admin_secret(context.usage, before, command.secret_id, scope.now()));
    REKEY_TRY(const Applied applied, scope.execute(number, command));
    const SecretReply reply{context.usage, applied.state, scope.now()};
    return reply_with(200, reply.text(command.secret_id, {}));
  };
  return change;
}

namespace {

Result<PlannedChange> plan_revocation(const AdminCall& call, std::optional<SecretId> secret_id) {
  REKEY_CHECK(check_members(call.body, {"reason"}));
  credential::RevokeTokens command{secret_id, {}};
  REKEY_TRY(command.reason, call.body.string_member("reason"));
  PlannedChange change;
  change.work = [id = call.ids.at(0), command](ChangeScope& scope) -> Result<AdminReply> {
    REKEY_TRY(const credential::IntegrationId number, find_integration(scope.connection(), id));
    REKEY_TRY(const Applied applied, scope.execute(number, command));
    net::JsonWriter json;
    json.begin_object().member("client_id", applied.state.client_id.value).key("secret_id");
    if (command.secret_id) {
      json.value(to_text(*command.secret_id));
    } else {
      json.null();
    }
    write_instant(json, "issued_until", scope.now());
    json.end_object();
    return reply_with(200, json.release());
  };
  return change;
}

}  // namespace

Result<PlannedChange> revoke_tokens(const AdminContext&, const AdminCall& call) {
  return plan_revocation(call, std::nullopt);
}

Result<PlannedChange> revoke_tokens_of_secret(const AdminContext&, const AdminCall& call) {
  REKEY_TRY(const SecretId secret_id, credential::parse_secret_id(call.ids.at(1)));
  return plan_revocation(call, secret_id);
}

Result<PlannedChange> recover_admin_secret(const AdminContext& context, const AdminCall& call) {
  REKEY_CHECK(check_members(call.body, {}));
  REKEY_TRY(NewSecret fresh, make_new_secret(context.keys, credential::default_slot()));
  PlannedChange change;
  change.work = [&context, fresh = std::move(fresh)](ChangeScope& scope) -> Result<AdminReply> {
    REKEY_TRY(const AdminRecovery recovery,
              recover_in(scope, context.files, context.folder, fresh));
    net::JsonWriter json;
    json.begin_object()
        .member("credential_file", recovery.credential_file)
        .member("client_id", recovery.client_id.value)
        .member("secret_id", to_text(recovery.secret_id));
    write_instant(json, "expires_at", recovery.expires_at);
    json.end_object();
    return reply_with(200, json.release());
  };
  // There is one admin.json.new: the next recovery writes it only after this one's is in place.
  change.is_alone = true;
  change.after_commit = [&context] {
    return put_admin_credential_in_place(context.files, context.folder);
  };
  return change;
}

}  // namespace rekey::authority
