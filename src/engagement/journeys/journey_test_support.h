// For tests: a sandbox with a journey, driven by a set clock.
#pragma once

#include "engagement/api_test_support.h"

namespace rekey::engagement::journeys {

class JourneysTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    ASSERT_EQ(create_people().status, 201);
    ASSERT_EQ(post("/asset/v1/content/assets", R"({"name":"Hello","customerKey":"hello-mail",
      "assetType":{"id":208,"name":"htmlemail"},"views":{"subjectline":{"content":"Hello %%Name%%"},
      "html":{"content":"<p>Hello</p>"}}})")
                      .status /
                  100,
              2);
    for (const std::string key : {"hello", "again"}) {
      ASSERT_EQ(post("/messaging/v1/email/definitions",
                     R"({"name":")" + key + R"(","definitionKey":")" + key +
                         R"(","content":{"customerKey":"hello-mail"}})")
                        .status /
                    100,
                2);
    }
    ASSERT_EQ(post("/interaction/v1/eventDefinitions",
                   R"({"name":"Joined","eventDefinitionKey":"joined","type":"APIEvent"})")
                  .status,
              200);
  }

  [[nodiscard]] static std::string activity(const std::string& key, const std::string& type,
                                            const std::string& configuration,
                                            const std::string& next) {
    return R"({"key":")" + key + R"(","name":"","type":")" + type +
           R"(","configurationArguments":)" + configuration + R"(,"outcomes":[{"key":")" + key +
           R"(-on","next":")" + next + R"("}]})";
  }
  [[nodiscard]] static std::string wait_days(const std::string& key, int days,
                                             const std::string& next) {
    return activity(key, "WAIT",
                    R"({"waitDuration":)" + std::to_string(days) + R"(,"waitUnit":"DAYS"})", next);
  }
  [[nodiscard]] static std::string mail(const std::string& key, const std::string& definition,
                                        const std::string& next) {
    return activity(key, "EMAILV2", R"({"triggeredSend":{"key":")" + definition + R"("}})", next);
  }
  [[nodiscard]] static std::string journey(const std::string& activities,
                                           const std::string& more = "") {
    return R"({"key":"welcome","name":"Welcome","workflowApiVersion":1.0,
      "triggers":[{"key":"TRIGGER","type":"APIEvent","eventDefinitionKey":"joined"}],
      "defaults":{"email":["{{Event.joined.\"Email\"}}"]},)" +
           more + R"("activities":[)" + activities + "]}";
  }

  // Gives the journey's id.
  std::string make_journey(const std::string& document) {
    const Told told = post("/interaction/v1/interactions", document);
    EXPECT_EQ(told.status, 200) << told.text;
    return told.at("id");
  }
  // Gives the state that the publication ends in.
  Told publish(const std::string& id) {
    const Told asked = post("/interaction/v1/interactions/publishAsync/" + id, "");
    EXPECT_EQ(asked.status, 200) << asked.text;
    clock_.advance(std::chrono::seconds{1});
    EXPECT_TRUE(api_->tick());
    return get("/interaction/v1/interactions/publishStatus/" + asked.at("statusId"));
  }
  std::string running_journey(const std::string& document) {
    const std::string id = make_journey(document);
    const Told told = publish(id);
    EXPECT_EQ(told.at("status"), "PublishCompleted") << told.text;
    return id;
  }

  Told join(const std::string& contact,
            const std::string& data = R"({"Email":"ann@example.org"})") {
    const Told told = post(
        "/interaction/v1/events",
        R"({"ContactKey":")" + contact + R"(","EventDefinitionKey":"joined","Data":)" + data + "}");
    EXPECT_TRUE(api_->tick());
    return told;
  }
  void pass(base::Duration time) {
    clock_.advance(time);
    EXPECT_TRUE(api_->tick());
  }
  // "definitionKey:to", oldest first; what is still queued counts too.
  std::vector<std::string> mails() {
    Caller administrator;
    administrator.is_administrator = true;
    const Told told = ask_as(administrator, net::Method::kGet, "/sandbox/v1/mail");
    std::vector<std::string> found;
    for (std::size_t i = 0; told.at("items." + std::to_string(i) + ".id") != "(none)"; ++i) {
      const std::string item = "items." + std::to_string(i);
      found.insert(found.begin(), told.at(item + ".definitionKey") + ":" + told.at(item + ".to"));
    }
    return found;
  }
  // "activity:status" of one contact, oldest first.
  std::vector<std::string> history_of(const std::string& contact) {
    const Told told = post("/interaction/v1/interactions/journeyhistory/search?$pageSize=1000",
                           R"({"contactKeys":[")" + contact + R"("]})");
    EXPECT_EQ(told.status, 200) << told.text;
    std::vector<std::string> found;
    for (std::size_t i = 0; told.at("items." + std::to_string(i) + ".id") != "(none)"; ++i) {
      const std::string item = "items." + std::to_string(i);
      found.push_back(told.at(item + ".activityKey") + ":" + told.at(item + ".status"));
    }
    return found;
  }
  // "currentPopulation/cumulativePopulation/metGoal/metExitCriteria".
  std::string stats(const std::string& id) {
    const Told told = get("/interaction/v1/interactions/" + id);
    return told.at("stats.currentPopulation") + "/" + told.at("stats.cumulativePopulation") + "/" +
           told.at("stats.metGoal") + "/" + told.at("stats.metExitCriteria");
  }
};

}  // namespace rekey::engagement::journeys
