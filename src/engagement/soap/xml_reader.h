// The XML of a SOAP request as a tree, read by libxml2's parser without a document of its own.
//
// Refused before anything of it is looked at: a document type (SOAP 1.1 section 3, SOAP 1.2 part 1
// section 5), so that no entity is ever defined, expanded or fetched; what is not well-formed; more
// than kDeepestXml levels or `most_elements` elements. Any encoding that libxml2 knows is taken.
// Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engagement/text_rules.h"

namespace rekey::engagement::soap {

inline constexpr std::size_t kDeepestXml = 100;
inline constexpr std::size_t kMostXmlElements = 250'000;

// The namespaces that mean something here; prefixes do not.
enum class XmlSpace { kNone, kSoap11, kSoap12, kOther };

struct XmlElement {
  XmlSpace space = XmlSpace::kNone;
  std::string name;  // without its prefix
  std::string type;  // of xsi:type, without its prefix; empty where there is none
  bool is_nil = false;
  std::string text;                                             // its own, CDATA with it
  std::vector<std::pair<std::string, std::string>> attributes;  // those without a namespace
  std::vector<XmlElement> children;

  // The first child of that name, in any namespace; nullptr where there is none.
  [[nodiscard]] const XmlElement* child(std::string_view child_name) const noexcept;
  [[nodiscard]] std::vector<const XmlElement*> all(std::string_view child_name) const;
  // The text of that child without blanks around it; empty where there is none.
  [[nodiscard]] std::string child_text(std::string_view child_name) const;
  // The value of that attribute; empty where there is none.
  [[nodiscard]] std::string_view attribute(std::string_view attribute_name) const noexcept;
};

// The root. kInvalidArgument with a sentence, in which nothing of the document is repeated.
[[nodiscard]] base::Result<XmlElement> read_xml(std::string_view bytes,
                                                std::size_t most_elements = kMostXmlElements);

using engagement::without_blanks;

}  // namespace rekey::engagement::soap
