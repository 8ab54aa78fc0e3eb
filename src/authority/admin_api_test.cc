#include "authority/service_test_support.h"

namespace rekey::authority {
namespace {

using net::Method;

class AdminApiTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    const Answer created = create_package();
    client_id_ = created.at("integration.client_id");
    value_ = created.at("secret.value");
    path_ = "/integrations/" + client_id_;
  }
  std::string client_id_;
  std::string value_;
  std::string path_;
};

TEST_F(AdminApiTest, StagingAndActivatingMovesTokensFromOneSecretToTheOther) {
  ASSERT_EQ(service_.set_policy("overlap", "0").status, 200);
  const Answer staged = service_.post(path_ + "/secrets", R"({"label":"run/1"})");
  ASSERT_EQ(staged.status, 201) << staged.text;
  EXPECT_EQ(staged.at("secret.state"), "staged");
  EXPECT_EQ(staged.at("secret.label"), "run/1");
  const std::string fresh = staged.at("secret.value");
  EXPECT_EQ(service_.token(client_id_, fresh).status, 200);
  EXPECT_EQ(service_.token(client_id_, value_).status, 200);

  const Answer used = service_.post(path_ + "/activate", "{}");
  EXPECT_EQ(used.status, 409) << used.text;
  const Answer activated =
      service_.post(path_ + "/activate", R"({"force":true,"reason":"moved by hand"})");
  ASSERT_EQ(activated.status, 200) << activated.text;
  EXPECT_EQ(activated.at("secret.id"), staged.at("secret.id"));
  EXPECT_EQ(activated.at("secret.state"), "active");
  EXPECT_EQ(activated.at("superseded.state"), "ended");
  EXPECT_EQ(service_.token(client_id_, value_).status, 401);
  EXPECT_EQ(service_.token(client_id_, fresh).status, 200);
}

TEST_F(AdminApiTest, AnActivationIsUndoneWithinItsOverlapAndOnlyThere) {
  const Answer staged = service_.post(path_ + "/secrets");
  const std::string fresh = staged.at("secret.value");
  const std::string id = staged.at("secret.id");
  ASSERT_EQ(service_.post(path_ + "/activate").status, 200);
  EXPECT_EQ(service_.post(path_ + "/undo-activation").status, 400);
  const std::string body = fmt::format(R"({{"secret_id":"{}","reason":"too early"}})", id);
  const Answer undone = service_.post(path_ + "/undo-activation", body, "key-undo");
  ASSERT_EQ(undone.status, 200) << undone.text;
  EXPECT_EQ(undone.at("secret.id"), id);
  EXPECT_EQ(undone.at("secret.state"), "staged");
  EXPECT_EQ(undone.at("restored.state"), "active");
  EXPECT_EQ(undone.at("restored.ends_at"), "2027-02-22T10:00:00Z") << "dormancy, as before";
  EXPECT_EQ(service_.post(path_ + "/undo-activation", body, "key-undo").text, undone.text);
  EXPECT_EQ(service_.post(path_ + "/undo-activation", body).at("code"), "conflict");
  EXPECT_EQ(service_.token(client_id_, value_).status, 200);
  EXPECT_EQ(service_.token(client_id_, fresh).status, 200);

  ASSERT_EQ(service_.post(path_ + "/activate").status, 200);
  service_.stop();
  ASSERT_TRUE(service_.start());
  EXPECT_EQ(service_.post(path_ + "/undo-activation", body).status, 200) << "read from the tables";
  ASSERT_EQ(service_.post(path_ + "/activate").status, 200);
  clock_.advance(base::Days{7});
  EXPECT_EQ(service_.post(path_ + "/undo-activation", body).at("code"), "refused");
}

TEST_F(AdminApiTest, SettlingEndsWithTheSettleTime) {
  ASSERT_EQ(service_.set_policy("settle", "3s").status, 200);
  const Answer staged = service_.post(path_ + "/secrets");
  EXPECT_EQ(staged.at("secret.state"), "settling");
  EXPECT_EQ(staged.at("secret.usable_from"), "2026-11-24T10:00:03Z");
  EXPECT_EQ(service_.token(client_id_, staged.at("secret.value")).status, 401);
  EXPECT_EQ(service_.post(path_ + "/activate").at("code"), "too_early");
  clock_.advance(std::chrono::seconds{3});
  EXPECT_EQ(service_.token(client_id_, staged.at("secret.value")).status, 200);
  EXPECT_EQ(service_.post(path_ + "/activate").status, 200);
}

