#include "authority/host_router.h"

#include <gtest/gtest.h>

#include <string>

#include "authority/front_test_support.h"

namespace rekey::authority {
namespace {

const std::string kTenant{kTestTenant};

std::string host(std::string_view service, std::string_view domain = "marketingcloudapis.com") {
  return kTenant + "." + std::string(service) + "." + std::string(domain);
}

FrontSettings settings_by_host() {
  FrontSettings settings = TestFront::settings();
  settings.host_domain = "marketingcloudapis.com";
  return settings;
}

// Answers what it is asked with its path.
class FakeApi final : public GuardedApi {
 public:
  [[nodiscard]] bool owns(std::string_view lower_path) const noexcept override {
    return lower_path.starts_with("/hub/") || lower_path == "/service.asmx" ||
           lower_path.starts_with("/sandbox/") || lower_path.starts_with("/track/");
  }
  void handle(net::Exchange& exchange, std::string_view path,
              std::optional<Bearer> /*bearer*/) override {
    exchange.respond(200, "text/plain", path, {});
  }
};

struct HostFront : TestFront {
  HostFront() : TestFront(settings_by_host()) {
    door.guarded = &api;
    router = make_host_router_factory(door)(0);
  }
  std::unique_ptr<FakeExchange> get_at(const std::string& name, std::string_view target) {
    auto exchange = std::make_unique<FakeExchange>(net::Method::kGet, target, "",
                                                   std::vector<net::HeaderView>{{"Host", name}});
    ask(*exchange);
    return exchange;
  }
  std::unique_ptr<FakeExchange> ask_token_at(const std::string& name) {
    return ask_token("", {{"Host", name}});
  }
  FakeApi api;
};

TEST(HostRouter, ATokenNamesTheTenantsHosts) {
  HostFront front;
  const auto reply = front.ask_token_at(host("auth"));
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->text_member("rest_instance_url"), "https://" + host("rest") + "/");
  EXPECT_EQ(reply->text_member("soap_instance_url"), "https://" + host("soap") + "/");
}

TEST(HostRouter, TheDomainIsASetting) {
  FrontSettings settings = settings_by_host();
  settings.host_domain = "mc.example";
  TestFront front(settings);
  front.router = make_host_router_factory(front.door)(0);
  const std::string auth = host("auth", "mc.example");
  const auto reply = front.ask_token("", {{"Host", auth}});
  EXPECT_EQ(reply->text_member("rest_instance_url"), "https://" + host("rest", "mc.example") + "/");
}

TEST(HostRouter, WhereverElseAnAddressIsToldItIsTheHostsToo) {
  HostFront front;
  const std::string token = front.ask_token_at(host("auth"))->text_member("access_token");
  const std::string bearer = "Bearer " + token;
  const auto ask_at = [&](const std::string& name, std::string_view target) {
    FakeExchange exchange(net::Method::kGet, target, "",
                          {{"Host", name}, {"Authorization", bearer}});
    front.ask(exchange);
    return exchange.reply_body;
  };
  const std::string user = ask_at(host("auth"), "/v2/userinfo");
  EXPECT_NE(user.find("\"iss\":\"https://" + host("auth") + "/\""), std::string::npos) << user;
  EXPECT_NE(user.find("\"rest_instance_url\":\"https://" + host("rest") + "/\""), std::string::npos)
      << user;
  const std::string endpoint = ask_at(host("rest"), "/platform/v1/endpoints/soap");
  EXPECT_NE(endpoint.find("https://" + host("soap") + "/Service.asmx"), std::string::npos)
      << endpoint;
}

TEST(HostRouter, EachServiceAnswersAtItsOwnHostAlone) {
  HostFront front;
  struct Place {
    const char* service;
    const char* path;
  };
  for (const Place place :
       {Place{"auth", "/v2/userinfo"}, Place{"rest", "/hub/v1/campaigns"},
        Place{"rest", "/platform/v1/tokenContext"}, Place{"soap", "/Service.asmx"}}) {
    for (const char* service : {"auth", "rest", "soap"}) {
      const auto reply = front.get_at(host(service), place.path);
      if (std::string_view(service) == place.service) {
        EXPECT_NE(reply->status, 404) << service << place.path;
      } else {
        EXPECT_EQ(reply->status, 404) << service << place.path;
        EXPECT_NE(reply->reply_body.find(host(place.service)), std::string::npos)
            << reply->reply_body;
      }
    }
  }
}

TEST(HostRouter, WhatMarketingCloudHasNotAnswersAtNoHost) {
  HostFront front;
  for (const char* service : {"auth", "rest", "soap"}) {
    for (const char* path : {"/api/v1/packages", "/local/recover", "/sandbox/v1/clock",
                             "/track/open/x", "/healthz", "/readyz", "/metrics", "/", "/nothing",
                             "/oauth2/jwks", "/.well-known/oauth-authorization-server"}) {
      EXPECT_EQ(front.get_at(host(service), path)->status, 404) << service << path;
    }
  }
  EXPECT_EQ(front.admin.last_path, "");
}

TEST(HostRouter, AHostIsTheSameInAnyLetterCaseAndWithItsPort) {
  HostFront front;
  std::string upper = host("rest");
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(front.get_at(upper, "/hub/v1/campaigns")->status, 200);
  EXPECT_EQ(front.get_at(host("rest") + ":443", "/hub/v1/campaigns")->status, 200);
}

TEST(HostRouter, APathMayStillBeginWithTheHost) {
  HostFront front;
  const auto reply = front.get_at(host("rest"), "/https://" + host("rest") + "//hub/v1/campaigns");
  EXPECT_EQ(reply->reply_body, "/hub/v1/campaigns");
}

TEST(HostRouter, ATargetInAbsoluteFormNamesTheHost) {
  HostFront front;
  const std::string target = "https://" + host("rest") + "/hub/v1/campaigns";
  FakeExchange at_another(net::Method::kGet, target, "", {{"Host", "elsewhere.example"}});
  front.ask(at_another);
  EXPECT_NE(at_another.status, 421);
  const std::string elsewhere = "https://elsewhere.example/hub/v1/campaigns";
  const std::string own = host("rest");
  FakeExchange to_another(net::Method::kGet, elsewhere, "", {{"Host", own}});
  front.ask(to_another);
  EXPECT_EQ(to_another.status, 421);
}

TEST(HostRouter, AnyOtherHostIsMisdirectedAndToldWhichAreServed) {
  HostFront front;
  for (const std::string& name :
       {std::string(), std::string("127.0.0.1:8443"), std::string("marketingcloudapis.com"),
        std::string("mcothertenant000000000000001.rest.marketingcloudapis.com"),
        host("rest", "marketingcloudapis.com.evil.example"), host("rest") + ":8443",
        "x" + host("rest"), host("mobile")}) {
    const auto reply = front.get_at(name, "/hub/v1/campaigns");
    EXPECT_EQ(reply->status, 421) << name;
    EXPECT_NE(reply->reply_body.find(host("rest")), std::string::npos) << reply->reply_body;
  }
}

}  // namespace
}  // namespace rekey::authority
