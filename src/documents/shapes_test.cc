// The files in which programs for Marketing Cloud keep a client secret (contract 7.2, 5.2): each is
// edited, read again, and otherwise the same. The values are made here and belong to nobody.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "documents/document.h"

namespace rekey::documents {
namespace {

struct Shape {
  std::string_view name;
  std::string_view file;  // its format has to follow from this
  std::string_view key;
  std::string_view text;  // @ stands for the value
};

// The rotated value is that of the integration's own slot; what looks like it elsewhere stays.
const Shape kShapes[] = {
    {"mcdev", ".mcdev-auth.json", "cred1.client_secret",
     "{\n    \"cred1\": {\n        \"client_id\": \"id\",\n        \"client_secret\": \"@\",\n"
     "        \"auth_url\": \"https://t.auth.marketingcloudapis.com/\",\n"
     "        \"account_id\": 500000001\n    },\n    \"cred2\": {\"client_secret\": "
     "\"same\"}\n}\n"},
    {"older_mcdev", "auth.json", "credentials.cred1.clientSecret",
     "{\"credentials\":{\"cred1\":{\"clientId\":\"id\",\"clientSecret\":\"@\",\"tenant\":\"t\","
     "\"eid\":\"1\"}}}"},
    {"mcdata", ".mcdata-auth.json", "cred1.client_secret",
     "{\"cred1\":{\"client_id\":\"id\",\"client_secret\":\"@\",\"account_id\":1}}"},
    {"mcdev_session", "sessions.json", "/cred1~1BU/client_secret",
     "{\"cred1/BU\":{\"client_id\":\"id\",\"client_secret\":\"@\",\"expiration\":1.5e12,"
     "\"scope\":\"a b\"}}"},
    {"fuelsdk_python", "config.python", "Web Services.clientsecret",
     "[Web Services]\nappsignature: none\nclientid: id\nclientsecret: @\n"
     "[Auth Service]\nuseOAuth2Authentication: True\nclientsecret: same\n"},
    {"fuelsdk_java", "fuelsdk.properties", "clientSecret",
     "clientId=id\nclientSecret=@\nauthEndpoint=https\\://x/\nuseOAuth2Authentication=true\n"},
    {"fuelsdk_csharp", "App.config", "/configuration/fuelSDK/@clientSecret",
     "<?xml version=\"1.0\"?>\r\n<configuration>\r\n  <fuelSDK clientId=\"id\" "
     "clientSecret=\"@\"\r\n"
     "    appSignature=\"none\" authEndPoint=\"https://x/?a&amp;b\" />\r\n</configuration>\r\n"},
    {"fuelsdk_php", "config.php", "clientsecret",
     "<?php\nreturn array(\n  'clientid' => 'id',\n  'clientsecret' => '@',\n"
     "  'baseAuthUrl' => 'https://x/',\n  'sslverifypeer' => false\n);\n?>\n"},
    {"fuelsdk_ruby", "fuel.yml", "client.secret",
     "client:\n  id: id\n  secret: @   # keep\n  request_token_url: https://x/\n"},
    {"postman", "mce.postman_environment.json", "values[key=et_clientSecret].value",
     "{\"values\":[{\"key\":\"et_clientId\",\"value\":\"id\",\"enabled\":true},"
     "{\"key\":\"et_clientSecret\",\"value\":\"@\",\"enabled\":true}]}"},
    {"mulesoft_properties", "mule.properties", "config-with-oauth.clientSecret",
     "config-with-oauth.clientId=id\nconfig-with-oauth.clientSecret=@\n"},
    {"mulesoft_yaml", "mule.yaml", "config-with-oauth.clientSecret",
     "config-with-oauth:\n  clientId: \"id\"\n  clientSecret: \"@\"\n"},
    {"data_factory", "linkedService.json", "properties.typeProperties.clientSecret.value",
     "{\"properties\":{\"type\":\"SalesforceMarketingCloud\",\"typeProperties\":{"
     "\"clientId\":\"id\",\"clientSecret\":{\"type\":\"SecureString\",\"value\":\"@\"}}}}"},
    {"singer", "config.json", "client_secret",
     "{\"client_id\": \"id\", \"client_secret\": \"@\", \"tenant_subdomain\": \"t\"}\n"},
};

void PrintTo(const Shape& shape, std::ostream* out) {
  *out << shape.name;
}

std::string with(std::string_view text, std::string_view value) {
  const std::size_t at = text.find('@');
  return fmt::format("{}{}{}", text.substr(0, at), value, text.substr(at + 1));
}

class FileShape : public testing::TestWithParam<Shape> {};

TEST_P(FileShape, is_known_by_its_name_and_gets_a_new_value_and_no_other_byte) {
  const Shape& shape = GetParam();
  const Format* format = find_format(guess_format(shape.file));
  ASSERT_NE(format, nullptr);
  const std::string before = fmt::format("old_{}", std::string(20, 'o'));
  const std::string after = fmt::format("new_{}", std::string(60, 'n'));
  const std::string document = with(shape.text, before);
  const auto present = read_value(*format, document, shape.key);
  ASSERT_TRUE(present) << present.error().detail;
  EXPECT_EQ(present->reveal(), before);
  const auto edited = replace_value(*format, document, shape.key, after);
  ASSERT_TRUE(edited) << edited.error().detail;
  EXPECT_EQ(edited->reveal(), with(shape.text, after));
  EXPECT_EQ(read_value(*format, edited->reveal(), shape.key)->reveal(), after);
}

INSTANTIATE_TEST_SUITE_P(Documents, FileShape, testing::ValuesIn(kShapes),
                         [](const auto& shape) { return std::string(shape.param.name); });

}  // namespace
}  // namespace rekey::documents
