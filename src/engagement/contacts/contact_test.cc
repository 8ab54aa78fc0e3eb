#include "engagement/contacts/contact.h"

#include <gmock/gmock.h>

#include "engagement/api_test_support.h"
#include "engagement/filter_joins.h"

namespace rekey::engagement::contacts {
namespace {

using testing::HasSubstr;

constexpr const char* kContacts = "/contacts/v1/contacts";
constexpr const char* kSearch = "/contacts/v1/addresses/email/search";

class ContactTest : public ApiTest {
 protected:
  [[nodiscard]] Told patch(const std::string& body) {
    return ask(net::Method::kPatch, kContacts, body);
  }
  [[nodiscard]] static std::string with_address(const std::string& key,
                                                const std::string& address) {
    return R"({"contactKey":")" + key +
           R"(","attributeSets":[{"name":"Email Addresses","items":[{"values":[)" +
           R"({"name":"Email Address","value":")" + address +
           R"("},{"name":"HTML Enabled","value":true}]}]}]})";
  }
  [[nodiscard]] std::string found(const std::string& address) {
    return post(kSearch, R"({"channelAddressList":[")" + address + R"("]})")
        .at("channelAddressResponseEntities.0.contactKeyDetails.0.contactKey");
  }
};

TEST_F(ContactTest, IsCreatedInTheShapeOfTheContract) {
  const Told told = post(kContacts, with_address("c-1001", "ann@example.org"));
  EXPECT_EQ(told.status, 200) << told.text;
  EXPECT_EQ(told.at("operationStatus"), "OK");
  EXPECT_EQ(told.at("rowsAffetcted"), "1");
  EXPECT_EQ(told.at("contactKey"), "c-1001");
  EXPECT_EQ(told.at("isNewContactKey"), "true");
  EXPECT_EQ(told.at("contactTypeID"), "0");
  EXPECT_EQ(told.at("hasErrors"), "false");
  EXPECT_EQ(told.at("responseDateTime"), "2026-11-24T10:00:00");
  EXPECT_EQ(found("ANN@example.org"), "c-1001");
}

TEST_F(ContactTest, IsUpdatedByKeyOrIdAndMadeWhereItsKeyIsNew) {
  const std::string id = post(kContacts, with_address("c-1", "ann@example.org")).at("contactId");
  EXPECT_EQ(patch(with_address("C-1", "new@example.org")).at("isNewContactKey"), "false");
  EXPECT_EQ(found("new@example.org"), "c-1");
  EXPECT_EQ(found("ann@example.org"), "(none)");
  EXPECT_EQ(patch(R"({"contactID":)" + id + R"(,"attributeSets":[]})").at("contactKey"), "c-1");
  EXPECT_EQ(patch(R"({"contactID":99,"attributeSets":[]})").status, 404);
  EXPECT_EQ(patch(R"({"contactKey":"c-2","attributeSets":[]})").at("isNewContactKey"), "true");
  EXPECT_EQ(patch(R"({"contactKey":"c-2","contactID":)" + id + R"(,"attributeSets":[]})").status,
            409);
}

TEST_F(ContactTest, AcceptsAnEmptyListOfSetsAndRefusesNone) {
  EXPECT_EQ(post(kContacts, R"({"contactKey":"c-1","attributeSets":[]})").status, 200);
  EXPECT_EQ(post(kContacts, R"({"contactKey":"c-1"})").status, 400);
  EXPECT_EQ(post(kContacts, R"({"attributeSets":[]})").status, 400);
  EXPECT_EQ(post(kContacts, R"({"contactKey":"","attributeSets":[]})").status, 400);
  EXPECT_EQ(post(kContacts, "").status, 400);
}

TEST_F(ContactTest, KeepsNothingOfARefusedCall) {
  const Told told = post(kContacts, with_address("c-1", "nonsense"));
  EXPECT_EQ(told.status, 400);
  EXPECT_THAT(told.at("message"), HasSubstr("\"Email Address\" (EmailAddress) takes"));
  EXPECT_EQ(post(kContacts, R"({"contactKey":"c-1","attributeSets":[]})").at("isNewContactKey"),
            "true");
}

