#include "discovery/report/proposal.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
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

// What no inventory may hold, as `rekey inventory check` would say. Empty: it may hold `text`.
std::string unfit(std::string_view what, std::string_view text) {
  const auto hidden = base::find_hidden_character(text);
  if (!hidden) return {};
  return fmt::format("{} holds {}, and no inventory may: rename it", what,
                     base::describe_hidden_character(*hidden));
}

// Why no entry can rewrite it; empty: one can.
std::string why_not(const Finding& finding) {
  if (finding.allowed) return fmt::format("allowed: {}", *finding.allowed);
  if (!finding.not_rewritable.empty()) return finding.not_rewritable;
  std::string why = unfit("the name of the file", finding.place.path);
  return why.empty() ? unfit("a key of it", finding.key_path + finding.part) : why;
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

// By what the secrets look like: of an authority's own form none other issues any, and its hosts
// are a tenant's as well. Else by the tenant's host that stands with one of them.
Issuer issuer_of(const Group& group) {
  std::string host;
  for (const auto* list : {&group.covered, &group.not_covered}) {
    for (const Finding* finding : *list) {
      if (finding->detector->check == Check::kOurs) {
        return {"rekey",
                "    kind: rekey\n    credential: admin.json  # assumed: say where the authority's "
                "own credential lies\n"};
      }
      if (host.empty() && !finding->host.empty()) host = auth_host(finding->host);
    }
  }
  return marketing_cloud(host.empty() ? kExampleHost : std::string_view(host));
}

std::string comment_of(const Finding& finding) {
  return fmt::format("      # {}, line {}: not covered: {}\n", in_comment(describe(finding.place)),
                     finding.line, in_comment(why_not(finding)));
}

std::string consumers_of(const Group& group, const std::string& folder, Names& names) {
  std::string yaml;
  for (const Finding* finding : group.covered) {
    const std::string name = names.take(name_of_consumer(*finding));
    yaml += fmt::format("      - name: {}\n        sink: {}\n", name,
                        sink_of(*finding, relative_path(finding->place.path, folder)));
    if (!finding->owner.empty() && unfit("", finding->owner).empty()) {
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

bool is_proposed(const Finding& finding) {
  return finding.detector->role == Role::kSecret && !finding.client_id.empty() &&
         why_not(finding).empty();
}

// By the values that consumers hold, whose those are: a rotation looks for every place of them.
using Holders = std::map<base::Fingerprint, std::string>;

Holders holders_of(std::span<const Finding> findings) {
  Holders holders;
  for (const Finding& finding : findings) {
    if (is_proposed(finding)) holders.emplace(finding.fingerprint, finding.client_id);
  }
  return holders;
}

// In which group a finding is told; nullopt: in none. What is allowed matters only to the rotation
// that would stop there.
std::optional<std::string> group_of(const Finding& finding, const Holders& holders) {
  if (finding.detector->role != Role::kSecret) return std::nullopt;
  if (!finding.allowed) return finding.client_id;
  const auto holder = holders.find(finding.fingerprint);
  if (holder == holders.end() || is_exposed_only(finding.place)) return std::nullopt;
  return holder->second;
}

std::map<std::string, Group> groups_of(std::span<const Finding> findings, const Holders& holders) {
  std::map<std::string, Group> groups;
  std::map<std::string, std::set<decltype(place_of(findings.front()))>> places;  // covered
  std::map<std::string, std::set<decltype(line_of(findings.front()))>> lines;    // the others
  for (const Finding& finding : findings) {
    const auto client_id = group_of(finding, holders);
    if (!client_id) continue;
    Group& group = groups[*client_id];
    auto& covered = places[*client_id];
    if (covered.contains(place_of(finding))) continue;
    if (is_proposed(finding)) {
      covered.insert(place_of(finding));
      group.covered.push_back(&finding);
    } else if (lines[*client_id].insert(line_of(finding)).second) {
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
  const bool is_any = groups.contains("");  // for the integration that somebody adds
  if (settings.empty() && !is_any) return {};
  if (settings.empty()) {
    Issuer example = marketing_cloud(kExampleHost);
    settings.emplace(std::move(example.name), std::move(example.settings));
  }
  std::string yaml = "issuers:\n";
  for (const auto& [name, lines] : settings) yaml += fmt::format("  {}:\n{}", name, lines);
  return yaml + '\n';
}

// The paths of places at which a rotation of one of the integrations would stop.
std::set<std::string> stopping_paths(const std::map<std::string, Group>& groups,
                                     const Holders& holders) {
  std::set<std::string> paths;
  for (const auto& [client_id, group] : groups) {
    for (const Finding* one : group.not_covered) {
      const bool is_sought = !client_id.empty() || holders.contains(one->fingerprint);
      if (is_sought && !is_exposed_only(one->place)) paths.insert(one->place.path);
    }
  }
  return paths;
}

// Where copies are looked for before a rotation, and a line to fill in for each place at which that
// would stop.
std::string discovery_of(std::span<const std::string> roots, const std::string& folder,
                         const std::map<std::string, Group>& groups, const Holders& holders) {
  if (roots.empty()) return {};
  std::string comments;
  std::vector<std::string> paths;
  for (const std::string& root : roots) {
    const std::string why = unfit("its name", root);
    if (why.empty()) {
      paths.push_back(yaml_text(relative_path(root, folder)));
    } else {
      comments += fmt::format("  # not among them: {}: {}\n", in_comment(root), in_comment(why));
    }
  }
  if (paths.empty()) return comments + '\n';
  std::string yaml = fmt::format("discovery:\n  roots: [{}]\n{}", fmt::join(paths, ", "), comments);
  std::set<std::string> places;
  for (const std::string& path : stopping_paths(groups, holders)) {
    const std::string why = unfit("its name", path);
    if (why.empty()) {
      places.insert(yaml_text(relative_path(path, folder)));
    } else {
      yaml += fmt::format("  # stops the rotation, and cannot be answered for here: {}: {}\n",
                          in_comment(path), in_comment(why));
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
  const Holders holders = holders_of(findings);
  const auto groups = groups_of(findings, holders);
  proposal.yaml =
      "# Proposed by `rekey scan --inventory` from what it found. Check every entry: what a scan "
      "cannot\n# know is marked as assumed. Then run `rekey inventory check` and `rekey plan`.\n"
      "#\n# Its paths are seen from " +
      in_comment(folder) +
      ", where the scan was run: keep the file\n# there, since paths are read from where an "
      "inventory lies.\nversion: 1\n\n" +
      issuers_of(groups) + "state: .rekey\n\n" + discovery_of(roots, folder, groups, holders) +
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
      proposal.yaml +=
          fmt::format("  # {}, line {}: {}\n", in_comment(describe(finding->place)), finding->line,
                      in_comment(why_not(*finding).empty()
                                     ? sink_of(*finding, relative_path(finding->place.path, folder))
                                     : why_not(*finding)));
    }
  }
  return proposal;
}

}  // namespace rekey::discovery
