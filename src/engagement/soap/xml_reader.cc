#include "engagement/soap/xml_reader.h"

#include <fmt/format.h>
#include <libxml/parser.h>

#include <limits>
#include <memory>
#include <mutex>
#include <utility>

namespace rekey::engagement::soap {

namespace {

using base::Code;
using base::fail;

constexpr std::string_view kSoap11 = "http://schemas.xmlsoap.org/soap/envelope/";
constexpr std::string_view kSoap12 = "http://www.w3.org/2003/05/soap-envelope";
constexpr std::string_view kInstance = "http://www.w3.org/2001/XMLSchema-instance";

std::string_view view(const xmlChar* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

std::string_view without_prefix(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

XmlSpace space_of(std::string_view uri) {
  if (uri.empty()) return XmlSpace::kNone;
  if (uri == kSoap11) return XmlSpace::kSoap11;
  return uri == kSoap12 ? XmlSpace::kSoap12 : XmlSpace::kOther;
}

// What the parser's calls build. Elements that are open lie on a stack and move to their parents
// when they close.
struct Builder {
  xmlParserCtxtPtr parser = nullptr;
  std::vector<XmlElement> open;
  std::size_t most = 0;  // elements
  std::size_t count = 0;
  XmlElement root;
  bool has_root = false;
  std::string_view problem;  // set once, with the parser stopped

  void stop(std::string_view why) {
    if (problem.empty()) problem = why;
    xmlStopParser(parser);
  }
  void add_text(const xmlChar* text, int size) {
    if (open.empty() || size <= 0) return;
    open.back().text.append(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  }
};

Builder& builder_of(void* context) {
  return *static_cast<Builder*>(context);
}

// libxml2 leaves "&amp;" as "&#38;" in the value of an attribute.
std::string with_ampersands(std::string_view value) {
  constexpr std::string_view kReference = "&#38;";
  std::string text;
  for (std::size_t at = value.find(kReference); at != std::string_view::npos;
       at = value.find(kReference)) {
    text.append(value.substr(0, at)).append("&");
    value.remove_prefix(at + kReference.size());
  }
  return text.append(value);
}

// Five pointers an attribute: name, prefix, namespace, beginning and end of its value.
void read_attributes(XmlElement& element, int count, const xmlChar** attributes) {
  for (int i = 0; i < count; ++i, attributes += 5) {
    const std::string_view value(reinterpret_cast<const char*>(attributes[3]),
                                 static_cast<std::size_t>(attributes[4] - attributes[3]));
    if (view(attributes[2]).empty()) {
      element.attributes.emplace_back(view(attributes[0]), with_ampersands(value));
    }
    if (view(attributes[2]) != kInstance) continue;
    if (view(attributes[0]) == "type") element.type = without_prefix(without_blanks(value));
    if (view(attributes[0]) == "nil") element.is_nil = value == "true" || value == "1";
  }
}

void on_start(void* context, const xmlChar* name, const xmlChar*, const xmlChar* uri, int,
              const xmlChar**, int attribute_count, int, const xmlChar** attributes) {
  Builder& builder = builder_of(context);
  if (!builder.problem.empty()) return;
  if (builder.open.size() >= kDeepestXml) return builder.stop("its elements are nested too deeply");
  if (++builder.count > builder.most) return builder.stop("it has too many elements");
  XmlElement element;
  element.space = space_of(view(uri));
  element.name = view(name);
  read_attributes(element, attribute_count, attributes);
  builder.open.push_back(std::move(element));
}

void on_end(void* context, const xmlChar*, const xmlChar*, const xmlChar*) {
  Builder& builder = builder_of(context);
  if (!builder.problem.empty() || builder.open.empty()) return;
  XmlElement closed = std::move(builder.open.back());
  builder.open.pop_back();
  if (builder.open.empty()) {
    builder.root = std::move(closed);
    builder.has_root = true;
  } else {
    builder.open.back().children.push_back(std::move(closed));
  }
}

void on_text(void* context, const xmlChar* text, int size) {
  builder_of(context).add_text(text, size);
}

void on_document_type(void* context, const xmlChar*, const xmlChar*, const xmlChar*) {
  builder_of(context).stop("it has a document type, which SOAP forbids");
}

xmlSAXHandler make_handler() {
  xmlSAXHandler handler{};
  handler.initialized = XML_SAX2_MAGIC;
  handler.startElementNs = on_start;
  handler.endElementNs = on_end;
  handler.characters = on_text;
  handler.ignorableWhitespace = on_text;
  handler.cdataBlock = on_text;
  handler.internalSubset = on_document_type;
  return handler;
}

struct FreeParser {
  void operator()(xmlParserCtxtPtr parser) const noexcept {
    if (parser->myDoc != nullptr) xmlFreeDoc(parser->myDoc);
    parser->myDoc = nullptr;
    xmlFreeParserCtxt(parser);
  }
};

}  // namespace

const XmlElement* XmlElement::child(std::string_view child_name) const noexcept {
  for (const XmlElement& one : children) {
    if (one.name == child_name) return &one;
  }
  return nullptr;
}

std::vector<const XmlElement*> XmlElement::all(std::string_view child_name) const {
  std::vector<const XmlElement*> found;
  for (const XmlElement& one : children) {
    if (one.name == child_name) found.push_back(&one);
  }
  return found;
}

std::string XmlElement::child_text(std::string_view child_name) const {
  const XmlElement* found = child(child_name);
  return found == nullptr ? std::string() : std::string(without_blanks(found->text));
}

std::string_view XmlElement::attribute(std::string_view attribute_name) const noexcept {
  for (const auto& [known, value] : attributes) {
    if (known == attribute_name) return value;
  }
  return {};
}

base::Result<XmlElement> read_xml(std::string_view bytes, std::size_t most_elements) {
  static std::once_flag is_ready;
  std::call_once(is_ready, xmlInitParser);
  // Else some of its errors go to the standard error stream, whatever the options. Of this thread.
  xmlSetStructuredErrorFunc(nullptr, [](void*, auto*) {});
  if (bytes.empty()) return fail(Code::kInvalidArgument, "it is empty");
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return fail(Code::kInvalidArgument, "it is too large");
  }
  Builder builder;
  builder.most = most_elements;
  xmlSAXHandler handler = make_handler();
  const std::unique_ptr<xmlParserCtxt, FreeParser> parser(
      xmlCreatePushParserCtxt(&handler, &builder, nullptr, 0, nullptr));
  if (parser == nullptr) return fail(Code::kInternal, "no memory for an XML parser");
  builder.parser = parser.get();
  xmlCtxtUseOptions(parser.get(), XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  xmlParseChunk(parser.get(), bytes.data(), static_cast<int>(bytes.size()), 1);
  if (!builder.problem.empty()) {
    return fail(Code::kInvalidArgument, std::string(builder.problem));
  }
  if (parser->wellFormed == 0 || parser->nsWellFormed == 0 || !builder.has_root) {
    return fail(Code::kInvalidArgument,
                fmt::format("it is not well-formed XML (line {})", parser->lastError.line));
  }
  return std::move(builder.root);
}

}  // namespace rekey::engagement::soap
