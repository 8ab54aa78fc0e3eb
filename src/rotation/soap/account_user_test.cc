#include "rotation/soap/account_user.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace rekey::rotation {
namespace {

std::string enveloped(const std::string& body) {
  return R"(<?xml version="1.0" encoding="utf-8"?><soap:Envelope )"
         R"(xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" )"
         R"(xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body>)" +
         body + "</soap:Body></soap:Envelope>";
}

std::string reply_of(const std::string& results, const std::string& status = "OK") {
  return enveloped(
      fmt::format(R"(<RetrieveResponseMsg xmlns="http://exacttarget.com/wsdl/partnerAPI">)"
                  "<OverallStatus>{}</OverallStatus><RequestID>r-1</RequestID>{}"
                  "</RetrieveResponseMsg>",
                  status, results));
}

std::string user(const std::string& name, const std::string& more = {}) {
  return fmt::format(R"(<Results xsi:type="AccountUser"><PartnerKey xsi:nil="true"/>)"
                     "<ID>7</ID><Name>{}</Name>{}</Results>",
                     name, more);
}

base::Error error_of(const std::string& body) {
  const auto page = read_account_user_reply(body);
  EXPECT_FALSE(page) << body;
  return page ? base::Error{} : page.error();
}

TEST(AccountUser, ServiceUsersOfPackagesAreRead) {
  const auto page = read_account_user_reply(
      reply_of(user("Order &amp; sync app user", "<ActiveFlag>true</ActiveFlag>") +
                   user("Ann", "<Email>ann@example.com</Email>") +
                   user("Old app user", "<ActiveFlag>false</ActiveFlag>"),
               "MoreDataAvailable"));
  ASSERT_TRUE(page) << page.error().detail;
  EXPECT_TRUE(page->has_more);
  EXPECT_EQ(page->request_id, "r-1");
  ASSERT_EQ(page->users.size(), 2u) << "a person with a mail address is none";
  EXPECT_EQ(page->users[0].name, "Order & sync app user");
  EXPECT_TRUE(page->users[0].is_active);
  EXPECT_FALSE(page->users[1].is_active);
}

TEST(AccountUser, NamesTellPackagesUnlessTheyAreCutOffOrTheSystems) {
  const PackageNames names =
      packages_of({{"Order sync app user"},
                   {"Order sync app user"},
                   {"Old app user", false},
                   {"A package with a very long name, whose ending does not app us"},
                   {"Hidden app user", true, true}});
  EXPECT_EQ(names.active, std::vector<std::string>{"Order sync"});
  EXPECT_EQ(names.inactive, std::vector<std::string>{"Old"});
  EXPECT_EQ(names.cut_off.size(), 1u);
  EXPECT_EQ(names.system, 1u);
}

TEST(AccountUser, FaultsAndErrorsSayWhatToDo) {
  const auto fault = [](const std::string& said) {
    return enveloped("<soap:Fault><faultcode>q0:Security</faultcode><faultstring>" + said +
                     "</faultstring></soap:Fault>");
  };
  EXPECT_EQ(error_of(fault("Token Expired")).code, base::Code::kUnauthenticated);
  EXPECT_EQ(error_of(fault("Login Failed")).code, base::Code::kUnauthenticated);
  EXPECT_EQ(error_of(fault("AuthorizationFailure")).code, base::Code::kRefused);
  const base::Error right = error_of(reply_of("", "Error: API Permission Failed. Not yours"));
  EXPECT_EQ(right.code, base::Code::kForbidden);
  EXPECT_NE(right.detail.find("users_read"), std::string::npos);
  EXPECT_EQ(error_of(reply_of("", "Error: Unable to find a handler")).code, base::Code::kRefused);
  const base::Error noisy = error_of(fault("a\xe2\x80\xae" + std::string(10'000, 'b')));
  EXPECT_LT(noisy.detail.size(), 500u);
  EXPECT_EQ(noisy.detail.find("\xe2\x80\xae"), std::string::npos);
}

TEST(AccountUser, WhatIsNoReplyIsToldAsSuch) {
  const std::string whole = reply_of(user("Order sync app user"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(error_of(whole.substr(0, size)).code, base::Code::kCorrupt) << size;
  }
  for (const std::string text : {"<html>sign in</html>", "{}", "\xff\xfe<a/>"}) {
    EXPECT_EQ(error_of(text).code, base::Code::kCorrupt) << text;
  }
  EXPECT_EQ(error_of(enveloped("<CreateResponse/>")).code, base::Code::kCorrupt);
  EXPECT_NE(error_of(std::string(kMostSoapBytes + 1, ' ')).detail.find("larger than 8 MiB"),
            std::string::npos);
}

TEST(AccountUser, EntitiesAreNeitherDefinedNorFetched) {
  const std::string bomb =
      "<!DOCTYPE b [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">"
      "<!ENTITY f SYSTEM \"file:///etc/passwd\">]>";
  const base::Error error = error_of(bomb + enveloped("<x>&b;&f;</x>"));
  EXPECT_EQ(error.code, base::Code::kCorrupt);
  EXPECT_NE(error.detail.find("document type"), std::string::npos);
  EXPECT_EQ(error_of(reply_of(user("&unknown; app user"))).code, base::Code::kCorrupt);
}

TEST(AccountUser, TheRequestHoldsTheTokenAsTextAndTheIdOfThePageBefore) {
  const base::Secret token(std::string_view("a<b&c"));
  const base::Secret first = write_account_user_request(token, "");
  EXPECT_NE(first.reveal().find(">a&lt;b&amp;c</fueloauth>"), std::string_view::npos);
  EXPECT_NE(first.reveal().find("<QueryAllAccounts>true<"), std::string_view::npos);
  const base::Secret next = write_account_user_request(token, "r&1");
  EXPECT_NE(next.reveal().find("<ContinueRequest>r&amp;1<"), std::string_view::npos);
}

RC_GTEST_PROP(AccountUser, NoBytesMakeTheReaderFall, (const std::string& noise)) {
  const std::string whole = reply_of(user("Order sync app user"));
  const auto at = *rc::gen::inRange<std::size_t>(0, whole.size());
  std::string text = whole;
  text.replace(at, std::min<std::size_t>(noise.size(), whole.size() - at), noise);
  const auto page = read_account_user_reply(text);
  RC_ASSERT(page || !page.error().detail.empty());
}

}  // namespace
}  // namespace rekey::rotation
