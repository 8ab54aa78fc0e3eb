// A workflow: something that matters and needs the secret, declared as HTTP requests with what has
// to come back. Run with one exact secret it says whether that still works end to end.
//
// Plain data and pure functions over it: the templates in which requests are written, the paths
// into a reply, the checks of a reply. workflow_runner.h sends the requests.
//
// Templates: ${token} is the access token, ${base_url} the issuer's address, ${rest_url} and
// ${soap_url} those that its token reply names, ${client_id} the client id, ${unique} 16
// hexadecimal digits that no other run has; any other name is one that an earlier step has
// captured. $${ stands for ${ itself.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "net/http.h"
#include "net/json.h"

namespace rekey::rotation {

inline constexpr std::size_t kMostWorkflows = 20;  // of one integration
inline constexpr std::size_t kMostWorkflowSteps = 32;
inline constexpr std::size_t kMostWorkflowBodyBytes = 1024 * 1024;
inline constexpr std::size_t kLongestCapture = 1024;  // bytes
inline constexpr base::Duration kUsualWorkflowTime = std::chrono::minutes{5};
// Below the life of an access token of Marketing Cloud, so that one token lasts for all of it.
inline constexpr base::Duration kLongestWorkflowTime = std::chrono::minutes{15};

struct JsonCheck {
  enum class Kind { kEquals, kExists, kMatches };
  std::string path;
  Kind kind = Kind::kEquals;
  std::string wanted{};         // kEquals and kMatches: a template; kMatches: with * and ?
  bool is_text = false;         // kEquals: only a JSON string fits; else whatever reads the same
  bool is_wanted_there = true;  // kExists
  friend bool operator==(const JsonCheck&, const JsonCheck&) = default;
};

// The request is repeated until its expectation holds.
struct Polling {
  base::Duration every{};
  base::Duration within{};
  friend bool operator==(const Polling&, const Polling&) = default;
};

struct WorkflowStep {
  using Named = std::pair<std::string, std::string>;
  std::string name;
  net::Method method = net::Method::kGet;
  std::string url;             // a template, as are the headers' values and the body
  std::vector<Named> headers;  // name and value
  std::string body;
  bool is_json_body = false;  // what is put into `body` is escaped as in a JSON string
  std::vector<int> statuses{200};
  std::vector<std::string> texts;  // templates: each stands somewhere in the reply
  std::vector<JsonCheck> checks;
  std::vector<Named> captures;  // name, and path into the reply
  std::optional<Polling> until;
  friend bool operator==(const WorkflowStep&, const WorkflowStep&) = default;
};

struct Workflow {
  std::string name;
  std::string effects;                          // a sentence: what it touches on real systems
  base::Duration timeout = kUsualWorkflowTime;  // of its steps; its clean-up has the same again
  std::vector<WorkflowStep> steps;
  std::vector<WorkflowStep> clean_up;  // run always, each of them
  friend bool operator==(const Workflow&, const Workflow&) = default;
};

enum class WorkflowOutcome {
  kPassed,
  kFailed,   // an answer came and was not the expected one
  kUnclear,  // no answer, or one that says nothing (429, 502, 503, 504): worth another try
};
[[nodiscard]] std::string_view name_of(WorkflowOutcome outcome) noexcept;  // "passed", …

struct WorkflowResult {
  WorkflowOutcome outcome = WorkflowOutcome::kUnclear;
  std::string step{};              // at which it ended; empty where it passed
  std::string detail{};            // why, for people; never a secret, a token or a reply's text
  std::string clean_up_problem{};  // empty: everything was cleaned up
};

// ---- templates --------------------------------------------------------------------------------

inline constexpr std::string_view kTokenName = "token";
inline constexpr std::string_view kUniqueName = "unique";
// The addresses: only at the beginning of a URL, and nothing else may begin one but a scheme.
inline constexpr std::array<std::string_view, 3> kAddressNames{"base_url", "rest_url", "soap_url"};

// 1 to 32 characters of [a-z0-9_], the first a letter.
[[nodiscard]] bool is_template_name(std::string_view text) noexcept;
// token, unique, client_id and the addresses: no step may capture under these names.
[[nodiscard]] bool is_built_in_name(std::string_view name) noexcept;
// Begins with https://, http:// or an address's ${name}.
[[nodiscard]] bool is_workflow_url(std::string_view url) noexcept;
// In order, repeated as often as used. kInvalidArgument where a ${ is not closed or holds no name.
[[nodiscard]] base::Result<std::vector<std::string>> names_in(std::string_view text);

enum class Encoding {
  kNone,
  kUrl,   // percent-encoded, but for an address
  kJson,  // as within a JSON string
};
// What stands for a name; nullopt where nothing does.
using Lookup = std::function<std::optional<std::string_view>(std::string_view name)>;
// Leaves no copy of a value but in what it returns. kInvalidArgument where a name has no value.
// With kUrl an address and what follows it are joined by exactly one slash, however many stand
// there.
[[nodiscard]] base::Result<std::string> expand(std::string_view text, const Lookup& value_of,
                                               Encoding encoding);

// The URL that a template becomes, for people: built-in names as they are, what was captured as its
// ${name}, because it may be of any length and come from anybody. `value_of` knows the addresses.
[[nodiscard]] std::string url_for_people(std::string_view url, const Lookup& value_of);
// kInvalidArgument where no request could be sent, whatever its names stand for.
[[nodiscard]] base::Status check_workflow_url(std::string_view url);

// ---- replies ----------------------------------------------------------------------------------

// A JSON Pointer (RFC 6901: "/items/0/id", "" is not taken), or names and numbers with dots:
// "items.0.id". kInvalidArgument for anything else.
[[nodiscard]] base::Status check_json_path(std::string_view path);
// nullptr where nothing is there.
[[nodiscard]] const net::JsonValue* find_in_json(const net::JsonValue& root, std::string_view path);
// A string, number, boolean or null as it reads; nullopt for a list or an object.
[[nodiscard]] std::optional<std::string> text_of_scalar(const net::JsonValue& value);
// `*` stands for any characters, `?` for one; all of the text has to fit. In linear space, and time
// at most the product of the lengths.
[[nodiscard]] bool fits_wildcards(std::string_view text, std::string_view pattern) noexcept;
// Why the check does not hold of what was found (nullptr: nothing); nullopt where it does. `wanted`
// is what the check's template has become; only the template is shown, and a text that was found
// only where `may_show` agrees.
[[nodiscard]] std::optional<std::string> why_not(
    const JsonCheck& check, std::string_view wanted, const net::JsonValue* found,
    const std::function<bool(std::string_view)>& may_show);

}  // namespace rekey::rotation
