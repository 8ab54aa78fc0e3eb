#include "rotation/inventory/inventory_layout.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "rotation/inventory/yaml_document.h"
#include "rotation/inventory/yaml_mapping.h"

namespace rekey::rotation {
namespace {

// A scalar of one line, plain or in quotes.
Spot spot_of(const YAML::Node& value, const std::vector<std::string>& lines) {
  const YAML::Mark mark = value.Mark();
  if (!value.IsScalar() || mark.line < 0 || mark.column < 0) return {};
  Spot spot{static_cast<std::size_t>(mark.line), static_cast<std::size_t>(mark.column), 0};
  if (spot.line >= lines.size() || spot.column >= lines[spot.line].size()) return spot;
  const std::string_view rest = std::string_view(lines[spot.line]).substr(spot.column);
  const std::string& text = value.Scalar();
  for (const std::string quote : {"", "\"", "'"}) {
    const std::string written = quote + text + quote;
    if (!text.empty() && rest.starts_with(written)) spot.size = written.size();
  }
  return spot;
}

Place place_of(const YAML::Node& node, const std::vector<std::string>& lines) {
  Place place;
  place.is_block = node.IsMap() && node.Style() != YAML::EmitterStyle::Flow;
  place.column = static_cast<std::size_t>(std::max(node.Mark().column, 0));
  for (const auto& entry : node) {
    const std::string& key = entry.first.Scalar();
    place.keys.emplace(key, spot_of(entry.second, lines));
    if (key == "name" || key == "client_id") {
      place.after_line = std::max(place.after_line,
                                  static_cast<std::size_t>(std::max(entry.second.Mark().line, 0)));
    }
  }
  return place;
}

// The line before which an item goes that is to be the list's last: before the next top-level key
// and the comments and empty lines above it.
std::size_t end_of_list(const YAML::Node& root, const std::vector<std::string>& lines) {
  std::size_t end = lines.size();
  int begin = 0;
  for (const auto& entry : root) {
    if (entry.first.Scalar() == "integrations") begin = entry.first.Mark().line;
  }
  for (const auto& entry : root) {
    const int line = entry.first.Mark().line;
    if (line > begin) end = std::min(end, static_cast<std::size_t>(line));
  }
  if (end == lines.size()) return end;
  while (end > 0 && (lines[end - 1].starts_with('#') ||
                     lines[end - 1].find_first_not_of(" \t\r\n") == std::string::npos)) {
    --end;
  }
  return end;
}

Layout layout_of_root(const YAML::Node& root, const std::vector<std::string>& lines) {
  Layout layout;
  if (const YAML::Node single = root["integration"]) {
    layout.places.push_back(place_of(single, lines));
    return layout;
  }
  const YAML::Node list = root["integrations"];
  layout.end_of_list = end_of_list(root, lines);
  if (list.IsNull()) {
    layout.is_list = true;
    layout.dash_column = 2;
    layout.key_column = 4;
    return layout;
  }
  for (const auto& item : list) layout.places.push_back(place_of(item, lines));
  if (layout.places.empty()) return layout;
  const Place& first = layout.places.front();

  layout.dash_column = static_cast<std::size_t>(std::max(list.Mark().column, 0));
  layout.key_column = first.column;
  layout.is_list = list.Style() != YAML::EmitterStyle::Flow && first.is_block &&
                   layout.dash_column < layout.key_column;
  return layout;
}

}  // namespace

base::Result<Layout> layout_of(std::string_view text, const std::string& path,
                               const std::vector<std::string>& lines) {
  Problems problems(path);
  Layout layout;
  with_yaml_document(text, problems,
                     [&](const YAML::Node& root) { layout = layout_of_root(root, lines); });
  if (!problems.is_empty()) return problems.as_error();
  return layout;
}

}  // namespace rekey::rotation
