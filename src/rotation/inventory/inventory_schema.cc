#include "rotation/inventory/inventory_schema.h"

#include <fmt/format.h>

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "net/json.h"
#include "rotation/inventory/inventory_keys.h"

namespace rekey::rotation {
namespace {

namespace keys = inventory_keys;

// A scalar without quotes is a text to the reader, whatever YAML makes of it.
constexpr std::string_view kText = R"("type":["string","number","boolean"],"minLength":1)";
// That of other issuers is of another form, and which it is follows from the kind of the issuer.
constexpr std::string_view kClientId =
    R"("type":"string","pattern":"^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,127}$")";
constexpr std::string_view kSlot = R"("type":["string","number"],"pattern":"^(-|[A-Za-z0-9]{6})$")";
constexpr std::string_view kInstant =
    R"("type":["string","null"],"pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}")";
constexpr std::string_view kDuration = R"("type":"string","pattern":"^([0-9]+(ms|s|m|h|d))+$")";

std::string quoted(std::string_view text) {
  std::string out;
  net::append_json_string(out, text);
  return out;
}

std::string list_of(std::span<const std::string_view> names) {
  std::vector<std::string> out;
  for (const std::string_view name : names) out.push_back(quoted(name));
  return fmt::format("[{}]", fmt::join(out, ","));
}