TEST_F(AdminApiTest, StagingAgainReplacesAndSaysSo) {
  const std::string first = service_.post(path_ + "/secrets").at("secret.id");
  const Answer vacant = service_.post(path_ + "/secrets", R"({"if_vacant":true})");
  EXPECT_EQ(vacant.status, 409);
  const Answer second = service_.post(path_ + "/secrets");
  EXPECT_EQ(second.at("replaced.id"), first);
  EXPECT_EQ(second.at("replaced.state"), "replaced");
}

TEST_F(AdminApiTest, ActivationExpectsTheSecretThatItNames) {
  const std::string first = service_.post(path_ + "/secrets").at("secret.id");
  const std::string second = service_.post(path_ + "/secrets").at("secret.id");
  const auto activate = [&](const std::string& id) {
    return service_.post(path_ + "/activate", fmt::format(R"({{"secret_id":"{}"}})", id));
  };
  EXPECT_EQ(activate(first).status, 409);
  EXPECT_EQ(activate(second).status, 200);
}

TEST_F(AdminApiTest, RevokingEndsTheSecretAndItsTokens) {
  const std::string token = service_.token(client_id_, value_).at("access_token");
  EXPECT_EQ(service_.send(Method::kGet, "/v2/userinfo", "", token).status, 200);
  const std::string revoke = path_ + "/secrets/sec_2/revoke";
  EXPECT_EQ(service_.post(revoke).status, 400);
  const Answer revoked = service_.post(revoke, R"({"reason":"leaked"})");
  ASSERT_EQ(revoked.status, 200) << revoked.text;
  EXPECT_EQ(revoked.at("secret.state"), "revoked");
  EXPECT_EQ(service_.token(client_id_, value_).status, 401);
  EXPECT_EQ(service_.send(Method::kGet, "/v2/userinfo", "", token).status, 401);
}

TEST_F(AdminApiTest, UsageShowsWhoUsedWhichSecretBeforeItIsFlushed) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(service_.token(client_id_, value_).status, 200);
  const Answer usage = service_.get(path_ + "/usage");
  EXPECT_EQ(usage.at("usage.0.secret_id"), "sec_2") << usage.text;
  EXPECT_EQ(usage.at("usage.0.count"), "3");
  EXPECT_EQ(usage.at("usage.0.caller.network"), "127.0.0.1");
  EXPECT_EQ(usage.at("usage.0.caller.user_agent"), "rekey-test");
  EXPECT_EQ(usage.at("usage.0.caller.slot"), "-");
  EXPECT_EQ(usage.at("as_of"), "2026-11-24T10:00:00Z");
}

TEST_F(AdminApiTest, AnImportWorksAndItsValueIsNeverShown) {
  const std::string value = std::string("aB3dE6gH1jK2") + "mN4pQ5rS6tU7";
  const Answer imported = service_.post(
      "/packages", fmt::format(R"({{"name":"Old","scopes":[],"import":{{"value":"{}",)"
                               R"("generated_at":"2026-11-01T00:00:00Z"}}}})",
                               value));
  ASSERT_EQ(imported.status, 201) << imported.text;
  EXPECT_EQ(imported.at("secret.origin"), "imported");
  EXPECT_EQ(imported.text.find(value), std::string::npos);
  EXPECT_EQ(service_.token(imported.at("integration.client_id"), value).status, 200);
  const Answer short_value = service_.post(
      path_ + "/secrets/import", R"({"value":"short","generated_at":"2026-11-01T00:00:00Z"})");
  EXPECT_EQ(short_value.status, 400);
}

TEST_F(AdminApiTest, AReplayGivesTheSameIdsAndNoValue) {
  const std::string body = R"({"label":"run/1"})";
  const Answer first = service_.post(path_ + "/secrets", body, "key-1");
  ASSERT_EQ(first.status, 201);
  EXPECT_FALSE(first.at("secret.value").empty());
  const Answer replay = service_.post(path_ + "/secrets", body, "key-1");
  EXPECT_EQ(replay.status, 201);
  EXPECT_EQ(replay.at("secret.id"), first.at("secret.id"));
  EXPECT_EQ(replay.at("secret.value"), "");
  EXPECT_EQ(replay.at("secret.value_already_shown"), "true");
  EXPECT_EQ(service_.post(path_ + "/secrets", R"({"label":"run/2"})", "key-1").status, 409);
  clock_.advance(base::Days{1});
  const Answer next_day = service_.post(path_ + "/secrets", body, "key-1");
  EXPECT_EQ(next_day.status, 201);
  EXPECT_NE(next_day.at("secret.id"), first.at("secret.id"));
}

