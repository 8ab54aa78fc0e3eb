// For tests of the SOAP endpoint: tokens that mean callers, envelopes, and answers that are checked
// against the schema of the WSDL that is served.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <libxml/xmlschemas.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "engagement/api_test_support.h"
#include "engagement/soap/envelope.h"
#include "engagement/soap/wsdl_files.h"
#include "engagement/soap/xml_reader.h"

namespace rekey::engagement::soap {

// The schema in the WSDL; made once, because it is large.
class Schema {
 public:
  [[nodiscard]] static const Schema& get() {
    static const Schema kSchema;
    return kSchema;
  }
  // What is wrong with the element in the envelope's body; empty where nothing is.
  [[nodiscard]] std::string problem_of(const std::string& envelope) const {
    const Document document(xmlReadMemory(envelope.data(), static_cast<int>(envelope.size()),
                                          nullptr, nullptr, XML_PARSE_NONET));
    if (document == nullptr) return "it is not well-formed";
    xmlNodePtr body = xmlLastElementChild(xmlDocGetRootElement(document.get()));
    xmlNodePtr element = body == nullptr ? nullptr : xmlFirstElementChild(body);
    if (element == nullptr) return "its body is empty";
    if (std::string_view(reinterpret_cast<const char*>(element->name)) == "Fault") return {};
    const std::unique_ptr<xmlSchemaValidCtxt, decltype(&xmlSchemaFreeValidCtxt)> validator(
        xmlSchemaNewValidCtxt(schema_), xmlSchemaFreeValidCtxt);
    std::string problem;
    xmlSchemaSetValidErrors(validator.get(), &keep, &keep, &problem);
    const int result = xmlSchemaValidateOneElement(validator.get(), element);
    return result == 0 ? std::string() : fmt::format("{} ({})", problem, result);
  }

 private:
  struct FreeDocument {
    void operator()(xmlDocPtr document) const noexcept { xmlFreeDoc(document); }
  };
  using Document = std::unique_ptr<xmlDoc, FreeDocument>;

  Schema() {
    std::string text(kEtframeworkWsdl);
    const std::size_t begin = text.find("<schema ");
    const std::size_t end = text.find("</schema>") + std::string_view("</schema>").size();
    text = text.substr(begin, end - begin);
    xmlSchemaParserCtxtPtr parser =
        xmlSchemaNewMemParserCtxt(text.data(), static_cast<int>(text.size()));
    schema_ = xmlSchemaParse(parser);
    xmlSchemaFreeParserCtxt(parser);
    if (schema_ == nullptr) ADD_FAILURE() << "the WSDL's schema is none";
  }
  ~Schema() { xmlSchemaFree(schema_); }

  static void keep(void* context, const char* format, ...) {
    std::array<char, 512> line{};
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(line.data(), line.size(), format, arguments);
    va_end(arguments);
    static_cast<std::string*>(context)->append(line.data());
  }

  xmlSchemaPtr schema_ = nullptr;
};

inline std::string envelope(const std::string& body, const std::string& token = "all") {
  return fmt::format(R"(<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/")"
                     R"( xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><s:Header>)"
                     R"(<fueloauth xmlns="http://exacttarget.com">{}</fueloauth></s:Header>)"
                     "<s:Body>{}</s:Body></s:Envelope>",
                     token, body);
}

inline std::string retrieve_request(const std::string& type,
                                    const std::vector<std::string>& properties,
                                    const std::string& more = {}) {
  std::string names;
  for (const std::string& name : properties) names += "<Properties>" + name + "</Properties>";
  return fmt::format(
      R"(<RetrieveRequestMsg xmlns="{}"><RetrieveRequest><ObjectType>{}</ObjectType>)"
      "{}{}</RetrieveRequest></RetrieveRequestMsg>",
      kPartnerSpace, type, names, more);
}

inline std::string equals(const std::string& property, const std::string& value,
                          const std::string& comparison = "equals") {
  return fmt::format(R"(<Filter xsi:type="SimpleFilterPart"><Property>{}</Property>)"
                     "<SimpleOperator>{}</SimpleOperator><Value>{}</Value></Filter>",
                     property, comparison, value);
}

