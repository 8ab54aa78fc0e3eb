#include "rotation/soap/account_user.h"

#include <fmt/format.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include <algorithm>
#include <memory>

#include "base/printable.h"
#include "base/text.h"

namespace rekey::rotation {
namespace {

using base::Code;

constexpr std::string_view kEnding = " app user";
constexpr std::size_t kLongestQuote = 300;

struct FreeDocument {
  void operator()(xmlDocPtr document) const noexcept { xmlFreeDoc(document); }
};
using Document = std::unique_ptr<xmlDoc, FreeDocument>;

void append_xml(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
}

// By its local name: servers differ in their prefixes.
const xmlNode* child(const xmlNode* node, std::string_view name) {
  if (node == nullptr) return nullptr;
  for (const xmlNode* one = node->children; one != nullptr; one = one->next) {
    if (one->type != XML_ELEMENT_NODE) continue;
    if (reinterpret_cast<const char*>(one->name) == name) return one;
  }
  return nullptr;
}

std::string text_of(const xmlNode* node) {
  std::string text;
  if (node == nullptr) return text;
  for (const xmlNode* part = node->children; part != nullptr; part = part->next) {
    const bool is_text = part->type == XML_TEXT_NODE || part->type == XML_CDATA_SECTION_NODE;
    if (is_text && part->content != nullptr) text += reinterpret_cast<const char*>(part->content);
  }
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string quoted(std::string text) {
  if (text.size() > kLongestQuote) {
    std::size_t end = kLongestQuote;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text = text.substr(0, end) + "…";
  }
  return base::escape_hidden(text, base::EscapeForm::kBraces);
}

bool holds(std::string_view text, std::string_view part) {
  const auto found =
      std::search(text.begin(), text.end(), part.begin(), part.end(),
                  [](char a, char b) { return base::to_lower(a) == base::to_lower(b); });
  return found != text.end();
}

// faultstring says it to people (contract section 4.9).
tl::unexpected<base::Error> as_error(const xmlNode& fault) {
  std::string said = text_of(child(&fault, "faultstring"));
  if (said.empty()) said = text_of(child(child(&fault, "Reason"), "Text"));
  if (said.empty()) said = "no reason given";
  if (holds(said, "token expired") || holds(said, "login failed")) {
    return base::fail(Code::kUnauthenticated,
                      fmt::format("Marketing Cloud does not take the access token ({}); get a new "
                                  "one of the same tenant, it works for 20 minutes",
                                  quoted(said)));
  }
  return base::fail(Code::kRefused,
                    fmt::format("Marketing Cloud answers with a fault: {}", quoted(said)));
}

tl::unexpected<base::Error> as_error(const std::string& overall_status) {
  if (holds(overall_status, "permission")) {
    return base::fail(Code::kForbidden,
                      fmt::format("Marketing Cloud says \"{}\": give the integration of the token "
                                  "the right to read users (most likely users_read: Provisioning, "
                                  "Users, Read) in Setup, wait 5 minutes and get a new token",
                                  quoted(overall_status)));
  }
  return base::fail(Code::kRefused,
                    fmt::format("Marketing Cloud says \"{}\"; users are told in the top business "
                                "unit only: ask with a token of it (--account-id)",
                                quoted(overall_status)));
}

tl::unexpected<base::Error> not_whole(std::string_view what) {
  return base::fail(Code::kCorrupt,
                    fmt::format("the answer is no SOAP reply of Marketing Cloud: {}; look whether "
                                "the address is its SOAP Base URI, and try again",
                                what));
}

base::Result<Document> parse(std::string_view body) {
  if (body.size() > kMostSoapBytes) {
    return not_whole(fmt::format("it is larger than {} MiB", kMostSoapBytes / (1024 * 1024)));
  }
  if (!base::is_valid_utf8(body)) return not_whole("it is not UTF-8");
  // What can define entities is not even parsed: SOAP 1.1 section 3 allows none.
  if (body.find("<!DOCTYPE") != std::string_view::npos) {
    return not_whole("it has a document type, which SOAP forbids");
  }
  constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
  Document document(
      xmlReadMemory(body.data(), static_cast<int>(body.size()), nullptr, "UTF-8", kOptions));
  if (document == nullptr) return not_whole("it is not whole XML");
  if (document->intSubset != nullptr) return not_whole("it has a document type");
  return document;
}

}  // namespace

base::Secret write_account_user_request(const base::Secret& token, std::string_view continues) {
  std::string text;
  text.reserve(4096 + 4 * token.size_bytes());  // so that no copy of the token stays behind
  text += R"(<?xml version="1.0" encoding="UTF-8"?>)"
          R"(<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/")"
          R"( xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">)"
          R"(<s:Header><fueloauth xmlns="http://exacttarget.com">)";
  append_xml(text, token.reveal());
  text +=
      R"(</fueloauth></s:Header><s:Body>)"
      R"(<RetrieveRequestMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"><RetrieveRequest>)"
      R"(<ObjectType>AccountUser</ObjectType>)"
      R"(<Properties>ID</Properties><Properties>Name</Properties><Properties>Email</Properties>)"
      R"(<Properties>ActiveFlag</Properties><Properties>MustChangePassword</Properties>)"
      R"(<Filter xsi:type="ComplexFilterPart"><LeftOperand xsi:type="SimpleFilterPart">)"
      R"(<Property>Email</Property><SimpleOperator>isNull</SimpleOperator></LeftOperand>)"
      R"(<LogicalOperator>OR</LogicalOperator><RightOperand xsi:type="SimpleFilterPart">)"
      R"(<Property>Name</Property><SimpleOperator>like</SimpleOperator>)"
      R"(<Value>app user</Value></RightOperand></Filter>)";
  if (continues.empty()) {
    text += "<QueryAllAccounts>true</QueryAllAccounts>";
  } else {
    text += "<ContinueRequest>";
    append_xml(text, continues);
    text += "</ContinueRequest>";
  }
  text += "</RetrieveRequest></RetrieveRequestMsg></s:Body></s:Envelope>";
  return base::Secret::take(std::move(text));
}