TEST_F(AdminApiTest, AFailedCallIsNotRememberedUnderItsKey) {
  EXPECT_EQ(service_.post(path_ + "/activate", "", "key-2").status, 409);
  EXPECT_EQ(service_.post(path_ + "/secrets").status, 201);
  EXPECT_EQ(service_.post(path_ + "/activate", "", "key-2").status, 200);
}

TEST_F(AdminApiTest, UnknownMembersAreRefusedWithTheNearestName) {
  const Answer refused = service_.post(path_ + "/secrets", R"({"labels":"x"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.at("detail").find("\"label\""), std::string::npos) << refused.text;
}

TEST_F(AdminApiTest, AValueSentAsAMemberNameDoesNotComeBack) {
  const Answer refused =
      service_.post(path_ + "/secrets", fmt::format(R"({{"{}":"label"}})", value_));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.text.find(value_.substr(0, 16)), std::string::npos) << refused.text;
}

TEST_F(AdminApiTest, UnknownParametersAreRefusedWithTheNearestName) {
  EXPECT_EQ(service_.get("/status?foo=1").status, 400);
  EXPECT_EQ(service_.get("/events?after=0&foo").status, 400);
  const Answer refused = service_.get("/events?limits=1");
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.at("detail").find("\"limit\""), std::string::npos) << refused.text;
  EXPECT_EQ(service_.get("/refusals?client_id=" + client_id_).status, 200);
}

TEST_F(AdminApiTest, TheOnlyAcceptedSecretOfTheAdminPackageIsNotRevoked) {
  const std::string secrets =
      "/integrations/" + service_.get("/packages/pkg_1").at("integration.client_id") + "/secrets";
  const Answer refused = service_.post(secrets + "/sec_1/revoke", R"({"reason":"tidying"})");
  EXPECT_EQ(refused.at("code"), "refused") << refused.text;
  EXPECT_NE(refused.at("detail").find("rekey admin rotate"), std::string::npos);
  EXPECT_NE(refused.at("detail").find("rekey admin recover"), std::string::npos);

  const std::string another = service_.post(secrets).at("secret.id");
  EXPECT_EQ(service_.post(secrets + "/" + another + "/revoke", R"({"reason":"tidying"})").status,
            200);
  ASSERT_EQ(service_.post(secrets).status, 201);
  EXPECT_EQ(service_.post(secrets + "/sec_1/revoke", R"({"reason":"another works"})").status, 200);
}

TEST_F(AdminApiTest, MalformedBodiesAreRefused) {
  for (const char* body : {"{", "[]", R"({"label":1})", R"({"label":"a","label":"b"})", "\"x\"",
                           R"({"slot":"toolongtag"})"}) {
    EXPECT_EQ(service_.post(path_ + "/secrets", body).status, 400) << body;
  }
}

