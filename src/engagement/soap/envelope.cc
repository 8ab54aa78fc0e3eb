#include "engagement/soap/envelope.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/text.h"
#include "engagement/soap/xml_writer.h"

namespace rekey::engagement::soap {

namespace {

constexpr std::string_view kSecuritySpace =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
constexpr std::string_view kUtilitySpace =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
constexpr std::string_view kAddressingSpace = "http://schemas.xmlsoap.org/ws/2004/08/addressing";
constexpr std::string_view kFaultSpace = "urn:fault.partner.exacttarget.com";
constexpr base::Duration kAnswerGoodFor = std::chrono::minutes{5};
constexpr std::size_t kLongestMessageId = 256;

tl::unexpected<Fault> client_fault(std::string text, SoapVersion version = SoapVersion::k11) {
  return tl::unexpected<Fault>(Fault{FaultKind::kClient, std::move(text), version, {}, 2});
}

// The token, where one header says it.
std::string token_of(const XmlElement& header) {
  std::string token;
  std::size_t count = 0;
  for (const XmlElement& one : header.children) {
    if (!base::equal_ignoring_case(one.name, "fueloauth")) continue;
    token = without_blanks(one.text);
    ++count;
  }
  return count == 1 ? token : std::string();
}

XmlElement* part_of(XmlElement& envelope, std::string_view name) {
  for (XmlElement& one : envelope.children) {
    if (one.name == name && one.space == envelope.space) return &one;
  }
  return nullptr;
}

void open_envelope(XmlWriter& xml, SoapVersion version) {
  const std::string_view space = version == SoapVersion::k11
                                     ? "http://schemas.xmlsoap.org/soap/envelope/"
                                     : "http://www.w3.org/2003/05/soap-envelope";
  xml.raw(R"(<?xml version="1.0" encoding="utf-8"?>)");
  xml.open("soap:Envelope",
           fmt::format(R"( xmlns:soap="{}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance")"
                       R"( xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:wsa="{}")"
                       R"( xmlns:wsse="{}" xmlns:wsu="{}")",
                       space, kAddressingSpace, kSecuritySpace, kUtilitySpace));
}

void write_header(XmlWriter& xml, const AnswerHeader& header, const Ids& ids) {
  const std::string asked(header.message_id.empty()
                              ? "urn:uuid:" + ids.guid()
                              : std::string(header.message_id.substr(0, kLongestMessageId)));
  const auto second = std::chrono::floor<std::chrono::seconds>(header.now);
  xml.open("soap:Header")
      .element("wsa:Action", header.action)
      .element("wsa:MessageID", "urn:uuid:" + ids.guid())
      .element("wsa:RelatesTo", asked)
      .element("wsa:To", fmt::format("{}/role/anonymous", kAddressingSpace))
      .open("wsse:Security")
      .open("wsu:Timestamp", fmt::format(R"( wsu:Id="Timestamp-{}")", ids.guid()))
      .element("wsu:Created", base::format_instant(second))
      .element("wsu:Expires", base::format_instant(second + kAnswerGoodFor))
      .close()
      .close()
      .close();
}

net::Response respond(int status, SoapVersion version, XmlWriter& xml) {
  net::Response response;
  response.status = status;
  response.content_type = version == SoapVersion::k11 ? "text/xml; charset=utf-8"
                                                      : "application/soap+xml; charset=utf-8";
  response.body = xml.release();
  return response;
}

std::string_view code_of(FaultKind kind, SoapVersion version) {
  switch (kind) {
    case FaultKind::kSecurity:
      return "q0:Security";
    case FaultKind::kClient:
      return version == SoapVersion::k11 ? "soap:Client" : "soap:Sender";
    case FaultKind::kVersion:
      return "soap:VersionMismatch";
    case FaultKind::kServer:
      break;
  }
  return version == SoapVersion::k11 ? "soap:Server" : "soap:Receiver";
}

void write_api_fault(XmlWriter& xml, const Fault& fault) {
  xml.open("apifault", fmt::format(R"( xmlns="{}")", kFaultSpace))
      .element("Code", fault.code)
      .element("Message", fault.text)
      .close();
}

void write_fault_11(XmlWriter& xml, const Fault& fault, std::string_view endpoint) {
  const std::string declared =
      fault.kind == FaultKind::kSecurity ? fmt::format(R"( xmlns:q0="{}")", kSecuritySpace) : "";
  xml.open("faultcode", declared).raw(code_of(fault.kind, fault.version)).close();
  xml.element("faultstring", fault.text).element("faultactor", endpoint);
  if (fault.kind != FaultKind::kServer) return;
  xml.open("detail");
  write_api_fault(xml, fault);
  xml.close();
}

// SOAP 1.2 has four codes of its own; what is more exact is a subcode (part 1 section 5.4).
void write_fault_12(XmlWriter& xml, const Fault& fault, std::string_view endpoint) {
  xml.open("soap:Code");
  if (fault.kind == FaultKind::kSecurity) {
    xml.element("soap:Value", "soap:Sender")
        .open("soap:Subcode")
        .open("soap:Value", fmt::format(R"( xmlns:q0="{}")", kSecuritySpace))
        .raw(code_of(fault.kind, fault.version))
        .close()
        .close();
  } else {
    xml.element("soap:Value", code_of(fault.kind, fault.version));
  }
  xml.close().open("soap:Reason").open("soap:Text", R"( xml:lang="en")");
  std::string text;
  append_xml_text(text, fault.text);
  xml.raw(text).close().close().element("soap:Node", endpoint);
  if (fault.kind != FaultKind::kServer) return;
  xml.open("soap:Detail");
  write_api_fault(xml, fault);
  xml.close();
}

}  // namespace

tl::expected<Message, Fault> read_message(std::string_view bytes) {
  auto root = read_xml(bytes);
  if (!root) {
    return client_fault(fmt::format("The request is no SOAP envelope: {}.", root.error().detail));
  }
  if (root->name != "Envelope") {
    return client_fault("The request is no SOAP envelope: its root is another element.");
  }
  Message message;
  if (root->space == XmlSpace::kSoap12) {
    message.version = SoapVersion::k12;
  } else if (root->space != XmlSpace::kSoap11) {
    return tl::unexpected<Fault>(Fault{FaultKind::kVersion,
                                       "The envelope's namespace is neither that of SOAP 1.1 nor "
                                       "that of SOAP 1.2.",
                                       SoapVersion::k11,
                                       {},
                                       2});
  }
  if (const XmlElement* header = part_of(*root, "Header")) {
    message.token = token_of(*header);
    message.message_id = header->child_text("MessageID");
  }
  XmlElement* body = part_of(*root, "Body");
  if (body == nullptr || body->children.size() != 1) {
    return client_fault("The envelope needs a body with one element.", message.version);
  }
  message.request = std::move(body->children.front());
  return message;
}

net::Response answer_with(const AnswerHeader& header, std::string_view body, const Ids& ids) {
  XmlWriter xml;
  open_envelope(xml, header.version);
  write_header(xml, header, ids);
  xml.open("soap:Body").raw(body).close().close();
  return respond(200, header.version, xml);
}

net::Response answer_with(const Fault& fault, std::string_view endpoint, base::Instant now,
                          const Ids& ids) {
  XmlWriter xml;
  open_envelope(xml, fault.version);
  AnswerHeader header{fault.version, {}, fault.message_id, now};
  const std::string action = fmt::format("{}/fault", kAddressingSpace);
  header.action = action;
  write_header(xml, header, ids);
  xml.open("soap:Body").open("soap:Fault");
  if (fault.version == SoapVersion::k11) {
    write_fault_11(xml, fault, endpoint);
  } else {
    write_fault_12(xml, fault, endpoint);
  }
  xml.close().close().close();
  constexpr int kFaultStatus = 500;
  return respond(kFaultStatus, fault.version, xml);
}

}  // namespace rekey::engagement::soap