base::Result<AccountUserPage> read_account_user_reply(std::string_view body) {
  REKEY_TRY(const Document document, parse(body));
  const xmlNode* envelope = xmlDocGetRootElement(document.get());
  const xmlNode* soap_body = child(envelope, "Body");
  if (soap_body == nullptr) return not_whole("it has no SOAP body");
  if (const xmlNode* fault = child(soap_body, "Fault")) return as_error(*fault);
  const xmlNode* reply = child(soap_body, "RetrieveResponseMsg");
  if (reply == nullptr) return not_whole("it answers another call");
  const std::string status = text_of(child(reply, "OverallStatus"));
  AccountUserPage page;
  page.has_more = status == "MoreDataAvailable";
  page.request_id = text_of(child(reply, "RequestID"));
  if (status != "OK" && !page.has_more) return as_error(status);
  if (page.has_more && page.request_id.empty()) return not_whole("more is to come, without an id");
  for (const xmlNode* one = reply->children; one != nullptr; one = one->next) {
    if (one->type != XML_ELEMENT_NODE) continue;
    if (reinterpret_cast<const char*>(one->name) != std::string_view("Results")) continue;
    ServiceUser user;
    user.name = text_of(child(one, "Name"));
    if (user.name.empty()) continue;
    // A person's name may end like that too.
    if (!text_of(child(one, "Email")).empty() && !user.name.ends_with(kEnding)) continue;
    user.is_active = text_of(child(one, "ActiveFlag")) != "false";
    user.must_change_password = text_of(child(one, "MustChangePassword")) == "true";
    page.users.push_back(std::move(user));
  }
  return page;
}

PackageNames packages_of(const std::vector<ServiceUser>& users) {
  PackageNames names;
  const auto add = [](std::vector<std::string>& list, std::string name) {
    if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(std::move(name));
  };
  for (const ServiceUser& user : users) {
    if (user.must_change_password) {
      ++names.system;
    } else if (!user.name.ends_with(kEnding) || user.name.size() == kEnding.size()) {
      add(names.cut_off, user.name);
    } else {
      const std::string package = user.name.substr(0, user.name.size() - kEnding.size());
      add(user.is_active ? names.active : names.inactive, package);
    }
  }
  return names;
}

}  // namespace rekey::rotation