// verb: "Create", "Update", "Delete"
inline std::string write_request(const std::string& verb, const std::string& type,
                                 const std::string& content, const std::string& options = {}) {
  return fmt::format(
      R"(<{0}Request xmlns="{1}">{4}<Objects xsi:type="{2}">{3}</Objects></{0}Request>)", verb,
      kPartnerSpace, type, content, options);
}

inline const std::string kUpdateAdd =
    "<Options><SaveOptions><SaveOption><PropertyName>*</PropertyName>"
    "<SaveAction>UpdateAdd</SaveAction></SaveOption></SaveOptions></Options>";

struct SoapTold {
  int status = 0;
  std::string text;
  net::Response response;
  XmlElement body;  // the element in it

  // "Results.Object.ID": the text there; "(none)" where there is nothing. "Results#2" is the third.
  [[nodiscard]] std::string at(std::string_view path) const {
    const XmlElement* element = &body;
    while (!path.empty()) {
      const std::size_t dot = std::min(path.find('.'), path.size());
      std::string name(path.substr(0, dot));
      path.remove_prefix(std::min(dot + 1, path.size()));
      std::size_t index = 0;
      if (const std::size_t mark = name.find('#'); mark != std::string::npos) {
        index = std::stoul(name.substr(mark + 1));
        name.resize(mark);
      }
      const auto found = element->all(name);
      if (index >= found.size()) return "(none)";
      element = found[index];
    }
    return element->is_nil ? "nil" : element->text;
  }
  [[nodiscard]] std::size_t count(std::string_view name) const { return body.all(name).size(); }
  // The texts of that property in all Results.
  [[nodiscard]] std::vector<std::string> all(const std::string& property) const {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count("Results"); ++i) {
      texts.push_back(at(fmt::format("Results#{}.{}", i, property)));
    }
    return texts;
  }
};

class SoapTest : public ApiTest {
 protected:
  [[nodiscard]] static std::string every_scope() {
    return "data_extensions_read data_extensions_write list_and_subscribers_read "
           "list_and_subscribers_write tracking_events_read accounts_read users_read "
           "email_read email_write email_send";
  }
  void adjust(ApiOptions& options) override {
    options.identify = [](std::string_view token, base::Instant) {
      Identified identified;
      if (token == "all") identified.caller = caller_with(every_scope());
      if (token == "other") identified.caller = caller_with(every_scope(), kOtherUnit);
      if (token == "nothing") identified.caller = caller_with("offline");
      identified.has_expired = token == "old";
      return identified;
    };
    options.ask_packages = [] {
      return std::vector<PackageFacts>{
          {7, "Order sync", "abcdefgh0123456789ijklmn", true, kUnit, {kUnit, kOtherUnit}, {}},
          {9, "Old", "zzzzefgh0123456789ijklmn", false, kOtherUnit, {kOtherUnit}, {}}};
    };
  }

  // Every answer is checked against the schema.
  [[nodiscard]] SoapTold send(const std::string& text) {
    const Told told = ask_as(std::nullopt, net::Method::kPost, "/Service.asmx", text);
    SoapTold soap{told.status, told.text, told.response, {}};
    EXPECT_EQ(Schema::get().problem_of(told.text), "") << told.text;
    const auto root = read_xml(told.text);
    if (!root || root->child("Body") == nullptr || root->child("Body")->children.empty()) {
      ADD_FAILURE() << told.text;
      return soap;
    }
    soap.body = root->child("Body")->children.front();
    return soap;
  }
  [[nodiscard]] SoapTold ask_soap(const std::string& body, const std::string& token = "all") {
    return send(envelope(body, token));
  }
  [[nodiscard]] SoapTold retrieve(const std::string& type,
                                  const std::vector<std::string>& properties,
                                  const std::string& more = {}, const std::string& token = "all") {
    return ask_soap(retrieve_request(type, properties, more), token);
  }
  // A contact with an address.
  [[nodiscard]] SoapTold subscribe(const std::string& key, const std::string& more = {}) {
    return ask_soap(write_request("Create", "Subscriber",
                                  fmt::format("<EmailAddress>{0}@example.org</EmailAddress>"
                                              "<SubscriberKey>{0}</SubscriberKey>{1}",
                                              key, more)));
  }
};

}  // namespace rekey::engagement::soap
