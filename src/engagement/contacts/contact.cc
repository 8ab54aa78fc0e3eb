#include "engagement/contacts/contact.h"

#include <fmt/format.h>

#include "base/text.h"
#include "engagement/data_extensions/field.h"
#include "engagement/text_rules.h"
#include "storage/select.h"

namespace rekey::engagement::contacts {

namespace {

using base::Code;
using base::fail;
using base::Result;
using data_extensions::canonical;
using data_extensions::Field;
using data_extensions::parse_field_type;
using storage::Connection;

constexpr std::size_t kLongestName = 128;
constexpr std::size_t kLongestValue = 4000;

const KnownAttribute* find_known(const Attribute& attribute) {
  for (const KnownAttribute& known : known_attributes()) {
    if (base::equal_ignoring_case(known.set, attribute.set) &&
        base::equal_ignoring_case(known.name, attribute.name)) {
      return &known;
    }
  }
  return nullptr;
}

Contact read_contact(const storage::Statement& row) {
  return {row.integer(0), row.integer(1), row.text(2), base::from_millis(row.integer(3))};
}

Result<std::optional<Contact>> first_contact(Result<storage::Statement> rows) {
  return storage::first_row(std::move(rows), read_contact);
}

}  // namespace

const std::vector<KnownAttribute>& known_attributes() {
  static const std::vector<KnownAttribute> kKnown = {
      {"Email Addresses", "Email Address", "EmailAddress"},
      {"Email Addresses", "HTML Enabled", "Boolean"},
      {"MobileConnect Demographics", "Mobile Number", "Phone"},
      {"MobileConnect Demographics", "Locale", "Locale"},
  };
  return kKnown;
}

base::Status check_attribute(Attribute& attribute) {
  REKEY_CHECK(check_name("the name of an attribute set", attribute.set, kLongestName));
  REKEY_CHECK(check_name("the name of an attribute", attribute.name, kLongestName));
  if (attribute.value && character_count(*attribute.value) > kLongestValue) {
    return fail(Code::kInvalidArgument,
                fmt::format("the attribute \"{}\" takes at most {} characters", attribute.name,
                            kLongestValue));
  }
  const KnownAttribute* known = find_known(attribute);
  if (known == nullptr) return {};
  Field field;
  field.name = attribute.name;
  field.type = *parse_field_type(known->type);
  REKEY_TRY(attribute.value, canonical(field, attribute.value));
  return {};
}

Result<std::optional<Contact>> find_contact(Connection& tables, std::int64_t business_unit,
                                            std::string_view key) {
  return first_contact(storage::select(tables,
                                       "SELECT id, business_unit, key, created_at FROM contact "
                                       "WHERE business_unit = ?1 AND key = ?2",
                                       {business_unit, key}));
}

Result<std::optional<Contact>> find_contact(Connection& tables, std::int64_t business_unit,
                                            std::int64_t id) {
  return first_contact(storage::select(tables,
                                       "SELECT id, business_unit, key, created_at FROM contact "
                                       "WHERE business_unit = ?1 AND id = ?2",
                                       {business_unit, id}));
}

Result<std::int64_t> insert_contact(Connection& tables, const Contact& contact) {
  return storage::insert(tables,
                         "INSERT INTO contact(business_unit, key, created_at, "
                         "changed_at) VALUES(?1, ?2, ?3, ?3)",
                         {contact.business_unit, contact.key, contact.created_at});
}

base::Status save_attributes(Connection& tables, const Contact& contact,
                             const std::vector<Attribute>& attributes, base::Instant now) {
  REKEY_CHECK(
      storage::run(tables, "UPDATE contact SET changed_at = ?2 WHERE id = ?1", {contact.id, now}));
  REKEY_TRY(auto put, tables.prepare("INSERT INTO contact_attribute(contact_id, attribute_set, "
                                     "item, name, value) VALUES(?1, ?2, ?3, ?4, ?5) "
                                     "ON CONFLICT DO UPDATE SET value = ?5"));
  REKEY_TRY(auto remove, tables.prepare("DELETE FROM contact_attribute WHERE contact_id = ?1 AND "
                                        "attribute_set = ?2 AND item = ?3 AND name = ?4"));
  for (const Attribute& attribute : attributes) {
    storage::Statement& statement = attribute.value ? put : remove;
    statement.bind(1, contact.id)
        .bind(2, attribute.set)
        .bind(3, attribute.item)
        .bind(4, attribute.name);
    if (attribute.value) statement.bind(5, *attribute.value);
    REKEY_CHECK(statement.run());
  }
  return {};
}

Result<std::vector<Attribute>> load_attributes(Connection& tables, std::int64_t contact_id) {
  return storage::all_rows(
      storage::select(tables,
                      "SELECT attribute_set, item, name, value FROM "
                      "contact_attribute WHERE contact_id = ?1 "
                      "ORDER BY attribute_set, item, name",
                      {contact_id}),
      [](const storage::Statement& row) {
        return Attribute{row.text(0), row.integer(1), row.text(2), row.text(3)};
      });
}

base::Status delete_contact(Connection& tables, const Contact& contact) {
  return storage::run(tables, "DELETE FROM contact WHERE id = ?1", {contact.id});
}

}  // namespace rekey::engagement::contacts
