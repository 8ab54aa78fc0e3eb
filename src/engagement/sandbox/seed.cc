#include "engagement/sandbox/seed.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "engagement/contacts/contact.h"
#include "engagement/data_extensions/definition.h"
#include "engagement/data_extensions/rows.h"
#include "engagement/json_parts.h"
#include "engagement/sandbox/seed_journey.h"
#include "engagement/sandbox/seed_sends.h"
#include "engagement/sandbox/seed_tracking.h"

namespace rekey::engagement::sandbox {

namespace {

using base::Code;
using base::Result;
using contacts::Attribute;
using contacts::Contact;
using data_extensions::Columns;
using data_extensions::Definition;
using data_extensions::Field;
using data_extensions::FieldType;
using storage::Connection;

constexpr std::array<std::string_view, 10> kFirstNames{"Ann",  "Ben",   "Chloe", "David", "Elif",
                                                       "Finn", "Grace", "Hugo",  "Ines",  "Jonas"};
constexpr std::array<std::string_view, 4> kLastNames{"Archer", "Baker", "Costa", "Dietrich"};
constexpr std::array<std::string_view, 4> kLocales{"en-US", "en-GB", "pt-PT", "de-DE"};
constexpr std::array<std::string_view, 4> kStates{"delivered", "shipped", "paid", "returned"};
constexpr std::size_t kCustomers = kFirstNames.size() * kLastNames.size();
constexpr std::size_t kOrders = 3 * kCustomers;

struct Product {
  std::string_view sku;
  std::string_view name;
  std::string_view price;
};
constexpr std::array<Product, 6> kProducts{{{"CUP-01", "Stoneware cup", "14.50"},
                                            {"POT-02", "Tea pot", "39"},
                                            {"TEA-03", "Green tea, 100 g", "8.90"},
                                            {"TEA-04", "Earl Grey, 100 g", "7.20"},
                                            {"SET-05", "Starter set", "59"},
                                            {"VOU-06", "Voucher", "25"}}};

struct Customer {
  std::string id;
  std::string_view first;
  std::string_view last;
  std::string email;
  std::size_t number = 0;
};

Customer customer(std::size_t number) {
  Customer made;
  made.number = number;
  made.id = fmt::format("C-{}", 1001 + number);
  made.first = kFirstNames[number % kFirstNames.size()];
  made.last = kLastNames[number / kFirstNames.size()];
  made.email = fmt::format("{}.{}@example.org", made.first, made.last);
  for (char& c : made.email) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return made;
}

base::Status seed_contact(Connection& tables, std::int64_t business_unit, const Customer& one,
                          base::Instant now) {
  REKEY_TRY(auto found, contacts::find_contact(tables, business_unit, one.id));
  if (!found) {
    found = Contact{0, business_unit, one.id, now};
    REKEY_TRY(found->id, contacts::insert_contact(tables, *found));
  }
  const std::vector<Attribute> attributes = {
      {"Email Addresses", 0, "Email Address", one.email},
      {"Email Addresses", 0, "HTML Enabled", "True"},
      {"Email Demographics", 0, "First Name", std::string(one.first)},
      {"Email Demographics", 0, "Last Name", std::string(one.last)},
  };
  return contacts::save_attributes(tables, *found, attributes, now);
}

struct FieldPlan {
  std::string_view name;
  FieldType type = FieldType::kText;
  std::int64_t length = 0;
  bool is_primary_key = false;
  bool is_nullable = true;
};

struct DefinitionPlan {
  std::string_view key;
  std::string_view name;
  std::string_view description;
  std::string_view sendable_field;
  std::vector<FieldPlan> fields;
};

Definition make_definition(const DefinitionPlan& plan, std::int64_t business_unit, const Ids& ids,
                           base::Instant now) {
  Definition made;
  made.business_unit = business_unit;
  made.guid = ids.guid();
  made.key = plan.key;
  made.name = plan.name;
  made.description = plan.description;
  made.is_sendable = !plan.sendable_field.empty();
  made.sendable_field = plan.sendable_field;
  if (made.is_sendable) made.subscriber_field = "_SubscriberKey";
  made.created_at = now;
  made.changed_at = now;
  for (const FieldPlan& planned : plan.fields) {
    Field field;
    field.guid = ids.guid();
    field.ordinal = static_cast<std::int64_t>(made.fields.size()) + 1;
    field.name = planned.name;
    field.type = planned.type;
    field.length = planned.length;
    field.scale = planned.type == FieldType::kDecimal ? 2 : 0;
    field.is_primary_key = planned.is_primary_key;
    field.is_nullable = planned.is_nullable && !planned.is_primary_key;
    made.fields.push_back(std::move(field));
  }
  return made;
}

const DefinitionPlan& customers_plan() {
  static const DefinitionPlan kPlan{"customers",
                                    "Customers",
                                    "Who buys, and how to address them",
                                    "CustomerId",
                                    {{"CustomerId", FieldType::kText, 36, true},
                                     {"Email", FieldType::kEmailAddress, 0, false, false},
                                     {"FirstName", FieldType::kText, 50},
                                     {"LastName", FieldType::kText, 50},
                                     {"Locale", FieldType::kLocale},
                                     {"MemberSince", FieldType::kDate},
                                     {"LoyaltyPoints", FieldType::kNumber},
                                     {"Newsletter", FieldType::kBoolean}}};
  return kPlan;
}

const DefinitionPlan& orders_plan() {
  static const DefinitionPlan kPlan{"orders",
                                    "Orders",
                                    "What was bought in the last month",
                                    "",
                                    {{"OrderId", FieldType::kText, 36, true},
                                     {"CustomerId", FieldType::kText, 36, false, false},
                                     {"OrderedAt", FieldType::kDate},
                                     {"Sku", FieldType::kText, 20},
                                     {"Total", FieldType::kDecimal, 12},
                                     {"State", FieldType::kText, 20}}};
  return kPlan;
}

const DefinitionPlan& products_plan() {
  static const DefinitionPlan kPlan{"products",
                                    "Products",
                                    "What the shop sells",
                                    "",
                                    {{"Sku", FieldType::kText, 20, true},
                                     {"Name", FieldType::kText, 100, false, false},
                                     {"Price", FieldType::kDecimal, 12},
                                     {"InStock", FieldType::kNumber}}};
  return kPlan;
}

Columns customer_row(const Customer& one, base::Instant now) {
  const base::Instant since = now - base::Days{30 + 11 * static_cast<int>(one.number)};
  return {{"CustomerId", one.id},
          {"Email", one.email},
          {"FirstName", std::string(one.first)},
          {"LastName", std::string(one.last)},
          {"Locale", std::string(kLocales[one.number % kLocales.size()])},
          {"MemberSince", stamp(since)},
          {"LoyaltyPoints", std::to_string(10 * one.number)},
          {"Newsletter", one.number % 3 == 0 ? "False" : "True"}};
}

Columns order_row(std::size_t number, base::Instant now) {
  const Product& product = kProducts[number % kProducts.size()];
  const base::Instant at = now - std::chrono::hours{6 * static_cast<int>(number) + 1};
  return {{"OrderId", fmt::format("O-{}", 50001 + number)},
          {"CustomerId", customer(number % kCustomers).id},
          {"OrderedAt", stamp(at)},
          {"Sku", std::string(product.sku)},
          {"Total", std::string(product.price)},
          {"State", std::string(kStates[number % kStates.size()])}};
}

Columns product_row(std::size_t number) {
  const Product& product = kProducts[number];
  return {{"Sku", std::string(product.sku)},
          {"Name", std::string(product.name)},
          {"Price", std::string(product.price)},
          {"InStock", std::to_string(20 + 7 * number)}};
}

base::Status seed_data_extension(Connection& tables, const DefinitionPlan& plan,
                                 Definition definition, const std::vector<Columns>& rows,
                                 Seeded& seeded) {
  auto existing = data_extensions::load_definition(tables, definition.business_unit,
                                                   fmt::format("key:{}", plan.key));
  if (existing) {
    definition = *std::move(existing);
  } else if (existing.error().code == Code::kNotFound) {
    REKEY_TRY(definition, data_extensions::insert_definition(tables, std::move(definition)));
  } else {
    return tl::unexpected<base::Error>(existing.error());
  }
  data_extensions::RowWriter writer(tables, definition);
  for (const Columns& row : rows) {
    REKEY_TRY(const auto faults, writer.put(row, data_extensions::Mode::kUpsert));
    if (!faults.empty()) {
      return base::fail(Code::kConflict,
                        fmt::format("the data extension \"{}\" is there and takes other columns: "
                                    "{}; reset the sandbox first",
                                    plan.key, faults.front()));
    }
  }
  ++seeded.data_extensions;
  seeded.rows += static_cast<std::int64_t>(rows.size());
  return writer.finish();
}

}  // namespace

Result<Seeded> seed(Connection& tables, std::int64_t business_unit, const Ids& ids,
                    base::Instant now) {
  Seeded seeded;
  std::vector<Columns> customers;
  for (std::size_t i = 0; i < kCustomers; ++i) {
    const Customer one = customer(i);
    REKEY_CHECK(seed_contact(tables, business_unit, one, now));
    customers.push_back(customer_row(one, now));
    ++seeded.contacts;
  }
  std::vector<Columns> orders;
  for (std::size_t i = 0; i < kOrders; ++i) orders.push_back(order_row(i, now));
  std::vector<Columns> products;
  for (std::size_t i = 0; i < kProducts.size(); ++i) products.push_back(product_row(i));

  const auto put = [&](const DefinitionPlan& plan, const std::vector<Columns>& rows) {
    return seed_data_extension(tables, plan, make_definition(plan, business_unit, ids, now), rows,
                               seeded);
  };
  REKEY_CHECK(put(customers_plan(), customers));
  REKEY_CHECK(put(orders_plan(), orders));
  REKEY_CHECK(put(products_plan(), products));
  REKEY_TRY(seeded.send_definitions, seed_sends(tables, business_unit, ids, now));
  REKEY_TRY(seeded.events, seed_tracking(tables, business_unit, now));
  REKEY_TRY(const SeededJourney journey, seed_journey(tables, business_unit, ids, now));
  seeded.journey_members = journey.members;
  seeded.journey_waiting = journey.waiting;
  return seeded;
}

base::Status reset(Connection& tables) {
  return tables.execute(
      "DELETE FROM contact;"
      "DELETE FROM subscriber_list;"
      "UPDATE store SET is_dropped = 1 WHERE id IN (SELECT store FROM data_extension);"
      "DELETE FROM data_extension;"
      "DELETE FROM async_request;"
      "DELETE FROM campaign;"
      "DELETE FROM journey;"
      "DELETE FROM event_definition;"
      "DELETE FROM send_message;"
      "DELETE FROM send_definition;"
      "DELETE FROM asset;"
      "DELETE FROM tracking_events;"
      "DELETE FROM tracking_send;");
}

}  // namespace rekey::engagement::sandbox
