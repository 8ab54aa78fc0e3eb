// One YAML document, read strictly: one document a file, no aliases, and whatever is wrong told
// with its place. For this room alone: yaml-cpp stays here.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>

#include "rotation/inventory/yaml_mapping.h"

namespace rekey::rotation {

// Calls `read` with the document's root where it is well-formed; `read` may throw yaml-cpp's
// exceptions too. What is wrong is in `problems` afterwards.
template <typename Read>
void with_yaml_document(std::string_view text, Problems& problems, Read read);

// Puts it into `problems` where the text is not one document without aliases. Throws yaml-cpp's
// exceptions where it is not YAML.
void screen_yaml(const std::string& text, Problems& problems);

template <typename Read>
void with_yaml_document(std::string_view text, Problems& problems, Read read) {
  try {
    const std::string copy(text);
    screen_yaml(copy, problems);
    if (problems.is_empty()) read(YAML::Load(copy));
  } catch (const YAML::Exception& failure) {
    problems.add(
        failure.mark,
        fmt::format(
            "not readable as YAML ({}); mend quotes, brackets or indentation here or above; "
            "is the file whole?",
            failure.msg));
  } catch (const std::exception&) {
    problems.add(YAML::Mark(), "not readable as YAML; write it anew, from a file that is");
  }
}

}  // namespace rekey::rotation