TEST_F(ContactTest, OfAnotherBusinessUnitIsAnother) {
  ASSERT_EQ(post(kContacts, with_address("c-1", "ann@example.org")).status, 200);
  const Caller other = all_scopes(kOtherUnit);
  const Told told =
      ask_as(other, net::Method::kPost, kSearch, R"({"channelAddressList":["ann@example.org"]})");
  EXPECT_EQ(told.at("channelAddressResponseEntities.0.contactKeyDetails.0"), "(none)");
  EXPECT_EQ(ask_as(other, net::Method::kPost, kContacts, with_address("c-1", "x@example.org"))
                .at("isNewContactKey"),
            "true");
  EXPECT_EQ(found("ann@example.org"), "c-1");
}

TEST_F(ContactTest, IsDeletedByKeyAndById) {
  const std::string id = post(kContacts, with_address("c-1", "ann@example.org")).at("contactId");
  ASSERT_EQ(post(kContacts, with_address("c-2", "ben@example.org")).status, 200);
  const std::string path = "/contacts/v1/contacts/actions/delete?type=";
  EXPECT_EQ(post(path + "keys", R"({"values":["C-2","unknown"]})").at("operationInitiated"),
            "true");
  EXPECT_EQ(found("ben@example.org"), "(none)");
  EXPECT_EQ(post(path + "ids", R"({"values":[)" + id + "]}").status, 200);
  EXPECT_EQ(found("ann@example.org"), "(none)");
  EXPECT_EQ(post(path + "ids", R"({"values":["one"]})").status, 400);
  EXPECT_EQ(post(path + "names", R"({"values":["one"]})").status, 400);
}

TEST_F(ContactTest, IsEstablishedWhereItIsNot) {
  ASSERT_EQ(post(kContacts, R"({"contactKey":"c-1","attributeSets":[]})").status, 200);
  const Told told =
      post("/contacts/v1/establish", R"({"ContactKeys":["c-1","c-2"],"contactType":0})");
  EXPECT_EQ(told.at("items.0.value.isNewContact"), "false") << told.text;
  EXPECT_EQ(told.at("items.1.value.isNewContact"), "true");
  EXPECT_EQ(told.at("items.1.value.contactReference.contactKey"), "c-2");
}

TEST_F(ContactTest, SetsThatEveryAccountHasAreShown) {
  const Told told = get("/contacts/v1/attributeSetDefinitions");
  EXPECT_EQ(told.at("attributeSetDefinitions.0.name"), "Email Addresses");
  EXPECT_EQ(told.at("attributeSetDefinitions.0.attributes.0.dataType"), "EmailAddress");
  EXPECT_EQ(told.at("attributeSetDefinitions.1.name"), "MobileConnect Demographics");
}

class AttributeSearchTest : public ContactTest {
 protected:
  void SetUp() override {
    ContactTest::SetUp();
    keep("c-1", "ann@example.org", "Tea", "12");
    keep("c-2", "ben@example.org", "Coffee", "9");
    keep("c-3", "cid@example.net", "tea", "");
  }
  void keep(const std::string& key, const std::string& address, const std::string& likes,
            const std::string& visits) {
    const std::string visited =
        visits.empty() ? "" : R"(,{"name":"Visits","value":")" + visits + "\"}";
    ASSERT_EQ(
        post(kContacts, R"({"contactKey":")" + key +
                            R"(","attributeSets":[{"name":"Email Addresses","items":[{"values":)"
                            R"([{"name":"Email Address","value":")" +
                            address + R"("},{"name":"HTML Enabled","value":true}]}]},)" +
                            R"({"name":"Shop","items":[{"values":[{"name":"Likes","value":")" +
                            likes + "\"}" + visited + "]}]}]}")
            .status,
        200);
  }
  [[nodiscard]] static std::string condition(const std::string& key, const std::string& operation,
                                             const std::string& value) {
    return R"({"attribute":{"key":")" + key + R"(","isCustomerData":false},"operator":")" +
           operation + R"(","value":{"items":[)" + value + "]}}";
  }
  [[nodiscard]] Told search(const std::string& conditions, const std::string& operation = "And",
                            const std::string& query = {}) {
    return post("/contacts/v1/attributes/search" + query,
                R"({"request":{"attributes":[{"key":"Contact.Contact Key"},)"
                R"({"key":"Shop.Visits"}]},"conditionSet":{"operator":")" +
                    operation + R"(","conditionSets":[],"conditions":[)" + conditions + "]}}");
  }
  [[nodiscard]] std::string count(const std::string& conditions,
                                  const std::string& operation = "And") {
    const Told told = search(conditions, operation);
    return told.status == 200 ? told.at("count") : told.at("message");
  }
};

