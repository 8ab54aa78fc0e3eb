// The files in which clients of Marketing Cloud keep a credential: contract section 7.2.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>
#include <vector>

#include "discovery/values_test_support.h"

namespace rekey::discovery {

struct Parts {
  std::string secret;
  std::string id;
  std::string host;  // "mc….auth.marketingcloudapis.com"
};

struct Shape {
  std::string path;
  std::function<std::string(const Parts&)> text;
};

// Contract section 7.2, in its order.
inline std::vector<Shape> file_shapes_1() {
  using P = const Parts&;
  return {
      {".mcdev-auth.json",
       [](P p) {
         return fmt::format(
             R"({{"cred1":{{"client_id":"{}","client_secret":"{}","auth_url":"https://{}/","account_id":5}}}})",
             p.id, p.secret, p.host);
       }},
      {"older.json",
       [](P p) {
         return fmt::format(
             R"({{"credentials":{{"c":{{"clientId":"{}","clientSecret":"{}","tenant":"x","eid":"1"}}}}}})",
             p.id, p.secret);
       }},
      {"config.python",
       [](P p) {
         return fmt::format(
             "[Web Services]\nappsignature: none\nclientid: {}\nclientsecret: "
             "{}\nauthenticationurl: "
             "https://{}\n",
             p.id, p.secret, p.host);
       }},
      {"fuelsdk.sh",
       [](P p) {
         return fmt::format("export FUELSDK_CLIENT_ID={}\nexport FUELSDK_CLIENT_SECRET={}\n", p.id,
                            p.secret);
       }},
      {"fuelsdk.properties",
       [](P p) {
         return fmt::format("clientId={}\nclientSecret={}\nauthEndpoint=https://{}/\n", p.id,
                            p.secret, p.host);
       }},
      {"App.config",
       [](P p) {
         return fmt::format(
             R"(<configuration><fuelSDK clientId="{}" clientSecret="{}" appSignature="none" authEndPoint="https://{}"/></configuration>)",
             p.id, p.secret, p.host);
       }},
      {"config.php",
       [](P p) {
         return fmt::format(
             "<?php return ['clientid' => '{}', 'clientsecret' => '{}', 'baseAuthUrl' => "
             "'https://{}'];",
             p.id, p.secret, p.host);
       }},
      {"fuel.yaml",
       [](P p) {
         return fmt::format("client:\n  id: {}\n  secret: {}\n  request_token_url: https://{}/v2\n",
                            p.id, p.secret, p.host);
       }},
  };
}

inline std::vector<Shape> file_shapes_2() {
  using P = const Parts&;
  return {
      {"x.postman_environment.json",
       [](P p) {
         return fmt::format(
             R"({{"values":[{{"key":"et_clientId","value":"{}","enabled":true}},{{"key":"et_clientSecret","value":"{}","enabled":true}}]}})",
             p.id, p.secret);
       }},
      {"mule.properties",
       [](P p) {
         return fmt::format(
             "config-with-oauth.clientId={}\nconfig-with-oauth.clientSecret={}\n"
             "config-with-oauth.authEndpoint=https://{}\n",
             p.id, p.secret, p.host);
       }},
      {"linked-service.json",
       [](P p) {
         return fmt::format(
             R"({{"properties":{{"type":"SalesforceMarketingCloud","typeProperties":{{"clientId":"{}","clientSecret":{{"type":"SecureString","value":"{}"}}}}}}}})",
             p.id, p.secret);
       }},
      {"logic-app.json",
       [](P p) {
         return fmt::format(
             R"({{"inputs":{{"body":{{"client_id":"{}","client_secret":"{}","grant_type":"client_credentials"}},"uri":"https://{}/v2/token"}}}})",
             p.id, p.secret, p.host);
       }},
      {"glue.json",
       [](P p) {
         return fmt::format(R"({{"USER_MANAGED_CLIENT_APPLICATION_CLIENT_SECRET":"{}"}})",
                            p.secret);
       }},
      {"io_config.yaml",
       [](P p) {
         return fmt::format("default:\n  client_id: {}\n  client_secret: {}\n", p.id, p.secret);
       }},
      {"segment.json",
       [](P p) {
         return fmt::format(R"({{"clientId":"{}","clientSecret":"{}","subDomain":"x"}})", p.id,
                            p.secret);
       }},
      {"cdata.txt",
       [](P p) {
         return fmt::format("OAuthClientId={};OAuthClientSecret={};Subdomain=x;", p.id, p.secret);
       }},
      {"devart.txt",
       [](P p) { return fmt::format("AppClientId={};AppClientSecret={}", p.id, p.secret); }},
  };
}

inline std::vector<Shape> file_shapes_3() {
  using P = const Parts&;
  return {
      {"MC.authprovider",
       [](P p) {
         return fmt::format(
             "<AuthProvider>\n    <consumerKey>{}</consumerKey>\n    "
             "<consumerSecret>{}</consumerSecret>\n"
             "</AuthProvider>\n",
             p.id, p.secret);
       }},
      {"services.xml",
       [](P p) {
         return fmt::format(
             "<credential id=\"sfmc\"><url>https://{}</url><user-id>{}</user-id>"
             "<password encrypted=\"false\">{}</password></credential>",
             p.host, p.id, p.secret);
       }},
      {"marketing_cloud.settings.yml",
       [](P p) {
         return fmt::format("client_id: '{}'\nclient_secret: '{}'\nbase_uri: 'https://{}'\n", p.id,
                            p.secret, p.host);
       }},
      {"page.amp.js",
       [](P p) {
         return fmt::format(
             "var clientId = \"{}\";\nvar clientSecret = "
             "\"{}\";\nHTTP.Post(\"https://{}/v2/token\"",
             p.id, p.secret, p.host);
       }},
      {"payload.js",
       [](P p) {
         return fmt::format(
             R"(var payload = '{{"client_id":"{}","client_secret":"{}","grant_type":"client_credentials"}}';)",
             p.id, p.secret);
       }},
      {"rows.csv",
       [](P p) {
         return fmt::format("Name,Value\nclientId,{}\nclientSecret,{}\n", p.id, p.secret);
       }},
      {"row.json",
       [](P p) { return fmt::format(R"([{{"Name":"clientSecret","Value":"{}"}}])", p.secret); }},
      {".env",
       [](P p) {
         return fmt::format("SFMC_CLIENT_ID={}\nSFMC_CLIENT_SECRET={}\nSFMC_SUBDOMAIN=x\n", p.id,
                            p.secret);
       }},
  };
}

inline std::vector<Shape> file_shapes_4() {
  using P = const Parts&;
  return {
      {"list.env",
       [](P p) {
         return fmt::format("SFMC_ID=a,{}\nSFMC_SECRET={},{}\n", p.id, std::string(24, 'q'),
                            p.secret);
       }},
      {"app.json",
       [](P p) {
         return fmt::format(R"({{"env":{{"SFMC_CLIENT_SECRET":{{"value":"{}"}}}}}})", p.secret);
       }},
      {"compose.yaml",
       [](P p) {
         return fmt::format("services:\n  a:\n    environment:\n      - MCE_SECRET={}\n", p.secret);
       }},
      {"secret.yaml",
       [](P p) {
         return fmt::format("kind: Secret\ndata:\n  client_id: {}\n  client_secret: {}\n",
                            base64_of(p.id), base64_of(p.secret));
       }},
      {"deployment.yaml",
       [](P p) {
         return fmt::format("env:\n  - name: SFMC_CLIENT_SECRET\n    value: \"{}\"\n", p.secret);
       }},
      {"prod.tfvars", [](P p) { return fmt::format("sfmc_client_secret = \"{}\"\n", p.secret); }},
      {"terraform.tfstate",
       [](P p) {
         return fmt::format(
             R"({{"attributes":{{"secret_string":"{{\"client_secret\":\"{}\"}}"}}}})", p.secret);
       }},
      {"airflow.env",
       [](P p) {
         return fmt::format("AIRFLOW_CONN_MCE=http://{}:{}@{}/?x=%2Fv2\n", p.id, p.secret, p.host);
       }},
      {"airflow.json",
       [](P p) { return fmt::format(R"({{"extra":"{{\"client_secret\": \"{}\"}}"}})", p.secret); }},
      {"curl.sh",
       [](P p) {
         return fmt::format("curl -u {}:{} https://{}/v2/token\n", p.id, p.secret, p.host);
       }},
      {"form.txt",
       [](P p) {
         return fmt::format("grant_type=client_credentials&client_id={}&client_secret={}", p.id,
                            p.secret);
       }},
      {"request.http",
       [](P p) {
         return fmt::format("Authorization: Basic {}\r\n", base64_of(p.id + ":" + p.secret));
       }},
  };
}

// The same values, as quoted texts of YAML and of shells may hold them.
inline std::vector<Shape> file_shapes_5() {
  using P = const Parts&;
  return {
      {"folded.yaml",
       [](P p) {
         return fmt::format("sfmc:\n  client_id: \"{}\"\n  client_secret: \"{}\"\n", p.id,
                            folded_of(p.secret));
       }},
      {"folded-after-its-quote.yaml",
       [](P p) {
         return fmt::format("sfmc:\r\n  client_secret: \"\\\r\n    {}\\\r\n    \"\r\n", p.secret);
       }},
      {"long-escapes.yaml",
       [](P p) {
         return fmt::format("sfmc:\n  client_id: {}\n  client_secret: \"{}\"\n", p.id,
                            escaped_of(p.secret, "\\U000000", ""));
       }},
      {"octal.sh",
       [](P p) {
         return fmt::format("export SFMC_CLIENT_ID=$'{}' SFMC_CLIENT_SECRET=$'{}'\n",
                            octal_of(p.id), octal_of(p.secret));
       }},
      {"hexadecimal.sh",
       [](P p) {
         return fmt::format("export SFMC_CLIENT_SECRET=$'{}'\n", escaped_of(p.secret, "\\x", ""));
       }},
      {"unicode.sh",
       [](P p) {
         return fmt::format("SFMC_CLIENT_SECRET=$'{}'\n", escaped_of(p.secret, "\\u00", ""));
       }},
  };
}

inline std::vector<Shape> file_shapes() {
  std::vector<Shape> all;
  for (const auto& some :
       {file_shapes_1(), file_shapes_2(), file_shapes_3(), file_shapes_4(), file_shapes_5()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

}  // namespace rekey::discovery
