#include "cli/watch_subjects.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "cli/exit_code.h"
#include "cli/show.h"
#include "crypto/digest.h"
#include "rotation/engine/engine.h"

namespace rekey::cli {
namespace {

using base::Instant;
using net::JsonValue;
using notice::Subject;
using rotation::Inventory;

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

// What was told of it is told no more after that.
constexpr base::Days kLeakMemory{90};

// "Found by partner at https://…; it was revoked at once."
base::Result<std::string> leak_detail(const JsonValue& leak) {
  REKEY_TRY(const std::string source, leak.string_member("source"));
  REKEY_TRY(const std::string place, leak.string_member_or("place", ""));
  REKEY_TRY(const std::string action, leak.string_member("action"));
  const std::string at = place.empty() ? "" : " at " + place;
  const std::string_view then = action == "revoked" ? "it was revoked at once"
                                : action == "staged"
                                    ? "a new one was staged: distribute it, and revoke the old one"
                                : action == "none" ? "it had ended before"
                                                   : "rotate it, and revoke it";
  return fmt::format("Reported by {}{}; {}.", source, at, then);
}

// Of an entry whose client id nobody knows yet. A subject's id holds no name: it goes into the
// ledger. Two tenants may have packages of one name.
std::string id_without_client(const Inventory& one) {
  const auto digest = crypto::sha256(
      fmt::format("{}\n{}\n{}\n{}", one.issuer.kind, one.issuer.location, one.slot, one.name));
  return "foreign/" + base::hex_encode(digest).substr(0, 32);
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

base::Result<std::vector<Subject>> leak_subjects_of(const JsonValue& leaks,
                                                    const JsonValue& packages) {
  REKEY_TRY(const auto facts, facts_by_client(packages));
  std::vector<Subject> subjects;
  const JsonValue* list = leaks.find("leaks");
  REKEY_TRY(const auto as_of, instant_of(leaks, "as_of"));
  if (list == nullptr || !as_of) return subjects;
  std::map<std::string, std::size_t> places;  // of a secret's subject in the list
  for (const JsonValue& leak : list->items()) {
    REKEY_TRY(const std::string client_id, leak.string_member("client_id"));
    REKEY_TRY(const std::string id, leak.string_member("secret_id"));
    REKEY_TRY(const auto at, instant_of(leak, "reported_at"));
    const auto known = facts.find(client_id);
    if (known == facts.end() || !at || *at + kLeakMemory < *as_of) continue;
    const auto [place, is_new] = places.emplace(id, subjects.size());
    if (is_new) {
      Subject subject = known->second;
      subject.id = "leak/" + id;
      subject.kind = notice::SubjectKind::kLeaked;
      REKEY_TRY(subject.secret, leak.string_member_or("prefix", ""));
      subject.command = fmt::format("rekey secret list {}", client_id);
      subjects.push_back(std::move(subject));
    }
    // Newest first: the last one is the first report, whose instant and words stay the same.
    Subject& subject = subjects[place->second];
    subject.at = *at;
    REKEY_TRY(subject.detail, leak_detail(leak));
  }
  return subjects;
}

base::Result<std::vector<Subject>> read_secret_subjects(Api& api) {
  REKEY_TRY(const ApiReply packages, api.get("/packages"));
  REKEY_TRY(const ApiReply status, api.get("/status"));
  REKEY_TRY(SecretSubjects found, secret_subjects_of(status.json, packages.json));
  // An older server takes no reports.
  auto leaks = api.get("/leaks");
  if (!leaks && leaks.error().code != base::Code::kNotFound) return tl::unexpected(leaks.error());
  if (leaks) {
    REKEY_TRY(auto leaked, leak_subjects_of(leaks->json, packages.json));
    for (Subject& subject : leaked) found.subjects.push_back(std::move(subject));
  }
  if (found.superseded_clients.empty()) return std::move(found.subjects);
  REKEY_TRY(const auto facts, facts_by_client(packages.json));
  for (const std::string& client_id : found.superseded_clients) {
    REKEY_TRY(const ApiReply secrets, api.get("/integrations/" + client_id + "/secrets"));
    REKEY_CHECK(add_superseded_in_use(secrets.json, facts.at(client_id), found.subjects));
  }
  return std::move(found.subjects);
}

Subject facts_of(const Inventory& one) {
  Subject subject;
  subject.package = one.name;
  subject.client_id = one.client_id;
  if (!one.owner.empty()) subject.recipients.push_back(one.owner);
  for (const std::string& contact : one.contacts) {
    if (contact != one.owner) subject.recipients.push_back(contact);
  }
  if (!subject.recipients.empty()) subject.contact = subject.recipients.front();
  const bool is_link =
      one.documentation.starts_with("https://") || one.documentation.starts_with("http://");
  if (is_link) subject.link = one.documentation;
  return subject;
}

base::Result<std::vector<Inventory>> read_integrations(Context& context,
                                                       const std::vector<std::string>& paths) {
  rotation::SystemDrivers drivers(context.clock, context.files);
  rotation::EngineParts parts{context.clock, context.files, drivers};
  std::vector<Inventory> integrations;
  for (const std::string& path : paths) {
    auto file = rotation::load_inventories(path, parts);
    if (!file) return tl::unexpected(as_file_away(file.error()));
    for (Inventory& one : file->integrations) integrations.push_back(std::move(one));
  }
  return integrations;
}

void merge_twins(std::vector<Subject>& subjects) {
  std::map<std::pair<std::string, notice::SubjectKind>, std::size_t> places;
  std::vector<Subject> kept;
  for (Subject& subject : subjects) {
    const auto [place, is_new] = places.emplace(std::pair(subject.id, subject.kind), kept.size());
    if (is_new) {
      kept.push_back(std::move(subject));
      continue;
    }
    Subject& first = kept[place->second];
    for (std::string& recipient : subject.recipients) {
      const auto known = std::find(first.recipients.begin(), first.recipients.end(), recipient);
      if (known == first.recipients.end()) first.recipients.push_back(std::move(recipient));
    }
    if (subject.at > first.at)
      std::tie(first.at, first.since) = std::tie(subject.at, subject.since);
  }
  subjects = std::move(kept);
}

std::vector<Subject> foreign_subjects_of(const std::vector<Inventory>& integrations,
                                         const std::set<std::string>& known_clients) {
  std::vector<Subject> subjects;
  for (const Inventory& one : integrations) {
    if (!one.expires_at || known_clients.contains(one.client_id)) continue;
    Subject subject = facts_of(one);
    const std::string without = id_without_client(one);
    subject.id =
        one.client_id.empty() ? without : fmt::format("foreign/{}/{}", one.client_id, one.slot);
    if (!one.client_id.empty()) subject.former_id = without;
    subject.at = *one.expires_at;
    subject.since = one.generated_at;
    subject.command = one.client_id.empty()
                          ? fmt::format("rekey inventory check -f {}", one.path)
                          : fmt::format("rekey plan -f {} -i {}", one.path, one.client_id);
    subjects.push_back(std::move(subject));
  }
  merge_twins(subjects);
  return subjects;
}

}  // namespace rekey::cli