TEST_F(AttributeSearchTest, GivesTheAttributesThatAreAskedFor) {
  const Told told =
      search(condition("Email Addresses.Email Address", "Equals", "\"ANN@example.org\""));
  EXPECT_EQ(told.status, 200) << told.text;
  EXPECT_EQ(told.at("count"), "1");
  EXPECT_EQ(told.at("page"), "1");
  EXPECT_EQ(told.at("items.0.values.0.key"), "Contact.Contact Key");
  EXPECT_EQ(told.at("items.0.values.0.name"), "Contact Key");
  EXPECT_EQ(told.at("items.0.values.0.value"), "c-1");
  EXPECT_EQ(told.at("items.0.values.1.value"), "12");
  EXPECT_EQ(told.at("hasErrors"), "false");
}

TEST_F(AttributeSearchTest, ComparesAndJoinsConditions) {
  EXPECT_EQ(count(condition("Shop.Likes", "Equals", "\"tea\"")), "2");
  EXPECT_EQ(count(condition("Shop.Likes", "NotEquals", "\"tea\"")), "1");
  EXPECT_EQ(count(condition("Shop.Likes", "In", R"("tea","coffee")")), "3");
  EXPECT_EQ(count(condition("Email Addresses.Email Address", "EndsWith", "\".net\"")), "1");
  EXPECT_EQ(count(condition("Email Addresses.HTML Enabled", "Equals", "true")), "3");
  EXPECT_EQ(count(condition("Shop.Visits", "IsNull", "")), "1");
  EXPECT_EQ(count(condition("Contact.Contact Key", "Equals", "\"C-2\"")), "1");
  const std::string both = condition("Shop.Likes", "Equals", "\"tea\"") + "," +
                           condition("Contact.Contact Key", "Equals", "\"c-2\"");
  EXPECT_EQ(count(both, "And"), "0");
  EXPECT_EQ(count(both, "Or"), "3");
  EXPECT_EQ(count(""), "3");
  EXPECT_EQ(search("", "And", "?$page=2&$pageSize=2").at("items.0.values.0.value"), "c-3");
}

TEST_F(AttributeSearchTest, TakesSetsInSets) {
  const Told told = post("/contacts/v1/attributes/search",
                         R"({"conditionSet":{"operator":"And","conditions":[)" +
                             condition("Email Addresses.HTML Enabled", "Equals", "\"True\"") +
                             R"(],"conditionSets":[{"operator":"Or","conditions":[)" +
                             condition("Shop.Visits", "Equals", "\"9\"") + "," +
                             condition("Shop.Visits", "IsNull", "") + "]}]}}");
  EXPECT_EQ(told.at("count"), "2") << told.text;
  // Where none are named, all are given.
  EXPECT_EQ(told.at("items.0.values.0.value"), "c-2");
  EXPECT_EQ(told.at("items.0.values.2.key"), "Email Addresses.Email Address");
}

