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
    {"mage", "io_config.yaml", "default.client_secret",
     "default:\n  client_id: 'id'\n  client_secret: '@'\n  tenant_subdomain: t\n"},
    {"glue", "glue.json", "USER_MANAGED_CLIENT_APPLICATION_CLIENT_SECRET",
     "{\"USER_MANAGED_CLIENT_APPLICATION_CLIENT_SECRET\":\"@\"}"},
    {"logic_app", "workflow.json", "definition.actions.Token.inputs.body.client_secret",
     "{\"definition\":{\"actions\":{\"Token\":{\"inputs\":{\"method\":\"POST\",\"body\":{"
     "\"client_id\":\"[parameters('id')]\",\"client_secret\":\"@\"}}}}}}"},
    {"salesforce_core", "MCE.authprovider", "/AuthProvider/consumerSecret",
     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<AuthProvider xmlns=\"http://soap.example/\">\n"
     "    <consumerKey>id</consumerKey>\n    <consumerSecret>@</consumerSecret>\n"
     "</AuthProvider>\n"},
    {"commerce_cloud", "services.xml",
     "/services/service-credential[@service-credential-id='mce']/password",
     "<services>\n  <service-credential service-credential-id=\"other\"><password>same</password>\n"
     "  </service-credential>\n  <service-credential service-credential-id=\"mce\">\n"
     "    <user-id>id</user-id>\n    <password>@</password>\n  "
     "</service-credential>\n</services>\n"},
    {"drupal", "marketing_cloud.settings.yml", "client_secret",
     "client_id: id\nclient_secret: '@'\nvalidate_json: true\n"},
    {"heroku", "app.json", "env.SFMC_CLIENT_SECRET.value",
     "{\"env\":{\"SFMC_CLIENT_ID\":{\"value\":\"id\"},\"SFMC_CLIENT_SECRET\":{\"value\":\"@\"}}}"},
    {"compose", "compose.yaml", "services.sync.environment.SFMC_CLIENT_SECRET",
     "services:\n  sync:\n    image: sync:1\n    environment:\n      SFMC_CLIENT_ID: id\n"
     "      SFMC_CLIENT_SECRET: @\n"},
    {"dotenv_of_fuelsdk", ".env", "FUELSDK_CLIENT_SECRET",
     "FUELSDK_CLIENT_ID=id\nFUELSDK_CLIENT_SECRET='@' # of the package\n"},
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

struct Trap {
  std::string_view name;
  std::string_view file;
  std::string_view key;
  std::string_view text;
  std::string_view reason;  // a word of it
};

// What such files hold instead of a secret in clear text, and what cannot be told apart.
const Trap kTraps[] = {
    {"mulesoft_secure_properties", "mule.properties", "config-with-oauth.clientSecret",
     "config-with-oauth.clientSecret=![bm90IHJlYWw=]\n", "MuleSoft"},
    {"mulesoft_secure_yaml", "mule.yaml", "config-with-oauth.clientSecret",
     "config-with-oauth:\n  clientSecret: \"![bm90IHJlYWw=]\"\n", "MuleSoft"},
    {"ansible_vault", "vars.yml", "sfmc_client_secret",
     "sfmc_client_secret: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\n", "tag"},
    {"sops", "secrets.yaml", "client_secret",
     "client_secret: ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]\nsops:\n  version: "
     "3.8.1\n",
     "sops"},
    {"data_factory_vault", "linkedService.json", "properties.typeProperties.clientSecret.value",
     "{\"properties\":{\"typeProperties\":{\"clientSecret\":{\"type\":\"AzureKeyVaultSecret\","
     "\"store\":{},\"secretName\":\"n\"}}}}",
     "value"},
    {"logic_app_parameter", "workflow.json", "inputs.body.client_secret",
     "{\"inputs\":{\"body\":{\"client_secret\":\"@parameters('secret')\"}}}", "parameter"},
    {"github_actions", "deploy.yml", "env.SFMC_CLIENT_SECRET",
     "env:\n  SFMC_CLIENT_SECRET: ${{ secrets.SFMC_CLIENT_SECRET }}\n", "placeholder"},
    {"postman_vault", "mce.postman_environment.json", "values[key=et_clientSecret].value",
     "{\"values\":[{\"key\":\"et_clientSecret\",\"value\":\"{{vault:x}}\"}]}", "placeholder"},
    {"postman_twice", "mce.postman_environment.json", "values[key=et_clientSecret].value",
     "{\"values\":[{\"key\":\"et_clientSecret\",\"value\":\"a\"},"
     "{\"key\":\"et_clientSecret\",\"value\":\"b\"}]}",
     "et_clientSecret"},
    {"mcdev_twice", ".mcdev-auth.json", "cred1.client_secret",
     "{\"cred1\":{\"client_secret\":\"a\",\"client_secret\":\"b\"}}", "client_secret"},
    {"python_twice", "config.python", "Web Services.clientsecret",
     "[Web Services]\nclientsecret: a\nClientSecret: b\n", "clientsecret"},
    {"java_twice", "fuelsdk.properties", "clientSecret", "clientSecret=a\nclientSecret=b\n",
     "clientSecret"},
    {"anchored", "mage.yaml", "default.client_secret",
     "base: &base\n  client_secret: &s a\ndefault:\n  client_secret: *s\n", "alias"},
    {"merged", "mage.yaml", "default.client_secret",
     "base: &base\n  client_secret: a\ndefault:\n  <<: *base\n", "client_secret"},
};

void PrintTo(const Trap& trap, std::ostream* out) {
  *out << trap.name;
}

class FileTrap : public testing::TestWithParam<Trap> {};

TEST_P(FileTrap, is_neither_read_nor_written_and_the_reason_is_told) {
  const Trap& trap = GetParam();
  const Format* format = find_format(guess_format(trap.file));
  ASSERT_NE(format, nullptr);
  const auto read = read_value(*format, trap.text, trap.key);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().detail.find(trap.reason), std::string::npos) << read.error().detail;
  EXPECT_FALSE(replace_value(*format, trap.text, trap.key, "new"));
}

INSTANTIATE_TEST_SUITE_P(Documents, FileTrap, testing::ValuesIn(kTraps),
                         [](const auto& trap) { return std::string(trap.param.name); });
INSTANTIATE_TEST_SUITE_P(Documents, FileShape, testing::ValuesIn(kShapes),
                         [](const auto& shape) { return std::string(shape.param.name); });

}  // namespace
}  // namespace rekey::documents
