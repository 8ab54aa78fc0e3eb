#include "discovery/report/proposal.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/printable.h"
#include "documents/document.h"
#include "net/json.h"

namespace rekey::discovery {
namespace {

constexpr std::size_t kLongestName = 48;
// As in the example of `rekey inventory init`: `rekey inventory check` says that it is one.
constexpr std::string_view kExampleHost =
    "mc0123456789abcdefghijklmnop.auth.marketingcloudapis.com";

// A double-quoted scalar: JSON's strings are YAML's (YAML 1.2 section 1.3).
std::string yaml_text(std::string_view text) {
  std::string out;
  net::append_json_string(out, text);
  return out;
}

std::string in_comment(std::string_view text) {
  return base::escape_hidden(text, base::EscapeForm::kBraces);
}

std::string relative_path(const std::string& path, const std::string& folder) {
  std::error_code failure;
  const auto absolute = std::filesystem::absolute(path, failure);
  if (failure) return path;
  const auto relative = absolute.lexically_normal().lexically_relative(folder);
  const bool is_below = !relative.empty() && *relative.begin() != "..";
  return is_below ? relative.string() : absolute.lexically_normal().string();
}

// Of [A-Za-z0-9._-], from the file's folder and name.
std::string name_of_consumer(const Finding& finding) {
  const std::filesystem::path path(finding.place.path);
  const std::string text = path.parent_path().filename().string() + "-" + path.filename().string();
  std::string name;
  for (const char c : text) {
    const bool is_kept = holds(Alphabet::kUrl, c) || (c == '.' && !name.empty());
    if (is_kept) name += c;
    if (!is_kept && !name.empty() && name.back() != '-') name += '-';
  }
  while (!name.empty() && (name.front() == '-' || name.front() == '.')) name.erase(0, 1);
  name = name.substr(0, kLongestName);
  if (name.empty()) name = "consumer";
  return name;
}

// Gives each name once.
class Names {
 public:
  std::string take(const std::string& name) {
    std::string unique = name;
    for (int number = 2; !taken_.insert(unique).second; ++number) {
      unique = fmt::format("{}-{}", name, number);
    }
    return unique;
  }

