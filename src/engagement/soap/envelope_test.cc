#include "engagement/soap/envelope.h"

#include <gtest/gtest.h>

#include <string>

namespace rekey::engagement::soap {
namespace {

const base::Instant kNow = *base::parse_instant("2026-11-24T10:00:00Z");

Ids some_ids() {
  return Ids([](std::span<std::uint8_t> bytes) {
    for (std::uint8_t& byte : bytes) byte = 0x5a;
  });
}

TEST(Envelope, HeaderAndBodyComeInAnyOrderAndPrefixAndBothVersions) {
  for (const std::string text :
       {// sfmc-sdk: the body first, no prefixes.
        R"(<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>)"
        R"(<RetrieveRequestMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"/></Body><Header>)"
        R"(<fueloauth xmlns="http://exacttarget.com">t-1</fueloauth></Header></Envelope>)",
        // FuelSDK for Java: no namespace on the token.
        R"(<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">)"
        R"(<soapenv:Header><fueloauth>t-1</fueloauth></soapenv:Header><soapenv:Body>)"
        R"(<p:RetrieveRequestMsg xmlns:p="http://exacttarget.com/wsdl/partnerAPI"/>)"
        R"(</soapenv:Body></soapenv:Envelope>)",
        // FuelSDK for C#: SOAP 1.2 and WS-Addressing.
        R"(<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope")"
        R"( xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"><s:Header>)"
        R"(<a:Action s:mustUnderstand="1">Retrieve</a:Action><a:MessageID>urn:m</a:MessageID>)"
        R"(<fueloauth xmlns="http://exacttarget.com"> t-1 </fueloauth></s:Header><s:Body>)"
        R"(<RetrieveRequestMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"/></s:Body>)"
        R"(</s:Envelope>)"}) {
    const auto message = read_message(text);
    ASSERT_TRUE(message) << text;
    EXPECT_EQ(message->token, "t-1");
    EXPECT_EQ(message->request.name, "RetrieveRequestMsg");
    const bool is_12 = text.find("2003/05") != std::string::npos;
    EXPECT_EQ(message->version, is_12 ? SoapVersion::k12 : SoapVersion::k11);
    EXPECT_EQ(message->message_id, is_12 ? "urn:m" : "");
  }
}

TEST(Envelope, TwoTokensAreNone) {
  const auto message = read_message(
      R"(<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Header><fueloauth>a)"
      R"(</fueloauth><fueloauth>b</fueloauth></Header><Body><A/></Body></Envelope>)");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->token, "");
}

TEST(Envelope, WhatIsNoneIsTheClientsFault) {
  const auto kind_of = [](const std::string& text) {
    const auto message = read_message(text);
    return message ? std::string("none") : message.error().text;
  };
  EXPECT_NE(kind_of("{}").find("no SOAP envelope"), std::string::npos);
  EXPECT_NE(kind_of("<a/>").find("root"), std::string::npos);
  EXPECT_NE(kind_of("<Envelope/>").find("neither"), std::string::npos);
  const std::string open = R"(<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/">)";
  EXPECT_NE(kind_of(open + "</Envelope>").find("one element"), std::string::npos);
  EXPECT_NE(kind_of(open + "<Body/></Envelope>").find("one element"), std::string::npos);
  EXPECT_NE(kind_of(open + "<Body><A/><B/></Body></Envelope>").find("one element"),
            std::string::npos);
  EXPECT_NE(kind_of(open + "<x:Body xmlns:x=\"y\"><A/></x:Body></Envelope>").find("one element"),
            std::string::npos);
}

TEST(Envelope, AnswersHaveThePrefixThatClientsLookFor) {
  for (const SoapVersion version : {SoapVersion::k11, SoapVersion::k12}) {
    const auto response =
        answer_with(AnswerHeader{version, "RetrieveResponse", "urn:m", kNow}, "<A />", some_ids());
    EXPECT_EQ(response.status, 200);
    EXPECT_NE(response.body.find("<soap:Envelope "), std::string::npos);
    EXPECT_NE(response.body.find("<soap:Body><A /></soap:Body>"), std::string::npos);
    EXPECT_NE(response.body.find("<wsa:RelatesTo>urn:m</wsa:RelatesTo>"), std::string::npos);
    EXPECT_NE(response.body.find("<wsu:Expires>2026-11-24T10:05:00Z</wsu:Expires>"),
              std::string::npos);
    const auto root = read_xml(response.body);
    ASSERT_TRUE(root);
    EXPECT_EQ(root->space, version == SoapVersion::k11 ? XmlSpace::kSoap11 : XmlSpace::kSoap12);
    EXPECT_EQ(response.content_type, version == SoapVersion::k11
                                         ? "text/xml; charset=utf-8"
                                         : "application/soap+xml; charset=utf-8");
  }
}

TEST(Envelope, FaultsAreToldInTheirVersion) {
  Fault fault{FaultKind::kSecurity, "Token Expired", SoapVersion::k11, {}, 2};
  const auto told = answer_with(fault, "http://x/Service.asmx", kNow, some_ids());
  EXPECT_EQ(told.status, 500);
  EXPECT_NE(told.body.find(">q0:Security</faultcode><faultstring>Token Expired</faultstring>"
                           "<faultactor>http://x/Service.asmx</faultactor></soap:Fault>"),
            std::string::npos)
      << told.body;
  fault.version = SoapVersion::k12;
  const auto told_12 = answer_with(fault, "http://x/Service.asmx", kNow, some_ids());
  EXPECT_NE(told_12.body.find("<soap:Text xml:lang=\"en\">Token Expired</soap:Text>"),
            std::string::npos);
  EXPECT_NE(told_12.body.find("q0:Security"), std::string::npos);
  fault = {FaultKind::kServer, "a < b", SoapVersion::k11, {}, 2};
  const auto server = answer_with(fault, "x", kNow, some_ids());
  EXPECT_NE(server.body.find("<detail><apifault xmlns=\"urn:fault.partner.exacttarget.com\">"
                             "<Code>2</Code><Message>a &lt; b</Message></apifault></detail>"),
            std::string::npos)
      << server.body;
}

}  // namespace
}  // namespace rekey::engagement::soap
