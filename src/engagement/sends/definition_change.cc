#include "engagement/sends/definition_change.h"

#include <fmt/format.h>

#include "engagement/assets/asset.h"
#include "engagement/data_extensions/definition.h"
#include "engagement/sends/message.h"
#include "engagement/sends/outcome.h"
#include "engagement/text_rules.h"
#include "net/mail.h"

namespace rekey::engagement::sends {

namespace {

using base::Code;
using base::Result;
using storage::Connection;

constexpr std::size_t kLongestNote = 500;

std::optional<Fault> check_texts(const SendDefinition& definition) {
  for (const auto& [name, text] :
       {std::pair<std::string_view, std::string_view>{"definitionKey", definition.key},
        {"name", definition.name},
        {"content.customerKey", definition.content_key}}) {
    if (text.empty()) return Fault{kMissingField, fmt::format("{} is missing", name)};
  }
  const auto fault_of = [](const base::Status& status) {
    return status ? std::nullopt : std::optional<Fault>({kInvalidValue, status.error().detail});
  };
  if (auto fault = fault_of(check_name("definitionKey", definition.key, kLongestDefinitionKey)))
    return fault;
  if (auto fault = fault_of(check_name("name", definition.name, kLongestDefinitionName)))
    return fault;
  for (const std::string* note : {&definition.description, &definition.classification,
                                  &definition.list, &definition.journey}) {
    if (character_count(*note) > kLongestNote) {
      return Fault{kInvalidValue,
                   fmt::format("description, classification, list and journey take at most {} "
                               "characters",
                               kLongestNote)};
    }
  }
  if (definition.copies_to.size() + definition.hidden_copies_to.size() > net::kMostCopies) {
    return Fault{kInvalidValue,
                 fmt::format("cc and bcc take at most {} addresses", net::kMostCopies)};
  }
  for (const auto* addresses : {&definition.copies_to, &definition.hidden_copies_to}) {
    for (const std::string& address : *addresses) {
      if (!net::check_mail_address(address)) {
        return Fault{kBadAddress, "cc and bcc take addresses such as ann@example.org"};
      }
    }
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<Fault>> check_definition(Connection& tables,
                                              const SendDefinition& definition) {
  using Found = std::optional<Fault>;
  if (auto fault = check_texts(definition)) return fault;
  const std::int64_t unit = definition.business_unit;
  REKEY_TRY(const auto asset, assets::find_asset(tables, unit, definition.content_key));
  if (!asset) {
    return Found(Fault{kInvalidValue, "content.customerKey names no asset of this business unit"});
  }
  if (definition.data_extension.empty()) return Found{};
  const auto target =
      data_extensions::load_definition(tables, unit, "key:" + definition.data_extension);
  if (!target && target.error().code == Code::kNotFound) {
    return Found(Fault{kInvalidValue,
                       "subscriptions.dataExtension names no data extension of this business "
                       "unit"});
  }
  if (!target) return tl::unexpected<base::Error>(target.error());
  return Found{};
}

base::Status purge_queue(Connection& tables, const SendDefinition& definition,
                         const std::string& reason, base::Instant now) {
  REKEY_TRY(const auto queued, load_queued(tables, definition.id));
  for (const Message& message : queued) {
    REKEY_CHECK(
        settle_not_sent(tables, message, definition, NotSent{kUnspecifiedError, reason}, now));
  }
  return {};
}

base::Status delete_send_definition(Connection& tables, SendDefinition definition,
                                    base::Instant now) {
  REKEY_CHECK(purge_queue(tables, definition, "its definition was deleted", now));
  definition.status = DefinitionStatus::kDeleted;
  definition.changed_at = now;
  return save_send_definition(tables, definition);
}

}  // namespace rekey::engagement::sends
