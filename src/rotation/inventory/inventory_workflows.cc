#include "rotation/inventory/inventory_workflows.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "net/json.h"
#include "rotation/inventory/built_in_workflows.h"
#include "rotation/inventory/table_mapping.h"

namespace rekey::rotation {
namespace {

namespace keys = inventory_keys;

// What is known before the first step.
std::set<std::string> built_in_names() {
  std::set<std::string> names{std::string(kTokenName), std::string(kUniqueName), "client_id"};
  names.insert(kAddressNames.begin(), kAddressNames.end());
  return names;
}

net::Method method_named(std::string_view name) {
  for (const auto method : {net::Method::kHead, net::Method::kPost, net::Method::kPut,
                            net::Method::kPatch, net::Method::kDelete, net::Method::kOptions}) {
    if (net::name_of(method) == name) return method;
  }
  return net::Method::kGet;
}

// Of a plain scalar (YAML 1.2, JSON schema); one in quotes is a text.
bool is_json_literal(const YAML::Node& scalar) {
  if (scalar.Tag() == "!") return false;
  const std::string& text = scalar.Scalar();
  const bool may_be_number =
      !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
  return text == "true" || text == "false" || text == "null" ||
         (may_be_number && net::parse_json(text).has_value());
}

// Sent by the client itself, or for one connection.
bool is_managed_header(std::string_view name) {
  constexpr std::array<std::string_view, 6> kManaged{
      "Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect", "Trailer"};
  return std::any_of(kManaged.begin(), kManaged.end(), [&](std::string_view managed) {
    return base::equal_ignoring_case(managed, name);
  });
}

bool is_header_name(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+.^_`|~-";
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [&](char c) {
    return base::kBase62Alphabet.find(c) != std::string_view::npos ||
           kOthers.find(c) != std::string_view::npos;
  });
}

class WorkflowReader {
 public:
  explicit WorkflowReader(Problems& problems) : problems_(problems) {}

  Workflow read(const YAML::Node& node) {
    Workflow workflow;
    TableMapping mapping(node, keys::kWorkflow, problems_);
    if (!mapping.is_map()) return workflow;
    workflow.name = read_name(mapping);
    workflow.effects = mapping.text("effects");
    workflow.timeout = mapping.duration("timeout", kUsualWorkflowTime);
    if (const YAML::Node* steps = mapping.find("steps")) {
      workflow.steps = read_steps(*steps, "steps");
    }
    if (const YAML::Node* steps = mapping.find("clean_up")) {
      workflow.clean_up = read_steps(*steps, "clean_up");
    }
    return workflow;
  }

 private:
  std::string read_name(TableMapping& mapping) {
    std::string name = mapping.text("name");
    const bool is_plain = name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
                            return base::kBase62Alphabet.find(c) != std::string_view::npos ||
                                   c == '.' || c == '_' || c == '-';
                          });
    if (!is_plain) {
      problems_.add(mapping.find("name")->Mark(),
                    "a name here is 1 to 64 characters of [A-Za-z0-9._-]; rename it");
    }
    return name;
  }

  std::vector<WorkflowStep> read_steps(const YAML::Node& node, std::string_view key) {
    std::vector<WorkflowStep> steps;
    if (!node.IsSequence() || node.size() == 0 || node.size() > kMostWorkflowSteps) {
      problems_.add(node.Mark(),
                    fmt::format("{} must be a list of 1 to {}; write each behind a dash", key,
                                kMostWorkflowSteps));
      return steps;
    }
    for (const YAML::Node& item : node) {
      WorkflowStep step = read_step(item);
      if (!step.name.empty() && !step_names_.insert(step.name).second) {
        problems_.add(
            item.Mark(),
            fmt::format("two steps of the workflow are called {}; rename one", step.name));
      }
      steps.push_back(std::move(step));
    }
    return steps;
  }

  WorkflowStep read_step(const YAML::Node& node) {
    WorkflowStep step;
    TableMapping mapping(node, keys::kWorkflowStep, problems_);
    if (!mapping.is_map()) return step;
    step.name = read_name(mapping);
    step.method = method_named(mapping.choice("method"));
    if (const YAML::Node* url = mapping.find("url")) step.url = read_url(*url);
    if (const YAML::Node* headers = mapping.find("headers")) read_headers(*headers, step);
    if (const YAML::Node* body = mapping.find("body")) read_body(*body, step);
    if (const YAML::Node* expect = mapping.find("expect")) read_expect(*expect, step);
    if (const YAML::Node* until = mapping.find("until")) step.until = read_until(*until);
    if (const YAML::Node* capture = mapping.find("capture")) read_captures(*capture, step);
    return step;
  }

  // What a template names has to be known by then.
  void check_template(const YAML::Node& place, std::string_view text, bool may_hold_token = true) {
    const auto names = names_in(text);
    if (!names) return problems_.add(place.Mark(), names.error().detail);
    for (const std::string& name : *names) {
      if (name == kTokenName && !may_hold_token) {
        problems_.add(
            place.Mark(),
            "${token} goes into a header or the body: what stands in an address is logged "
            "along the way (RFC 6750 section 5.3); write Authorization: Bearer ${token}");
      } else if (!known_.contains(name)) {
        const std::vector<std::string_view> known(known_.begin(), known_.end());
        problems_.add(place.Mark(),
                      fmt::format("${{{}}} is not known here: no earlier step captures it{}", name,
                                  did_you_mean(name, known)));
      }
    }
  }

  std::string read_url(const YAML::Node& node) {
    if (!node.IsScalar() || !is_workflow_url(node.Scalar())) {
      problems_.add(node.Mark(),
                    "url must begin with https://, http://, ${base_url}, ${rest_url} or "
                    "${soap_url}; write one of them and the path");
      return {};
    }
    if (!check_visible(node, "url", problems_)) return {};
    check_template(node, node.Scalar(), false);
    const auto status = check_workflow_url(node.Scalar());
    if (!status && names_in(node.Scalar())) problems_.add(node.Mark(), status.error().detail);
    return node.Scalar();
  }

  // The text of a scalar in a mapping of the file's own names; nullopt with the problem noted.
  std::optional<std::string> read_text(const YAML::Node& node, std::string_view what) {
    if (!node.IsScalar() || node.Scalar().empty()) {
      problems_.add(node.Mark(),
                    fmt::format("{} must be a text that is not empty; write one", what));
      return std::nullopt;
    }
    if (!check_visible(node, what, problems_)) return std::nullopt;
    return node.Scalar();
  }

  // Calls `read` with each key and value; whether a key may be one is for `read`.
  template <typename Read>
  void read_map(const YAML::Node& node, std::string_view what, std::string_view example,
                Read read) {
    if (!node.IsMap()) {
      problems_.add(node.Mark(),
                    fmt::format("{} must be a mapping; write it as {{{}}}", what, example));
      return;
    }
    std::set<std::string> names;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) {
        problems_.add(entry.first.Mark(), fmt::format("a key of {} is not a plain word", what));
      } else if (check_visible(entry.first, "a key", problems_)) {
        if (!names.insert(entry.first.Scalar()).second) {
          problems_.add(entry.first.Mark(),
                        fmt::format("the key {} stands twice in {}; take one of them out",
                                    entry.first.Scalar(), what));
        }
        read(entry.first, entry.second);
      }
    }
  }

  void read_headers(const YAML::Node& node, WorkflowStep& step) {
    read_map(node, "headers", "Accept: text/plain",
             [&](const YAML::Node& name, const YAML::Node& value) {
               if (!is_header_name(name.Scalar())) {
                 problems_.add(name.Mark(),
                               "a header's name is 1 to 64 characters that HTTP allows "
                               "there; mend it");
               } else if (is_managed_header(name.Scalar())) {
                 problems_.add(name.Mark(),
                               fmt::format("the header {} is the client's own; leave it "
                                           "out",
                                           name.Scalar()));
               } else if (auto text = read_text(value, "a header")) {
                 check_template(value, *text);
                 step.headers.emplace_back(name.Scalar(), *std::move(text));
               }
             });
  }

  void read_body(const YAML::Node& node, WorkflowStep& step) {
    if (node.IsNull() || (node.IsScalar() && node.Scalar().empty())) {
      problems_.add(node.Mark(),
                    "body must be a text that is not empty, or a mapping that becomes "
                    "JSON; write one, or leave it out");
      return;
    }
    step.is_json_body = !node.IsScalar();
    if (step.is_json_body) {
      net::JsonWriter json;
      write_json(node, json);
      step.body = json.release();
    } else if (check_visible(node, "body", problems_, "\n\t")) {
      step.body = node.Scalar();
      check_template(node, step.body);
    }
    if (step.body.size() > kMostWorkflowBodyBytes) {
      problems_.add(node.Mark(), "body is larger than 1 MiB; make it smaller");
    }
  }

  void write_json(const YAML::Node& node, net::JsonWriter& json) {
    if (node.IsMap()) {
      json.begin_object();
      read_map(node, "body", "key: value", [&](const YAML::Node& name, const YAML::Node& value) {
        check_template(name, name.Scalar());
        json.key(name.Scalar());
        write_json(value, json);
      });
      json.end_object();
    } else if (node.IsSequence()) {
      json.begin_array();
      for (const YAML::Node& item : node) write_json(item, json);
      json.end_array();
    } else if (!node.IsNull() && is_json_literal(node)) {
      json.raw(node.Scalar());
    } else if (!node.IsNull() && check_visible(node, "body", problems_, "\n\t")) {
      check_template(node, node.Scalar());
      json.value(node.Scalar());
    } else {
      json.null();
    }
  }

  void read_expect(const YAML::Node& node, WorkflowStep& step) {
    TableMapping mapping(node, keys::kExpect, problems_);
    if (!mapping.is_map()) return;
    if (const YAML::Node* status = mapping.find("status")) step.statuses = read_statuses(*status);
    if (const YAML::Node* texts = mapping.find("contains")) read_texts(*texts, step);
    const YAML::Node* json = mapping.find("json");
    if (json == nullptr) return;
    if (json->IsMap() && json->size() == 0) {
      problems_.add(json->Mark(),
                    "json of expect is empty; write a path and a value, or leave it "
                    "out");
    }
    read_map(*json, "json of expect", "path: value",
             [&](const YAML::Node& path, const YAML::Node& value) {
               check_path(path);
               read_check(path.Scalar(), value, step);
             });
  }

  void read_texts(const YAML::Node& node, WorkflowStep& step) {
    if (!node.IsSequence() || node.size() == 0) {
      problems_.add(node.Mark(), "contains must be a list of texts; write each behind a dash");
      return;
    }
    for (const YAML::Node& item : node) {
      auto text = read_text(item, "a text of contains");
      if (!text) continue;
      check_template(item, *text, false);
      step.texts.push_back(*std::move(text));
    }
  }

  std::vector<int> read_statuses(const YAML::Node& node) {
    std::vector<int> statuses;
    const auto read_one = [&](const YAML::Node& one) {
      const auto number = one.IsScalar() ? parse_number(one.Scalar()) : std::nullopt;
      if (!number || *number < keys::kFirstStatus || *number > keys::kLastStatus) return false;
      statuses.push_back(static_cast<int>(*number));
      return true;
    };
    const bool is_good = node.IsSequence()
                             ? node.size() > 0 && std::all_of(node.begin(), node.end(), read_one)
                             : read_one(node);
    if (!is_good) {
      problems_.add(node.Mark(),
                    fmt::format("status must be an HTTP status from {} to {}, or a list "
                                "of them; write it as 200 or [200, 404]",
                                keys::kFirstStatus, keys::kLastStatus));
    }
    return statuses;
  }

  void check_path(const YAML::Node& place) {
    const auto status = check_json_path(place.Scalar());
    if (!status) problems_.add(place.Mark(), status.error().detail);
  }

  void read_check(const std::string& path, const YAML::Node& node, WorkflowStep& step) {
    if (node.IsMap()) return read_table_check(path, node, step);
    if (node.IsSequence()) {
      problems_.add(node.Mark(),
                    "a list cannot be compared; check its items by their paths, such as items.0");
      return;
    }
    const std::string wanted = node.IsNull() ? "null" : node.Scalar();
    // Within { } a ${name} can only be written in quotes: they say nothing of what it stands for.
    const auto names = names_in(wanted);
    const bool has_names = names && !names->empty();
    const bool is_text = !node.IsNull() && node.Tag() == "!" && !has_names;
    check_visible(node, "json of expect", problems_, "\n\t");
    check_template(node, wanted, false);
    step.checks.push_back({path, JsonCheck::Kind::kEquals, wanted, is_text});
  }

  void read_table_check(const std::string& path, const YAML::Node& node, WorkflowStep& step) {
    TableMapping mapping(node, keys::kJsonCheck, problems_);
    const YAML::Node* exists = mapping.find("exists");
    const YAML::Node* matches = mapping.find("matches");
    if (exists == nullptr && matches == nullptr) {
      problems_.add(node.Mark(),
                    "a check is a value, {exists: true} or {matches: TEXT}; write one");
    }
    if (exists != nullptr) {
      const bool is_boolean =
          exists->IsScalar() && (exists->Scalar() == "true" || exists->Scalar() == "false");
      if (!is_boolean) problems_.add(exists->Mark(), "exists must be true or false; write one");
      step.checks.push_back(
          {path, JsonCheck::Kind::kExists, {}, false, is_boolean && exists->Scalar() == "true"});
    }
    if (matches != nullptr) {
      const std::string wanted = mapping.text("matches");
      check_template(*matches, wanted, false);
      step.checks.push_back({path, JsonCheck::Kind::kMatches, wanted});
    }
  }

  std::optional<Polling> read_until(const YAML::Node& node) {
    TableMapping mapping(node, keys::kUntil, problems_);
    if (!mapping.is_map()) return std::nullopt;
    const Polling polling{mapping.duration("every"), mapping.duration("within")};
    if (polling.within.count() > 0 && polling.every > polling.within) {
      problems_.add(node.Mark(),
                    "every is longer than within, so nothing would be asked twice; "
                    "make it shorter");
    }
    return polling;
  }

  void read_captures(const YAML::Node& node, WorkflowStep& step) {
    read_map(node, "capture", "name: path", [&](const YAML::Node& name, const YAML::Node& value) {
      const std::string& text = name.Scalar();
      if (!is_template_name(text) || is_built_in_name(text)) {
        problems_.add(name.Mark(),
                      "a captured name is 1 to 32 characters of [a-z0-9_], the first a letter, and "
                      "none that is built in; rename it");
        return;
      }
      known_.insert(text);
      if (auto path = read_text(value, "capture")) {
        check_path(value);
        step.captures.emplace_back(text, *std::move(path));
      }
    });
  }

  Problems& problems_;
  std::set<std::string> known_ = built_in_names();
  std::set<std::string> step_names_;
};

}  // namespace

std::vector<Workflow> read_workflows(const YAML::Node& node, Problems& problems) {
  std::vector<Workflow> workflows;
  if (!node.IsSequence() || node.size() == 0 || node.size() > kMostWorkflows) {
    problems.add(node.Mark(),
                 fmt::format("workflows must be a list of 1 to {}; write each behind a "
                             "dash",
                             kMostWorkflows));
    return workflows;
  }
  for (const YAML::Node& item : node) {
    // What is wrong with the use of a built-in one is told in its own words.
    const auto written = is_built_in(item) ? write_out(item, problems) : std::optional(item);
    if (!written) continue;
    Workflow workflow = WorkflowReader(problems).read(*written);
    const bool is_known =
        !workflow.name.empty() &&
        std::any_of(workflows.begin(), workflows.end(),
                    [&](const Workflow& earlier) { return earlier.name == workflow.name; });
    if (is_known) {
      problems.add(item.Mark(),
                   fmt::format("two workflows are called {}; rename one", workflow.name));
    }
    workflows.push_back(std::move(workflow));
  }
  return workflows;
}

}  // namespace rekey::rotation