std::string ref_to(std::string_view name) {
  return fmt::format(R"("$ref":"#/$defs/{}")", name);
}

std::string number_up_to(std::int64_t most) {
  return fmt::format(R"("type":"integer","minimum":1,"maximum":{})", most);
}

std::string list_of_mappings(const InventoryKey& key) {
  return fmt::format(R"("type":"array","minItems":1,"maxItems":{},"items":{{{}}})", key.most,
                     ref_to(key.table->name));
}

// Of the forms that only workflows have.
std::string rule_of_step_key(const InventoryKey& key) {
  const auto text_map = [](std::string_view names) {
    return fmt::format(R"("type":"object","propertyNames":{{"pattern":{}}},)"
                       R"("additionalProperties":{{{}}})",
                       quoted(names), kText);
  };
  const std::string status = fmt::format(R"("type":"integer","minimum":{},"maximum":{})",
                                         keys::kFirstStatus, keys::kLastStatus);
  switch (key.form) {
    case KeyForm::kBoolean:
      return R"("type":"boolean")";
    case KeyForm::kStepUrl:
      return fmt::format(R"("type":"string","pattern":{})", quoted(keys::kUrlPattern));
    case KeyForm::kHeaders:
      return text_map(keys::kHeaderPattern);
    case KeyForm::kCaptures:
      return text_map(keys::kCapturePattern);
    case KeyForm::kBody:
      return R"("type":["string","number","boolean","object","array"],"minLength":1)";
    case KeyForm::kStatuses:
      return fmt::format(R"("if":{{"type":"array"}},"then":{{"minItems":1,"items":{{{0}}}}},)"
                         R"("else":{{{0}}})",
                         status);
    case KeyForm::kJsonChecks:
      return fmt::format(
          R"("type":"object","minProperties":1,"additionalProperties":{{"if":{{"type":"object"}},)"
          R"("then":{{{}}},"else":{{"type":["string","number","boolean","null"]}}}})",
          ref_to(key.table->name));
    case KeyForm::kParameters:
      return R"("type":"object","additionalProperties":{"if":{"type":"object"},"then":)"
             R"({"additionalProperties":{"type":["string","number","boolean"]}},"else":)"
             R"({"type":["string","number","boolean"]}})";
    case KeyForm::kWorkflows:
      return fmt::format(R"("type":"array","minItems":1,"maxItems":{},"items":{{"if":)"
                         R"({{"type":"object","required":["use"]}},"then":{{{}}},"else":{{{}}}}})",
                         key.most, ref_to(keys::kBuiltInWorkflow.name), ref_to(key.table->name));
    default:
      return {};
  }
}

// The members of its schema, but for the description.
std::string rule_of(const InventoryKey& key) {
  switch (key.form) {
    case KeyForm::kVersion:
      return R"("const":1)";
    case KeyForm::kText:
      return std::string(kText);
    case KeyForm::kName:
      return fmt::format(R"("type":["string","number","boolean"],"pattern":{})",
                         quoted(keys::kNamePattern));
    case KeyForm::kClientId:
      return std::string(kClientId);
    case KeyForm::kSlot:
      return std::string(kSlot);
    case KeyForm::kInstant:
      return std::string(kInstant);
    case KeyForm::kNumber:
      return number_up_to(key.most);
    case KeyForm::kDuration:
      return std::string(kDuration);
    case KeyForm::kChoice:
      return "\"enum\":" + list_of(key.choices);
    case KeyForm::kYes:
      return R"("const":true)";
    case KeyForm::kTexts:
      return fmt::format(R"("type":"array","items":{{{}}})", kText);
    case KeyForm::kCommand:
      return fmt::format(R"("type":"array","minItems":1,"prefixItems":[{{{}}}],)"
                         R"("items":{{"type":["string","number","boolean"]}})",
                         kText);
    case KeyForm::kMapping:
      return ref_to(key.table->name);
    case KeyForm::kMappings:
      return list_of_mappings(key);
    case KeyForm::kMaybeEmpty:
      return fmt::format(R"("type":["array","null"],"maxItems":{},"items":{{{}}})", key.most,
                         ref_to(key.table->name));
    case KeyForm::kAnyMappings:
      return fmt::format(R"("type":"array","items":{{{}}})", ref_to(key.table->name));
    case KeyForm::kReload:
      return fmt::format(R"("if":{{"type":"object"}},"then":{{{}}},"else":{{"const":{}}})",
                         ref_to(key.table->name), quoted(keys::kPerCall));
    case KeyForm::kIssuer:
      return ref_to("issuer");
    case KeyForm::kNamedIssuers:
      return fmt::format(R"("type":"object","minProperties":1,"propertyNames":{{"pattern":{}}},)"
                         R"("additionalProperties":{{{}}})",
                         quoted(keys::kNamePattern), ref_to("issuer"));
    case KeyForm::kSink:
      return ref_to("sink");
    case KeyForm::kSinks:
      return fmt::format(R"("type":"array","minItems":1,"maxItems":{},"items":{{{}}})", key.most,
                         ref_to("sink"));
    case KeyForm::kProbe:
      return ref_to("probe");
    case KeyForm::kUsageSources:
      return fmt::format(R"("type":"array","maxItems":{},"items":{{{}}})", key.most,
                         ref_to("usage_source"));
    default:
      return rule_of_step_key(key);
  }
}

std::string rule_of(const KeySpec& key) {
  switch (key.type) {
    case KeyType::kText:
    case KeyType::kPath:
      return std::string(kText);
    case KeyType::kChoice:
      return "\"enum\":" + list_of(key.choices);
    case KeyType::kNumber:
      return number_up_to(key.most);
    case KeyType::kDuration:
      return std::string(kDuration);
    case KeyType::kWords:
    case KeyType::kTexts:
      return fmt::format(R"("type":"array","minItems":1,"items":{{{}}})", kText);
  }
  return {};
}

struct Property {
  std::string_view name;
  std::string_view help;
  std::string rule;
  bool is_required = false;
};

std::string object_of(const std::vector<Property>& properties) {
  std::vector<std::string> needed;
  std::vector<std::string> members;
  for (const Property& one : properties) {
    if (one.is_required) needed.push_back(quoted(one.name));
    members.push_back(
        fmt::format(R"({}:{{"description":{},{}}})", quoted(one.name), quoted(one.help), one.rule));
  }
  std::string out = R"("type":"object","additionalProperties":false)";
  if (!needed.empty()) out += fmt::format(R"(,"required":[{}])", fmt::join(needed, ","));
  return out + fmt::format(R"(,"properties":{{{}}})", fmt::join(members, ","));
}

class Definitions {
 public:
  void add(const KeyTable& table) {
    std::vector<Property> properties;
    for (const InventoryKey& key : table.keys) {
      properties.push_back({key.name, key.help, rule_of(key), key.is_required});
    }
    std::string rule = object_of(properties);
    if (!table.one_of.empty()) {
      std::vector<std::string> choices;
      for (const std::string_view name : table.one_of) {
        choices.push_back(fmt::format(R"({{"required":[{}]}})", quoted(name)));
      }
      rule += fmt::format(R"(,"anyOf":[{}])", fmt::join(choices, ","));
    }
    add(table.name, rule);
  }

  // One mapping for all kinds, whose other keys follow from `kind`.
  template <typename Kind>
  void add_drivers(std::string_view what, const std::vector<Kind>& kinds) {
    std::vector<std::string> names;
    std::vector<std::string> branches;
    for (const Kind& one : kinds) {
      names.push_back(quoted(one.kind.name));
      const std::string definition = fmt::format("{}_{}", what, one.kind.name);
      branches.push_back(fmt::format(
          R"({{"if":{{"required":["kind"],"properties":{{"kind":{{"const":{}}}}}}},"then":{{{}}}}})",
          names.back(), ref_to(definition)));
      std::vector<Property> properties{
          {"kind", "which one it is", "\"const\":" + names.back(), true}};
      for (const KeySpec& key : one.kind.keys) {
        properties.push_back({key.name, key.help, rule_of(key), key.is_required});
      }
      add(definition, object_of(properties));
    }
    add(what, fmt::format(R"("type":"object","required":["kind"],"properties":{{"kind":)"
                          R"({{"enum":[{}]}}}},"allOf":[{}])",
                          fmt::join(names, ","), fmt::join(branches, ",")));
  }

  [[nodiscard]] std::string text() const { return fmt::format("{}", fmt::join(all_, ",")); }

 private:
  void add(std::string_view name, const std::string& rule) {
    all_.push_back(fmt::format("{}:{{{}}}", quoted(name), rule));
  }

  std::vector<std::string> all_;
};

// Compact JSON, two columns a level.
std::string indented(std::string_view json) {
  std::string out;
  std::size_t depth = 0;
  bool is_in_text = false;
  const auto new_line = [&] { out += "\n" + std::string(2 * depth, ' '); };
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (is_in_text) {
      out += c;
      if (c == '\\') out += json[++i];
      is_in_text = c != '"';
      continue;
    }
    if (c == '}' || c == ']') {
      --depth;
      new_line();
    }
    out += c;
    is_in_text = c == '"';
    if (c == '{' || c == '[') ++depth;
    if (c == '{' || c == '[' || c == ',') new_line();
    if (c == ':') out += ' ';
  }
  return out + '\n';
}

}  // namespace

