// Writes XML element by element. Every text is escaped; what XML 1.0 cannot carry, control
// characters above all, becomes U+FFFD. Nesting is checked by assertion.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rekey::engagement::soap {

class XmlWriter {
 public:
  // `name` and `attributes` (" xsi:type=\"…\"") are written as they are: the program's own words.
  XmlWriter& open(std::string_view name, std::string_view attributes = {});
  // <name xsi:type="type">; `type` may be a client's word.
  XmlWriter& open_typed(std::string_view name, std::string_view type);
  XmlWriter& close();
  XmlWriter& element(std::string_view name, std::string_view text);
  XmlWriter& element(std::string_view name, std::int64_t number);
  XmlWriter& truth(std::string_view name, bool is_true);
  XmlWriter& nil(std::string_view name);    // xsi:nil="true"
  XmlWriter& empty(std::string_view name);  // <name />
  // Writes `xml`, which must be well-formed, as it is.
  XmlWriter& raw(std::string_view xml);

  [[nodiscard]] std::string release();

 private:
  std::string text_;
  std::vector<std::string> open_;
};

// For text and for attribute values.
void append_xml_text(std::string& out, std::string_view text);

}  // namespace rekey::engagement::soap