TEST_F(AdminApiTest, UnknownScopesAreRefusedWithTheNearestName) {
  const Answer refused = service_.post("/packages", R"({"name":"x","scopes":["email_sent"]})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.at("detail").find("email_send"), std::string::npos) << refused.text;
  EXPECT_EQ(service_.post("/packages", R"({"name":"x","scopes":["rekey_admin"]})").status, 400);
}

TEST_F(AdminApiTest, EditingChangesWhatIsNamedAndNothingElse) {
  const Answer edited =
      service_.patch("/packages/pkg_2", R"({"owners":["ana"],"scopes":["email_send","sms_send"]})");
  ASSERT_EQ(edited.status, 200) << edited.text;
  EXPECT_EQ(edited.at("package.name"), "Order sync");
  EXPECT_EQ(edited.at("package.owners.0"), "ana");
  EXPECT_EQ(edited.at("integration.scopes.1"), "sms_send");
  EXPECT_EQ(service_.token(client_id_, value_).at("scope"), "email_send sms_send");
}

TEST_F(AdminApiTest, ADisabledPackageGetsNoTokenAndADeletedOneIsGone) {
  EXPECT_EQ(service_.post("/packages/" + client_id_ + "/disable").at("package.enabled"), "false");
  EXPECT_EQ(service_.token(client_id_, value_).status, 401);
  EXPECT_EQ(service_.post("/packages/pkg_2/enable").status, 200);
  EXPECT_EQ(service_.token(client_id_, value_).status, 200);
  EXPECT_EQ(service_.remove("/packages/pkg_2").status, 200);
  EXPECT_EQ(service_.token(client_id_, value_).status, 401);
  EXPECT_EQ(service_.get("/packages/pkg_2").status, 404);
}

TEST_F(AdminApiTest, TheDescriptorSaysHowActivationTreatsTheOldSecret) {
  const Answer lasting = service_.get(path_);
  EXPECT_EQ(lasting.at("descriptor.overlap_seconds"), "604800");
  EXPECT_EQ(lasting.at("descriptor.activation_ends_old"), "false");
  ASSERT_EQ(service_.set_policy("profile", "marketing-cloud").status, 200);
  const Answer ending = service_.get(path_);
  EXPECT_EQ(ending.at("descriptor.settle_seconds"), "300");
  EXPECT_EQ(ending.at("descriptor.activation_ends_old"), "true");
  EXPECT_EQ(ending.at("descriptor.live_limit"), "2");
}

TEST_F(AdminApiTest, AnImpossiblePolicyIsRefusedAndNothingChanges) {
  const std::string before = service_.get("/policy").text;
  EXPECT_EQ(service_.set_policy("ttl", "never").status, 400);
  EXPECT_EQ(service_.set_policy("ttl", "401d").status, 400);
  EXPECT_EQ(service_.get("/policy").text, before);
}

TEST_F(AdminApiTest, WithoutAnAdminTokenNothingIsAnswered) {
  const std::string own_token = service_.token(client_id_, value_).at("access_token");
  for (const std::string& token : {std::string(), std::string("nonsense"), own_token}) {
    EXPECT_GE(service_.send(Method::kGet, "/api/v1/status", "", token).status, 401);
    EXPECT_LE(service_.send(Method::kGet, "/api/v1/status", "", token).status, 403);
  }
  EXPECT_EQ(service_.send(Method::kPost, "/local/v1/recover", "", service_.admin_token()).status,
            404);
}

TEST_F(AdminApiTest, UnknownPathsAndMethodsAreNamed) {
  EXPECT_EQ(service_.get("/nothing").status, 404);
  EXPECT_EQ(service_.get("/packages/pkg_99").status, 404);
  const Answer wrong = service_.remove("/policy");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.at("status"), "405");
  EXPECT_EQ(wrong.at("code"), "unsupported");
  EXPECT_EQ(wrong.at("detail"), "/api/v1/policy answers GET, PATCH, not DELETE");
}

TEST_F(AdminApiTest, EventsAreReadInPagesWithoutAGap) {
  const Answer first = service_.get("/events?after=0&limit=2");
  EXPECT_EQ(first.at("events.0.position"), "1");
  EXPECT_EQ(first.at("events.0.type"), "tenant_created");
  EXPECT_EQ(first.at("next"), "2");
  EXPECT_EQ(service_.get("/events?after=2&limit=1").at("events.0.position"), "3");
  EXPECT_EQ(service_.get("/events?after=x").status, 400);
}

TEST_F(AdminApiTest, TheWorstSecretComesFirst) {
  ASSERT_EQ(service_
                .post("/packages", R"({"name":"Short","scopes":[],)"
                                   R"("policy":[{"key":"ttl","value":"5d"}]})")
                .status,
            201);
  const Answer status = service_.get("/status");
  EXPECT_EQ(status.at("secrets.0.package"), "Short") << status.text;
  EXPECT_EQ(status.at("secrets.0.days_left"), "5");
}