std::string inventory_schema(const DriverRegistry& registry) {
  Definitions definitions;
  for (const KeyTable* table :
       {&keys::kSingleFile, &keys::kListFile, &keys::kIntegration, &keys::kListed, &keys::kProof,
        &keys::kConsumer, &keys::kWave, &keys::kReload, &keys::kSeenAs, &keys::kWaiver,
        &keys::kWaivedAs, &keys::kWorkflow, &keys::kBuiltInWorkflow, &keys::kWorkflowStep,
        &keys::kExpect, &keys::kJsonCheck, &keys::kUntil, &keys::kDiscovery, &keys::kNotConsumer}) {
    definitions.add(*table);
  }
  definitions.add_drivers("issuer", registry.issuers);
  definitions.add_drivers("sink", registry.sinks);
  definitions.add_drivers("probe", registry.probes);
  definitions.add_drivers("usage_source", registry.usage_sources);
  return indented(fmt::format(
      R"({{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"rekey.yaml",)"
      R"("description":"whose secrets end when, and everybody who uses them","type":"object",)"
      R"("if":{{"anyOf":[{{"required":["issuers"]}},{{"required":["integrations"]}}]}},)"
      R"("then":{{{}}},"else":{{{}}},"$defs":{{{}}}}})",
      ref_to(keys::kListFile.name), ref_to(keys::kSingleFile.name), definitions.text()));
}

}  // namespace rekey::rotation
