#include <gmock/gmock.h>

#include "engagement/sends/send_test_support.h"

namespace rekey::engagement::sends {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kAll = "/messaging/v1/email/definitions";
constexpr const char* kOrder = "/messaging/v1/email/definitions/order";

class DefinitionRoutesTest : public SendTest {};

TEST_F(DefinitionRoutesTest, ADefinitionIsMadeWithWhatIsGivenAndWhatIsUsual) {
  const Told made =
      create_definition("d-2", "mail-1",
                        R"(,"status":"inactive","description":"x","subscriptions":{"list":"L",
         "autoAddSubscriber":false},"options":{"trackLinks":false,"cc":["c@example.org"]},
         "journey":{"interactionKey":"j-1"})");
  EXPECT_EQ(made.status, 201) << made.text;
  for (const auto& [path, value] : std::vector<std::pair<std::string, std::string>>{
           {"definitionKey", "d-2"},
           {"name", "d-2"},
           {"status", "Inactive"},
           {"classification", "Default Transactional"},
           {"content.customerKey", "mail-1"},
           {"subscriptions.list", "L"},
           {"subscriptions.autoAddSubscriber", "false"},
           {"subscriptions.updateSubscriber", "true"},
           {"options.trackLinks", "false"},
           {"options.cc.0", "c@example.org"},
           {"journey.interactionKey", "j-1"},
           {"createdDate", "2026-11-24T10:00:00"}}) {
    EXPECT_EQ(made.at(path), value) << path;
  }
  EXPECT_EQ(made.at("definitionId").size(), 36u);
  const Told shown = get("/messaging/v1/email/definitions/D-2");
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(shown.at("definitionId"), made.at("definitionId"));
}

TEST_F(DefinitionRoutesTest, WhatIsMissingTakenOrUnknownIsToldByItsCode) {
  struct Case {
    const char* body;
    int status;
    const char* code;
    const char* message;
  };
  for (const Case& one : {
           Case{R"({"name":"a","content":{"customerKey":"mail-1"}})", 400, "10002",
                "MCMS_UTM_Validation_MissingRequiredField: definitionKey"},
           Case{R"({"definitionKey":"a","content":{"customerKey":"mail-1"}})", 400, "10002",
                "MCMS_UTM_Validation_MissingRequiredField: name"},
           Case{R"({"definitionKey":"a","name":"a"})", 400, "10002",
                "MCMS_UTM_Validation_MissingRequiredField: content.customerKey"},
           Case{R"({"definitionKey":7,"name":"a"})", 400, "10001",
                "MCMS_UTM_Validation_InvalidDataType: definitionKey"},
           Case{R"({"definitionKey":"a","name":"a","content":{"customerKey":"none"}})", 400,
                "10005", "MCMS_UTM_Validation_InvalidValue: content.customerKey"},
           Case{R"({"definitionKey":"a","name":"a","content":{"customerKey":"mail-1"},
                   "status":"Deleted"})",
                400, "10005", "MCMS_UTM_Validation_InvalidValue: status"},
           Case{R"({"definitionKey":"a","name":"a","content":{"customerKey":"mail-1"},
                   "subscriptions":{"dataExtension":"none"}})",
                400, "10005", "MCMS_UTM_Validation_InvalidValue: subscriptions.dataExtension"},
           Case{R"({"definitionKey":"a","name":"a","content":{"customerKey":"mail-1"},
                   "options":{"bcc":["x@example.org\r\nTo: y@example.org"]}})",
                400, "109124", "MCMS_UTM_Validation_email_does_not_pass_validation"},
           Case{R"({"definitionKey":"a\u000db","name":"a","content":{"customerKey":"mail-1"}})",
                400, "10005", "MCMS_UTM_Validation_InvalidValue: definitionKey"},
           Case{R"({"definitionKey":"ORDER","name":"a","content":{"customerKey":"mail-1"}})", 409,
                "30004", "MCMS_UTM_Runtime_ObjectAlreadyExists"},
           Case{R"({"definitionKey":"a","name":"Order","content":{"customerKey":"mail-1"}})", 409,
                "30004", "MCMS_UTM_Runtime_ObjectAlreadyExists"},
       }) {
    const Told told = post(kAll, one.body);
    EXPECT_EQ(told.status, one.status) << one.body << told.text;
    EXPECT_EQ(told.at("errorcode"), one.code) << one.body;
    EXPECT_THAT(told.at("message"), StartsWith(one.message));
  }
  EXPECT_EQ(get("/messaging/v1/email/definitions/none").at("errorcode"), "30003");
  EXPECT_EQ(get("/messaging/v1/email/definitions/none").status, 404);
  EXPECT_EQ(get(kAll).at("count"), "1");
}