TEST_F(AdminApiTest, EndedSecretsComeFirstAndDormancyOnlyBreaksATie) {
  ASSERT_EQ(service_
                .post("/packages", R"({"name":"Later","scopes":[],)"
                                   R"("policy":[{"key":"dormancy","value":"10d"}]})")
                .status,
            201);
  clock_.advance(std::chrono::hours{1});
  ASSERT_EQ(service_
                .post("/packages", R"({"name":"Latest","scopes":[],)"
                                   R"("policy":[{"key":"dormancy","value":"2d"}]})")
                .status,
            201);
  const Answer all_live = service_.get("/status");
  EXPECT_EQ(all_live.at("secrets.0.package"), "Later") << all_live.text;
  EXPECT_EQ(all_live.at("secrets.3.package"), "Latest");

  clock_.advance(base::Days{3});
  const Answer status = service_.get("/status");
  EXPECT_EQ(status.at("secrets.0.package"), "Latest") << status.text;
  EXPECT_EQ(status.at("secrets.0.state"), "dormant");
  EXPECT_EQ(status.at("secrets.1.package"), "Later");
}

// ---- null -------------------------------------------------------------------------------------

TEST_F(ServiceTest, NoMemberOfARequestMayBeNull) {
  const std::string client_id = create_package().at("integration.client_id");
  const std::string integration = "/integrations/" + client_id;
  struct Case {
    Method method;
    std::string path;
    std::string rest;
    std::vector<std::string> members;
  };
  const std::vector<Case> cases = {
      {Method::kPatch,
       "/packages/pkg_2",
       "",
       {"name", "description", "owners", "contacts", "documentation_link", "scopes",
        "business_units", "policy"}},
      {Method::kPost, "/packages", R"(,"name":"n")", {"scopes"}},
      {Method::kPost,
       "/packages",
       R"(,"scopes":[])",
       {"name", "description", "owners", "contacts", "documentation_link", "business_units",
        "policy", "client_id", "import"}},
      {Method::kPatch, "/policy", "", {"settings"}},
      {Method::kPost, integration + "/secrets", "", {"slot", "label", "if_vacant"}},
      {Method::kPost,
       integration + "/secrets/import",
       "",
       {"slot", "label", "value", "generated_at"}},
      {Method::kPost, integration + "/activate", "", {"slot", "secret_id", "force", "reason"}},
      {Method::kPost, integration + "/undo-activation", "", {"slot", "secret_id", "reason"}},
      {Method::kPost, integration + "/secrets/sec_2/revoke", "", {"reason"}},
  };
  for (const Case& it : cases) {
    for (const std::string& member : it.members) {
      const Answer answer =
          service_.send(it.method, "/api/v1" + it.path,
                        fmt::format(R"({{"{}":null{}}})", member, it.rest), service_.admin_token());
      EXPECT_EQ(answer.status, 400) << it.path << " " << member << answer.text;
      EXPECT_NE(answer.at("detail").find(member + " cannot be null"), std::string::npos)
          << answer.text;
    }
  }
  const Answer inside = service_.patch("/packages/pkg_2", R"({"owners":["ana",null]})");
  EXPECT_EQ(inside.status, 400);
  EXPECT_NE(inside.at("detail").find("owners"), std::string::npos) << inside.text;
  EXPECT_EQ(service_.get("/packages/pkg_2").at("package.name"), "Order sync");
}

// ---- metrics ----------------------------------------------------------------------------------

TEST_F(ServiceTest, TheGaugeOfLiveSecretsIsRightWhenAChangeIsAnswered) {
  const auto has = [&](int count) {
    const std::string text = service_.send(Method::kGet, "/metrics", "").text;
    return text.find(fmt::format("rekey_secrets_live {}\n", count)) != std::string::npos;
  };
  EXPECT_TRUE(has(1));  // the admin package's
  const std::string path = "/integrations/" + create_package().at("integration.client_id");
  EXPECT_TRUE(has(2));
  EXPECT_EQ(service_.post(path + "/secrets").status, 201);
  EXPECT_TRUE(has(3));
  EXPECT_EQ(service_.post(path + "/secrets").status, 201);  // replaces the staged one
  EXPECT_TRUE(has(3));
  EXPECT_EQ(service_.post(path + "/activate").status, 200);
  EXPECT_TRUE(has(3));
  EXPECT_EQ(service_.post(path + "/secrets/sec_2/revoke", R"({"reason":"r"})").status, 200);
  EXPECT_TRUE(has(2));
  service_.stop();
  ASSERT_TRUE(service_.start());
  EXPECT_TRUE(has(2));
  EXPECT_EQ(service_.remove("/packages/pkg_2").status, 200);
  EXPECT_TRUE(has(1));
}

}  // namespace
}  // namespace rekey::authority
