#include "documents/yaml.h"

#include <fmt/format.h>

#include <optional>

#include "base/text.h"
#include "documents/characters.h"
#include "documents/key_path.h"
#include "documents/position.h"
#include "documents/tree.h"
#include "documents/yaml_scalar.h"
#include "documents/yaml_scanner.h"

namespace rekey::documents {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Secret;

class YamlReading final : public Reading {
 public:
  explicit YamlReading(std::string_view document) : document_(document) {}
  [[nodiscard]] std::optional<Secret> name(const Node& node) const override {
    return decode_yaml(document_.substr(node.name_begin, node.name_end - node.name_begin));
  }
  [[nodiscard]] std::optional<Secret> value(const Node& node) const override {
    if (node.kind != Node::Kind::kString || node.refusal[0] != '\0') return std::nullopt;
    return decode_yaml(document_.substr(node.begin, node.end - node.begin));
  }

 private:
  std::string_view document_;
};

class Yaml final : public Format {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "yaml"; }

  [[nodiscard]] Result<Located> locate(std::string_view document,
                                       std::string_view key) const override {
    REKEY_TRY(const Path path, parse_path(key));
    REKEY_TRY(const Tree tree, scan_yaml(document));
    const YamlReading reading(document);
    return locate_string(tree, reading, document, path, key, "is no string; put it into quotes");
  }

  [[nodiscard]] Result<std::string> key_at(std::string_view document,
                                           std::size_t offset) const override {
    REKEY_TRY(const Tree tree, scan_yaml(document));
    return documents::key_at(tree, YamlReading(document), offset);
  }

  [[nodiscard]] Result<Secret> encode(std::string_view document, const Located& spot,
                                      std::string_view value) const override {
    if (!base::is_valid_utf8(value)) {
      return fail(Code::kInvalidArgument, "YAML cannot carry a value that is not UTF-8");
    }
    return encode_yaml(document.substr(spot.begin, spot.end - spot.begin), value,
                       is_ascii(without_mark(document)));
  }
};

}  // namespace

const Format& yaml_format() noexcept {
  static const Yaml format;
  return format;
}

}  // namespace rekey::documents
