#include "engagement/soap/result_writer.h"

#include <charconv>
#include <set>

#include "base/time.h"
#include "net/json.h"

namespace rekey::engagement::soap {

namespace {

std::string shown_instant(const std::string& stored) {
  std::int64_t millis = 0;
  std::from_chars(stored.data(), stored.data() + stored.size(), millis);
  std::string text = base::format_instant(base::from_millis(millis));
  if (text.ends_with('Z')) text.pop_back();
  return text;
}

// <Attributes><Name>…</Name><Value>…</Value></Attributes> for each pair.
void write_pairs(XmlWriter& xml, std::string_view name, std::string_view stored) {
  const auto json = net::parse_json(stored);
  if (!json) return;
  for (const net::JsonValue& pair : json->items()) {
    if (pair.items().size() != 2) continue;
    xml.open(name)
        .element("Name", pair.items()[0].as_string().value_or(std::string_view()))
        .element("Value", pair.items()[1].as_string().value_or(std::string_view()))
        .close();
  }
}

// The properties that are written: what has a value, what always is there, and what goes with it.
std::vector<bool> written_properties(const ObjectType& type, const ObjectValues& values) {
  std::vector<bool> is_written(type.properties.size(), false);
  std::set<std::string_view> groups;
  for (std::size_t i = 0; i < type.properties.size(); ++i) {
    const Property& one = type.properties[i];
    if (one.presence == Presence::kWithGroup) continue;
    is_written[i] = values[i].has_value() || one.presence == Presence::kAlways;
    if (is_written[i]) groups.insert(one.group());
  }
  for (std::size_t i = 0; i < type.properties.size(); ++i) {
    const Property& one = type.properties[i];
    if (one.presence == Presence::kWithGroup) is_written[i] = groups.contains(one.group());
  }
  return is_written;
}

void write_value(XmlWriter& xml, const Property& property,
                 const std::optional<std::string>& value) {
  const std::string_view group = property.group();
  const std::string_view name =
      std::string_view(property.name).substr(group.empty() ? 0 : group.size() + 1);
  if (value && property.kind == ValueKind::kPairs) return write_pairs(xml, name, *value);
  if (!value && !property.otherwise) {
    xml.nil(name);
    return;
  }
  xml.element(name, value ? std::string_view(*value) : std::string_view(*property.otherwise));
}

}  // namespace

std::string shown_value(ValueKind kind, std::string stored) {
  if (kind == ValueKind::kInstant) return shown_instant(stored);
  if (kind == ValueKind::kBoolean) return stored == "0" ? "false" : "true";
  return stored;
}

void write_object(XmlWriter& xml, const ObjectType& type, const ObjectValues& values) {
  const std::vector<bool> is_written = written_properties(type, values);
  std::string_view open_group;
  for (std::size_t i = 0; i < type.properties.size(); ++i) {
    if (!is_written[i]) continue;
    const Property& property = type.properties[i];
    if (property.group() != open_group) {
      if (!open_group.empty()) xml.close();
      open_group = property.group();
      if (!open_group.empty()) xml.open(open_group);
    }
    write_value(xml, property, values[i]);
  }
  if (!open_group.empty()) xml.close();
}

void write_row_object(XmlWriter& xml, const ObjectType& type, const std::vector<std::size_t>& asked,
                      const ObjectValues& values) {
  xml.nil("PartnerKey").nil("ObjectID").open("Properties");
  for (const std::size_t index : asked) {
    xml.open("Property").element("Name", type.properties[index].name);
    xml.element("Value", std::string_view(values[index] ? *values[index] : std::string())).close();
  }
  xml.close();
}

}  // namespace rekey::engagement::soap
