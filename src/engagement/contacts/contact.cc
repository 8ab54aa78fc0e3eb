#include "engagement/contacts/contact.h"

#include <fmt/format.h>

#include "base/text.h"
#include "engagement/data_extensions/field.h"
#include "engagement/text_rules.h"

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

Result<std::optional<Contact>> first_contact(storage::Statement rows) {
  REKEY_TRY(const bool has_row, rows.step());
  return has_row ? std::optional<Contact>(read_contact(rows)) : std::nullopt;
}

// Texts for so many conditions; the values are bound.
std::string search_statement(std::size_t conditions, bool has_key) {
  std::string sql =
      "SELECT id, business_unit, key, created_at FROM contact WHERE business_unit = ?1";
  int parameter = 4;
  if (has_key) sql += fmt::format(" AND key = ?{}", parameter++);
  for (std::size_t i = 0; i < conditions; ++i) {
    sql += fmt::format(
        " AND id IN (SELECT contact_id FROM contact_attribute WHERE "
        "attribute_set = ?{} AND name = ?{} AND value = ?{} COLLATE NOCASE)",
        parameter, parameter + 1, parameter + 2);
    parameter += 3;
  }
  return sql + " ORDER BY id LIMIT ?2 OFFSET ?3";
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
  REKEY_TRY(auto row, tables.prepare("SELECT id, business_unit, key, created_at FROM contact "
                                     "WHERE business_unit = ?1 AND key = ?2"));
  row.bind(1, business_unit).bind(2, key);
  return first_contact(std::move(row));
}

Result<std::optional<Contact>> find_contact(Connection& tables, std::int64_t business_unit,
                                            std::int64_t id) {
  REKEY_TRY(auto row, tables.prepare("SELECT id, business_unit, key, created_at FROM contact "
                                     "WHERE business_unit = ?1 AND id = ?2"));
  row.bind(1, business_unit).bind(2, id);
  return first_contact(std::move(row));
}

base::Status insert_contact(Connection& tables, Contact& contact) {
  REKEY_TRY(auto insert, tables.prepare("INSERT INTO contact(business_unit, key, created_at, "
                                        "changed_at) VALUES(?1, ?2, ?3, ?3)"));
  REKEY_CHECK(insert.bind(1, contact.business_unit)
                  .bind(2, contact.key)
                  .bind(3, base::to_millis(contact.created_at))
                  .run());
  contact.id = tables.last_insert_id();
  return {};
}

base::Status save_attributes(Connection& tables, const Contact& contact,
                             const std::vector<Attribute>& attributes, base::Instant now) {
  REKEY_TRY(auto update, tables.prepare("UPDATE contact SET changed_at = ?2 WHERE id = ?1"));
  REKEY_CHECK(update.bind(1, contact.id).bind(2, base::to_millis(now)).run());
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
  REKEY_TRY(auto rows, tables.prepare("SELECT attribute_set, item, name, value FROM "
                                      "contact_attribute WHERE contact_id = ?1 "
                                      "ORDER BY attribute_set, item, name"));
  rows.bind(1, contact_id);
  std::vector<Attribute> attributes;
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return attributes;
    attributes.push_back({rows.text(0), rows.integer(1), rows.text(2), rows.text(3)});
  }
}

base::Status delete_contact(Connection& tables, const Contact& contact) {
  REKEY_TRY(auto remove, tables.prepare("DELETE FROM contact WHERE id = ?1"));
  return remove.bind(1, contact.id).run();
}

Result<std::vector<Contact>> search_contacts(Connection& tables, const ContactsAsked& asked) {
  REKEY_TRY(auto rows,
            tables.prepare(search_statement(asked.conditions.size(), asked.key.has_value())));
  rows.bind(1, asked.business_unit).bind(2, asked.size).bind(3, (asked.page - 1) * asked.size);
  int parameter = 4;
  if (asked.key) rows.bind(parameter++, *asked.key);
  for (const Attribute& condition : asked.conditions) {
    rows.bind(parameter, condition.set)
        .bind(parameter + 1, condition.name)
        .bind(parameter + 2, condition.value.value_or(""));
    parameter += 3;
  }
  std::vector<Contact> found;
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return found;
    found.push_back(read_contact(rows));
  }
}

}  // namespace rekey::engagement::contacts
