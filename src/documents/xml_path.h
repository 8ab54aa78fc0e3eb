// The key of a value in an XML document: a part of XPath.
//
//   /configuration/fuelSDK/@clientSecret           an attribute
//   /services/credential[@id='sfmc']/password      the text of an element
//   /list/item[2]/name                             the second of the items, counted from 1
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rekey::documents {

// One of the two: the element has this attribute, or it is the index-th that fits so far.
struct XmlPredicate {
  std::string attribute;
  std::string value;
  std::size_t index = 0;  // 0: by the attribute
};

struct XmlStep {
  std::string name;  // with its prefix, as written
  std::vector<XmlPredicate> predicates;
};

struct XmlPath {
  std::vector<XmlStep> steps;
  std::string attribute;  // empty: the element's text
};

// kInvalidArgument for any other XPath.
[[nodiscard]] base::Result<XmlPath> parse_xml_path(std::string_view key);

// Paths to the attribute or text that holds the byte at `offset`, the shortest first: without
// predicates, and with the index of each element among its namesakes. Reads tags alone and checks
// nothing. Empty where no value is there.
[[nodiscard]] std::vector<std::string> xml_ways_to(std::string_view document, std::size_t offset);

// Whether the byte may stand in a name (XML 1.0 section 2.3; all of what is not ASCII is taken).
[[nodiscard]] bool is_xml_name_byte(char c, bool is_first) noexcept;

}  // namespace rekey::documents