TEST_F(AttributeSearchTest, TakesSetsAsDeepAsJsonMayBe) {
  const auto nested = [this](std::size_t levels) {
    std::string set;
    for (std::size_t i = 0; i < levels; ++i) {
      set = std::string(R"({"operator":")") + (i % 2 == 0 ? "And" : "Or") + R"(","conditions":[)" +
            condition("Email Addresses.Email Address", "Contains", "\"b\"") + "," +
            condition("Shop.Visits", "Equals", "\"9\"") + R"(],"conditionSets":[)" + set + "]}";
    }
    return post("/contacts/v1/attributes/search", R"({"conditionSet":)" + set + "}");
  };
  // The reader of JSON takes 32 levels: two for each set.
  constexpr std::size_t kMostSets = 14;
  static_assert(kMostSets <= kMostFilterLevels);
  EXPECT_EQ(nested(kMostSets).at("count"), "1") << nested(kMostSets).text;
  const Told told = nested(kMostSets + 1);
  EXPECT_EQ(told.status, 400) << told.text;
  EXPECT_EQ(told.at("errorcode"), "10000");
  EXPECT_THAT(told.at("message"), HasSubstr("nested deeper than 32 levels"));
}

TEST_F(AttributeSearchTest, SaysWhatIsWrongAndNeverTheValue) {
  EXPECT_THAT(count(condition("Likes", "Equals", "\"x\"")), HasSubstr("Set.Attribute"));
  EXPECT_THAT(count(condition("Shop.Likes", "Resembles", "\"x\"")), HasSubstr("not known"));
  EXPECT_THAT(count(condition("Shop.Likes", "Equals", "")), HasSubstr("takes one value"));
  EXPECT_THAT(count(condition("Contact.Name", "Equals", "\"x\"")), HasSubstr("of the set Contact"));
  EXPECT_THAT(count("", "Xor"), HasSubstr("And or Or"));
  EXPECT_EQ(count(condition("Shop.Likes", "Equals", R"("' OR 1=1 --")")), "0");
  EXPECT_EQ(count(condition("Shop.Likes' OR '1'='1", "Equals", "\"x\"")), "0");
  EXPECT_EQ(post("/contacts/v1/attributes/search", R"({"conditionSet":[]})").status, 400);
}

TEST_F(AttributeSearchTest, IsOfOneBusinessUnitAndNeedsItsScope) {
  const std::string path = "/contacts/v1/attributes/search";
  EXPECT_EQ(ask_as(all_scopes(kOtherUnit), net::Method::kPost, path, "{}").at("count"), "0");
  EXPECT_EQ(
      ask_as(caller_with("list_and_subscribers_write"), net::Method::kPost, path, "{}").status,
      403);
}

TEST_F(AttributeSearchTest, ASetIsReadByItsName) {
  const Told told = get("/contacts/v1/attributeSets/name:shop?$pageSize=2");
  EXPECT_EQ(told.status, 200) << told.text;
  EXPECT_EQ(told.at("count"), "3");
  EXPECT_EQ(told.at("items.0.values.0.name"), "Likes");
  EXPECT_EQ(told.at("items.0.values.0.value"), "Tea");
  EXPECT_EQ(told.at("_links.next.href"), "/attributeSets/name:shop?$page=2&$pageSize=2");
  EXPECT_EQ(told.at("_links.prev.href"), "(none)");
  EXPECT_EQ(get("/contacts/v1/attributeSets/name:Email%20Addresses").at("count"), "3");
  EXPECT_EQ(get("/contacts/v1/attributeSets/name:Contact").at("items.2.values.0.value"), "c-3");
  EXPECT_EQ(get("/contacts/v1/attributeSets/name:MobileConnect%20Demographics").at("count"), "0");
  EXPECT_EQ(get("/contacts/v1/attributeSets/name:Nothing").status, 404);
  EXPECT_EQ(get("/contacts/v1/attributeSets/shop").status, 404);
  EXPECT_EQ(
      ask_as(all_scopes(kOtherUnit), net::Method::kGet, "/contacts/v1/attributeSets/name:shop")
          .status,
      404);
}

}  // namespace
}  // namespace rekey::engagement::contacts