TEST_F(DefinitionRoutesTest, AChangeKeepsWhatItDoesNotName) {
  clock_.advance(std::chrono::seconds{5});
  const Told changed = patch(kOrder, R"({"status":"Inactive","options":{"cc":null}})");
  EXPECT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.at("status"), "Inactive");
  EXPECT_EQ(changed.at("content.customerKey"), "mail-1");
  EXPECT_EQ(changed.at("modifiedDate"), "2026-11-24T10:00:05");
  EXPECT_EQ(patch(kOrder, R"({"name":""})").status, 400);
  EXPECT_EQ(get(kOrder).at("name"), "order");
}

TEST_F(DefinitionRoutesTest, ADeletedOneIsListedOnlyWhereItIsAskedForAndItsKeyIsFree) {
  const Told gone = remove(kOrder);
  EXPECT_EQ(gone.at("message"), "Success");
  EXPECT_EQ(gone.at("deletedDefinitionKey"), "order");
  EXPECT_EQ(get(kOrder).status, 404);
  EXPECT_EQ(get(kAll).at("count"), "0");
  EXPECT_EQ(get(std::string(kAll) + "?$filter=status%20eq%20deleted").at("count"), "1");
  EXPECT_EQ(create_definition("order", "mail-1").status, 201);
  EXPECT_EQ(remove(kOrder).status, 200);
  EXPECT_EQ(get(std::string(kAll) + "?$filter=status%20eq%20deleted").at("count"), "2");
}

TEST_F(DefinitionRoutesTest, TheListIsPagedFilteredAndOrdered) {
  ASSERT_EQ(create_definition("b", "mail-1", R"(,"status":"Inactive")").status, 201);
  ASSERT_EQ(create_definition("a", "mail-1").status, 201);
  const Told page = get(std::string(kAll) + "?$orderBy=name%20desc&$page=2&$pageSize=1");
  EXPECT_EQ(page.at("count"), "1");
  EXPECT_EQ(page.at("page"), "2");
  EXPECT_EQ(page.at("definitions.0.definitionKey"), "b");
  EXPECT_EQ(page.at("definitions.1.definitionKey"), "(none)");
  EXPECT_EQ(get(std::string(kAll) + "?$filter=status%20eq%20inactive").at("count"), "1");
  EXPECT_EQ(get(std::string(kAll) + "?$filter=status%20neq%20inactive").at("count"), "2");
  EXPECT_EQ(get(std::string(kAll) + "?$filter=name%20eq%20a").status, 400);
  EXPECT_EQ(get(std::string(kAll) + "?$orderBy=id;drop").status, 400);
}

TEST_F(DefinitionRoutesTest, AQueueIsCountedAndDeletedWhereTheDefinitionIsInactive) {
  const std::string queue = std::string(kOrder) + "/queue";
  ASSERT_EQ(patch(kOrder, R"({"status":"Inactive"})").status, 200);
  ASSERT_EQ(send("m-1", to_ann()).status, 202);
  clock_.advance(std::chrono::seconds{45});
  ASSERT_EQ(send("m-2", to_ann()).status, 202);
  run();
  EXPECT_EQ(event("m-1"), "TransactionalSendEvents.EmailQueued");
  EXPECT_EQ(get(queue).at("count"), "2");
  EXPECT_EQ(get(queue).at("ageSeconds"), "46");
  ASSERT_EQ(patch(kOrder, R"({"status":"Active"})").status, 200);
  const Told refused = remove(queue);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.at("errorcode"), "30001");
  EXPECT_THAT(refused.at("message"), HasSubstr("Definition status must be inactive"));
  ASSERT_EQ(patch(kOrder, R"({"status":"Inactive"})").status, 200);
  EXPECT_EQ(remove(queue).at("message"), "Queued");
  EXPECT_EQ(get(queue).at("count"), "0");
  EXPECT_EQ(get(queue).at("ageSeconds"), "0");
  EXPECT_EQ(event("m-1"), "TransactionalSendEvents.EmailNotSent");
}

TEST_F(DefinitionRoutesTest, AnotherBusinessUnitHasItsOwn) {
  const Caller other = all_scopes(kOtherUnit);
  EXPECT_EQ(ask_as(other, net::Method::kGet, kOrder).status, 404);
  EXPECT_EQ(ask_as(other, net::Method::kGet, kAll).at("count"), "0");
  EXPECT_EQ(ask_as(other, net::Method::kPost, kAll,
                   R"({"definitionKey":"a","name":"a","content":{"customerKey":"mail-1"}})")
                .at("errorcode"),
            "10005");
}

}  // namespace
}  // namespace rekey::engagement::sends
