#include "engagement/contacts/contact.h"

#include <gmock/gmock.h>

#include "engagement/api_test_support.h"

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

}  // namespace
}  // namespace rekey::engagement::contacts
