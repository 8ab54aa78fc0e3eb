#include "authority/admin_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "authority/tables/integrations.h"
#include "base/text.h"
#include "net/form.h"

namespace rekey::authority {

using base::Code;
using base::Result;

namespace {

constexpr std::size_t kLongestShownName = 32;

// `what`: "member" or "parameter".
base::Error unknown_name(std::string_view what, std::string_view name,
                         std::span<const std::string_view> known) {
  if (name.size() > kLongestShownName) {
    return {Code::kInvalidArgument, fmt::format("there is no {} with so long a name here", what)};
  }
  const std::string_view nearest = base::nearest_word(name, known);
  return {Code::kInvalidArgument,
          nearest.empty() ? fmt::format("there is no {} \"{}\" here", what, name)
                          : fmt::format("there is no {} \"{}\" here; did you mean \"{}\"?", what,
                                        name, nearest)};
}

}  // namespace

AdminReply reply_with(int status, std::string text) {
  AdminReply reply;
  reply.status = status;
  reply.text = base::Secret(text);
  reply.kept = std::move(text);
  return reply;
}

base::Status check_members(const net::JsonValue& json,
                           std::initializer_list<std::string_view> known) {
  for (const auto& member : json.members()) {
    const std::string_view name = member.first;
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return tl::unexpected(unknown_name("member", name, {known.begin(), known.size()}));
    }
    if (member.second.is_null()) {
      return base::fail(Code::kInvalidArgument,
                        fmt::format("{} cannot be null; leave the member out, or give it a value "
                                    "(\"\" or [] to empty it, where that may be)",
                                    name));
    }
  }
  return {};
}

base::Status check_parameters(std::string_view query, std::span<const std::string_view> known) {
  while (!query.empty()) {
    const std::size_t size = std::min(query.find('&'), query.size());
    const std::string_view piece = query.substr(0, size);
    query.remove_prefix(std::min(size + 1, query.size()));
    if (piece.empty()) continue;
    REKEY_TRY(const std::string name,
              base::percent_decode_form(piece.substr(0, std::min(piece.find('='), piece.size()))));
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return tl::unexpected(unknown_name("parameter", name, known));
    }
  }
  return {};
}

Result<std::optional<std::string>> query_parameter(const std::string& query,
                                                   std::string_view name) {
  const auto form = std::make_unique<net::FlatForm>();
  if (!form->parse(query)) {
    return base::fail(Code::kInvalidArgument, fmt::format("the query: {}", form->problem()));
  }
  const net::FlatForm::Member* member = form->find(name);
  if (member == nullptr) return std::optional<std::string>{};
  return std::optional<std::string>{std::string(member->value)};
}

Result<std::int64_t> number_parameter(const std::string& query, std::string_view name,
                                      std::int64_t fallback, std::int64_t greatest) {
  REKEY_TRY(const std::optional<std::string> text, query_parameter(query, name));
  if (!text) return fallback;
  std::int64_t number = 0;
  const char* end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data(), end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end || number < 0 || number > greatest) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("{}: a number from 0 to {} was expected", name, greatest));
  }
  return number;
}

Result<credential::IntegrationId> find_integration(storage::Connection& connection,
                                                   std::string_view id) {
  if (id.starts_with("pkg_")) {
    REKEY_TRY(const credential::PackageId package_id, credential::parse_package_id(id));
    return tables::find_by_package_id(connection, package_id);
  }
  REKEY_TRY(const credential::ClientId client_id, credential::parse_client_id(id));
  return tables::find_by_client_id(connection, client_id.value);
}

Result<credential::Integration> load_undeleted(storage::Connection& connection,
                                               std::string_view id) {
  REKEY_TRY(const credential::IntegrationId number, find_integration(connection, id));
  REKEY_TRY(credential::Integration integration, tables::load_integration(connection, number));
  if (integration.is_deleted) {
    return base::fail(Code::kNotFound,
                      fmt::format("package {} ({}) was deleted", to_text(integration.package_id),
                                  integration.client_id.value));
  }
  return integration;
}

base::Status check_is_held_nowhere_else(storage::Connection& connection,
                                        const base::Fingerprint& fingerprint,
                                        credential::IntegrationId integration) {
  REKEY_TRY(const std::string other,
            tables::find_other_holder(connection, fingerprint, integration));
  if (other.empty()) return {};
  return base::fail(Code::kConflict,
                    fmt::format("client id {} has this secret already; no two integrations have "
                                "the same one: look up which of the two it belongs to",
                                other));
}

credential::Evidence evidence_of(const UsageMeter& usage,
                                 const credential::Integration& integration) {
  credential::Evidence evidence;
  for (const credential::ClientSecret& secret : integration.secrets) {
    if (const auto used_at = usage.last_used_at(secret.id)) {
      evidence.uses.push_back({secret.id, *used_at});
    }
  }
  return evidence;
}

SecretView view_of(const UsageMeter& usage, const credential::ClientSecret& secret,
                   base::Instant now) {
  return {secret, usage.last_used_at(secret.id), now};
}

std::string package_text(const AdminContext& context, const credential::Integration& integration,
                         const std::function<void(net::JsonWriter&)>& more) {
  net::JsonWriter json;
  json.begin_object().key("package");
  write_package(json, integration);
  json.key("integration");
  write_integration(json, integration, context.settings);
  if (more) more(json);
  json.end_object();
  return json.release();
}

}  // namespace rekey::authority
