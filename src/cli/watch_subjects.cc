#include "cli/watch_subjects.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "cli/show.h"
#include "rotation/engine.h"

namespace rekey::cli {
namespace {

using base::Instant;
using net::JsonValue;
using notice::Subject;

base::Result<std::optional<Instant>> instant_of(const JsonValue& object, std::string_view name) {
  const JsonValue* found = object.find(name);
  if (found == nullptr || found->is_null()) return std::nullopt;
  REKEY_TRY(const std::string text, object.string_member(name));
  REKEY_TRY(const Instant at, base::parse_instant(text));
  return at;
}

void add_texts(const JsonValue* list, std::vector<std::string>& texts) {
  if (list == nullptr) return;
  for (const JsonValue& item : list->items()) {
    const auto text = item.as_string();
    if (!text) continue;
    std::string copy(*text);
    if (std::find(texts.begin(), texts.end(), copy) == texts.end()) texts.push_back(copy);
  }
}

// What all secrets of a package have in common, by client id.
base::Result<std::map<std::string, Subject>> facts_by_client(const JsonValue& packages) {
  std::map<std::string, Subject> facts;
  const JsonValue* list = packages.find("packages");
  if (list == nullptr) return facts;
  for (const JsonValue& entry : list->items()) {
    const JsonValue* package = entry.find("package");
    const JsonValue* integration = entry.find("integration");
    if (package == nullptr || integration == nullptr) continue;
    Subject subject;
    REKEY_TRY(subject.client_id, integration->string_member("client_id"));
    REKEY_TRY(subject.package, package->string_member("name"));
    add_texts(package->find("owners"), subject.recipients);
    add_texts(package->find("contacts"), subject.recipients);
    if (!subject.recipients.empty()) subject.contact = subject.recipients.front();
    REKEY_TRY(subject.link, package->string_member_or("documentation_link", ""));
    facts.emplace(subject.client_id, std::move(subject));
  }
  return facts;
}

}  // namespace

base::Result<SecretSubjects> secret_subjects_of(const JsonValue& status,
                                                const JsonValue& packages) {
  REKEY_TRY(const auto facts, facts_by_client(packages));
  SecretSubjects found;
  const JsonValue* secrets = status.find("secrets");
  if (secrets == nullptr) return found;
  for (const JsonValue& secret : secrets->items()) {
    REKEY_TRY(const std::string client_id, secret.string_member("client_id"));
    REKEY_TRY(const std::string state, secret.string_member("state"));
    REKEY_TRY(const bool is_enabled, secret.boolean_member_or("enabled", true));
    const auto known = facts.find(client_id);
    if (!is_enabled || known == facts.end()) continue;
    if (state == "superseded") found.superseded_clients.push_back(client_id);
    if (state != "active" && state != "expired") continue;
    Subject subject = known->second;
    REKEY_TRY(const std::string id, secret.string_member("secret_id"));
    REKEY_TRY(subject.secret, secret.string_member_or("prefix", ""));
    REKEY_TRY(const auto expires_at, instant_of(secret, "expires_at"));
    REKEY_TRY(const auto ends_at, instant_of(secret, "ends_at"));
    REKEY_TRY(subject.since, instant_of(secret, "generated_at"));
    if (!expires_at) continue;
    subject.id = "secret/" + id;
    subject.at = *expires_at;
    if (state == "active" && ends_at && *ends_at < *expires_at) subject.dormant_at = ends_at;
    subject.command = fmt::format("rekey secret list {}", client_id);
    found.subjects.push_back(std::move(subject));
  }
  return found;
}

base::Status add_superseded_in_use(const JsonValue& secrets, const Subject& facts,
                                   std::vector<Subject>& subjects) {
  const JsonValue* list = secrets.find("secrets");
  if (list == nullptr) return {};
  for (const JsonValue& secret : list->items()) {
    REKEY_TRY(const std::string state, secret.string_member("state"));
    REKEY_TRY(const auto superseded_at, instant_of(secret, "superseded_at"));
    REKEY_TRY(const auto last_used_at, instant_of(secret, "last_used_at"));
    const bool is_used = superseded_at && last_used_at && *last_used_at > *superseded_at;
    if (state != "superseded" || !is_used) continue;
    Subject subject = facts;
    REKEY_TRY(const std::string id, secret.string_member("id"));
    REKEY_TRY(subject.secret, secret.string_member_or("prefix", ""));
    REKEY_TRY(const auto ends_at, instant_of(secret, "ends_at"));
    subject.id = "superseded/" + id;
    subject.kind = notice::SubjectKind::kSupersededInUse;
    subject.at = *superseded_at;
    subject.detail = fmt::format("last used {}; it ends {}", base::format_instant(*last_used_at),
                                 ends_at ? base::format_instant(*ends_at) : "when it is revoked");
    subject.command = fmt::format("rekey secret usage {}", facts.client_id);
    subjects.push_back(std::move(subject));
  }
  return {};
}

base::Result<std::vector<Subject>> read_secret_subjects(Api& api) {
  REKEY_TRY(const ApiReply packages, api.get("/packages"));
  REKEY_TRY(const ApiReply status, api.get("/status"));
  REKEY_TRY(SecretSubjects found, secret_subjects_of(status.json, packages.json));
  if (found.superseded_clients.empty()) return std::move(found.subjects);
  REKEY_TRY(const auto facts, facts_by_client(packages.json));
  for (const std::string& client_id : found.superseded_clients) {
    REKEY_TRY(const ApiReply secrets, api.get("/integrations/" + client_id + "/secrets"));
    REKEY_CHECK(add_superseded_in_use(secrets.json, facts.at(client_id), found.subjects));
  }
  return std::move(found.subjects);
}

base::Result<std::vector<Subject>> read_run_subjects(Context& context,
                                                     const std::vector<std::string>& inventories) {
  std::vector<Subject> subjects;
  rotation::SystemDrivers drivers(context.clock, context.files);
  rotation::EngineParts parts{context.clock, context.files, drivers};
  for (const std::string& path : inventories) {
    REKEY_TRY(const auto inventory, rotation::load_inventory(path, parts));
    REKEY_TRY(const auto run, rotation::peek_open_run(context.files, inventory.state_folder,
                                                      inventory.client_id, inventory.slot));
    if (!run || !run->state.parked) continue;
    Subject subject;
    subject.id = "run/" + run->run_id;
    subject.kind = run->state.parked->is_lapse ? notice::SubjectKind::kCutTooEarly
                                               : notice::SubjectKind::kRunParked;
    subject.client_id = inventory.client_id;
    subject.at = run->last_event_at;
    subject.detail = run->state.parked->reason;
    subject.command = fmt::format("rekey rotate -f {}", path);
    subjects.push_back(std::move(subject));
  }
  return subjects;
}

}  // namespace rekey::cli