 private:
  std::set<std::string> taken_;
};

std::string sink_of(const Finding& finding, const std::string& path) {
  std::string sink = fmt::format("{{kind: file, path: {}", yaml_text(path));
  if (documents::guess_format(path) != finding.format) {
    sink += fmt::format(", format: {}", finding.format);
  }
  sink += fmt::format(", key: {}", yaml_text(finding.key_path));
  if (!finding.part.empty()) sink += fmt::format(", part: {}", yaml_text(finding.part));
  const bool is_uri = finding.part.starts_with("uri:");
  if (!finding.layers.empty() && finding.layers[0] == Layer::kBase64) sink += ", encoding: base64";
  if (is_uri || (!finding.layers.empty() && finding.layers[0] == Layer::kPercent)) {
    sink += ", encoding: percent";
  }
  return sink + "}";
}

// One credential: the findings that stand with one client id.
struct Group {
  std::vector<const Finding*> covered;
  std::vector<const Finding*> not_covered;
};

struct Issuer {
  std::string name;
  std::string settings;  // lines of YAML
};

Issuer marketing_cloud(std::string_view host) {
  return {fmt::format("mce-{}", host.substr(0, host.find('.'))),
          fmt::format("    kind: marketing-cloud\n    auth_url: https://{}/\n", host)};
}

// By the tenant's host that stands with one of them, else by what the secrets look like.
Issuer issuer_of(const Group& group) {
  bool is_ours = false;
  for (const auto* list : {&group.covered, &group.not_covered}) {
    for (const Finding* finding : *list) {
      if (!finding->host.empty()) return marketing_cloud(auth_host(finding->host));
      is_ours = is_ours || finding->detector->check == Check::kOurs;
    }
  }
  if (!is_ours) return marketing_cloud(kExampleHost);
  return {"rekey",
          "    kind: rekey\n    credential: admin.json  # assumed: say where the authority's own "
          "credential lies\n"};
}

std::string comment_of(const Finding& finding) {
  return fmt::format("      # {}, line {}: not covered: {}\n", in_comment(describe(finding.place)),
                     finding.line, in_comment(finding.not_rewritable));
}

std::string consumers_of(const Group& group, const std::string& folder, Names& names) {
  std::string yaml;
  for (const Finding* finding : group.covered) {
    const std::string name = names.take(name_of_consumer(*finding));
    yaml += fmt::format("      - name: {}\n        sink: {}\n", name,
                        sink_of(*finding, relative_path(finding->place.path, folder)));
    if (!finding->owner.empty()) {
      yaml += fmt::format("        owner: {}\n", yaml_text(finding->owner));
    }
    yaml += fmt::format(
        "        reload: {{reads: at_start}}  # assumed: say how it is restarted\n"
        "        seen_as: {{user_agent: {}}}  # assumed: how it shows in usage\n",
        yaml_text(name + "/*"));
  }
  for (const Finding* finding : group.not_covered) yaml += comment_of(*finding);
  return yaml;
}

auto place_of(const Finding& finding) {
  return std::tie(finding.place, finding.key_path, finding.part);
}

// What stands in one line of one place is one thing to do.
auto line_of(const Finding& finding) {
  return std::tuple_cat(place_of(finding), std::tie(finding.line));
}

std::map<std::string, Group> groups_of(std::span<const Finding> findings) {
  std::map<std::string, Group> groups;
  std::map<std::string_view, std::set<decltype(place_of(findings.front()))>> places;  // covered
  std::map<std::string_view, std::set<decltype(line_of(findings.front()))>> lines;    // the others
  for (const Finding& finding : findings) {
    if (finding.detector->role != Role::kSecret || finding.allowed) continue;
    Group& group = groups[finding.client_id];
    auto& covered = places[finding.client_id];
    if (covered.contains(place_of(finding))) continue;
    if (finding.not_rewritable.empty() && !finding.client_id.empty()) {
      covered.insert(place_of(finding));
      group.covered.push_back(&finding);
    } else if (lines[finding.client_id].insert(line_of(finding)).second) {
      group.not_covered.push_back(&finding);
    }
  }
  return groups;
}

std::string issuers_of(const std::map<std::string, Group>& groups) {
  std::map<std::string, std::string> settings;  // by name
  for (const auto& [client_id, group] : groups) {
    if (client_id.empty()) continue;
    Issuer issuer = issuer_of(group);
    settings.emplace(std::move(issuer.name), std::move(issuer.settings));
  }
  if (settings.empty()) {
    Issuer example = marketing_cloud(kExampleHost);
    settings.emplace(std::move(example.name), std::move(example.settings));
  }
  std::string yaml = "issuers:\n";
  for (const auto& [name, lines] : settings) yaml += fmt::format("  {}:\n{}", name, lines);
  return yaml;
}

// Where copies are looked for before a rotation, and a line to fill in for each place that no entry
// covers.
std::string discovery_of(std::span<const std::string> roots, const std::string& folder,
                         const std::map<std::string, Group>& groups) {
  if (roots.empty()) return {};
  std::vector<std::string> paths;
  for (const std::string& root : roots) paths.push_back(yaml_text(relative_path(root, folder)));
  std::string yaml = fmt::format("discovery:\n  roots: [{}]\n", fmt::join(paths, ", "));
  std::set<std::string> places;
  for (const auto& [client_id, group] : groups) {
    for (const Finding* one : group.not_covered) {
      if (is_exposed_only(one->place)) continue;
      places.insert(yaml_text(relative_path(one->place.path, folder)));
    }
  }
  if (!places.empty()) {
    yaml +=
        "  # A place that no entry covers stops the rotation, until somebody answers for it:\n"
        "  # not_consumers:\n";
  }
  for (const std::string& place : places) {
    yaml += fmt::format("  #   - {{path: {}, by: , reason: }}\n", in_comment(place));
  }
  return yaml + '\n';
}

}  // namespace

Proposal propose_inventory(std::span<const Finding> findings, const std::string& folder,
                           std::span<const std::string> roots) {
  Proposal proposal;
  const auto groups = groups_of(findings);
  proposal.yaml =
      "# Proposed by `rekey scan --inventory` from what it found. Check every entry: what a scan "
      "cannot\n# know is marked as assumed. Then run `rekey inventory check` and `rekey plan`.\n"
      "#\n# Its paths are seen from " +
      in_comment(folder) +
      ", where the scan was run: keep the file\n# there, since paths are read from where an "
      "inventory lies.\nversion: 1\n\n" +
      issuers_of(groups) + "\nstate: .rekey\n\n" + discovery_of(roots, folder, groups) +
      "integrations:\n";
  Names names;
  for (const auto& [client_id, group] : groups) {
    proposal.consumers += group.covered.size();
    proposal.not_covered += group.not_covered.size();
    if (client_id.empty()) continue;
    proposal.yaml += fmt::format("  - name: {}\n    client_id: {}\n    issuer: {}\n", client_id,
                                 client_id, issuer_of(group).name);
    if (!group.covered.empty()) proposal.yaml += "    consumers:\n";
    proposal.yaml += consumers_of(group, folder, names);
  }
  const auto unpaired = groups.find("");
  if (unpaired != groups.end()) {
    proposal.yaml +=
        "  # Found without a client id beside them: add them to the integration that "
        "they belong to.\n";
    for (const Finding* finding : unpaired->second.not_covered) {
      proposal.yaml += fmt::format(
          "  # {}, line {}: {}\n", in_comment(describe(finding->place)), finding->line,
          finding->not_rewritable.empty()
              ? in_comment(sink_of(*finding, relative_path(finding->place.path, folder)))
              : in_comment(finding->not_rewritable));
    }
  }
  return proposal;
}

}  // namespace rekey::discovery
