// The keys of rekey.yaml, by the mapping in which they stand. The reader asks these tables what is
// known, what is needed and which limits hold, and the JSON Schema is made of them: the two cannot
// differ. The keys of issuers, sinks and probes are declared by their kinds (driver_kind.h).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/time.h"
#include "rotation/inventory/workflow.h"

namespace rekey::rotation {

enum class KeyForm {
  kVersion,       // 1
  kText,          // any text that is not empty
  kName,          // kNamePattern
  kClientId,      // 24 characters of [a-z0-9], or as the kind of issuer has them
  kSlot,          // "-", or 6 letters and digits
  kInstant,       // a date or a time in UTC; may stand empty
  kNumber,        // a whole number from 1 to `most`
  kDuration,      // a time such as 2s or 5m, at most `longest`
  kChoice,        // one of `choices`
  kYes,           // true
  kTexts,         // a list of texts
  kCommand,       // a program and its arguments
  kMapping,       // of `table`
  kMappings,      // a list of 1 to `most` mappings of `table`
  kMaybeEmpty,    // the same, or nothing
  kAnyMappings,   // a list of any number of them
  kReload,        // per_call, or a mapping of `table`
  kIssuer,        // with the keys of its kind
  kNamedIssuers,  // a mapping from names to such
  kSink,
  kSinks,  // a list of 1 to `most` of them
  kProbe,
  kUsageSources,  // a list of mappings with the keys of their kinds
  kBoolean,
  kStepUrl,     // https://…, http://…, or an address's ${name} at its beginning
  kHeaders,     // a mapping from header names to texts
  kBody,        // a text, or what becomes JSON
  kStatuses,    // one HTTP status, or a list of them
  kJsonChecks,  // a mapping from paths to a value, or a mapping of `table`
  kCaptures,    // a mapping from names to paths
  kWorkflows,   // a list of 1 to `most` mappings of `table`, or of kBuiltInWorkflow
  kParameters,  // a mapping from names to texts, or to mappings of texts
};

struct KeyTable;

struct InventoryKey {
  std::string_view name;
  KeyForm form = KeyForm::kText;
  std::string_view
      help;  // what it is: stands in the message where it is missing, and in the schema
  bool is_required = false;
  std::int64_t most = 0;
  base::Duration longest{};
  std::span<const std::string_view> choices{};
  const KeyTable* table = nullptr;
};

struct KeyTable {
  std::string_view name;  // in the schema
  std::string_view what;  // in messages: "a consumer"
  std::span<const InventoryKey> keys;
  // At least one of these; empty where that is no matter.
  std::span<const std::string_view> one_of{};
};

namespace inventory_keys {

inline constexpr bool kNeeded = true;
inline constexpr bool kOptional = false;
inline constexpr std::int64_t kMostItems = 1000;
inline constexpr std::string_view kPerCall = "per_call";
inline constexpr std::string_view kNamePattern = "^[A-Za-z0-9._-]{1,64}$";

inline constexpr std::array<InventoryKey, 2> kProofKeys{{
    {"requests", KeyForm::kNumber, "token requests with the new value; 3 where not given",
     kOptional, 20},
    {"span", KeyForm::kDuration, "the time over which they are spread; 2s where not given",
     kOptional, 0, std::chrono::hours{1}},
}};
inline constexpr KeyTable kProof{"proof", "proof", kProofKeys};

inline constexpr std::array<std::string_view, 1> kReads{"at_start"};
inline constexpr std::array<InventoryKey, 7> kReloadKeys{{
    {"command", KeyForm::kCommand, "the program and its arguments, run without a shell"},
    {"signal", KeyForm::kName, "the signal that makes it read its secret again: HUP"},
    {"pid_file", KeyForm::kText, "the file that holds the number of the process to be signalled"},
    {"cached", KeyForm::kDuration, "how long it uses what it read before it reads again", kOptional,
     0, base::Days{400}},
    {"schedule", KeyForm::kDuration, "the longest time between two starts of its own", kOptional, 0,
     base::Days{400}},
    {"timeout", KeyForm::kDuration, "how long it may take; 30s where not given", kOptional, 0,
     std::chrono::hours{1}},
    {.name = "reads",
     .form = KeyForm::kChoice,
     .help = "at_start: the consumer reads its sink only then, so the command starts it again; "
             "without a command, a person has to",
     .choices = kReads},
}};
inline constexpr std::array<std::string_view, 5> kReloadNames{"command", "signal", "cached",
                                                              "schedule", "reads"};
inline constexpr KeyTable kReload{"reload", "reload", kReloadKeys, kReloadNames};

inline constexpr std::array<InventoryKey, 3> kSeenAsKeys{{
    {"network", KeyForm::kText, "address or block from which it asks for tokens: 10.1.0.0/16"},
    {"user_agent", KeyForm::kText, "its user agent: exact, or with one * at its end"},
    {"slot", KeyForm::kText, "the slot whose secret it has"},
}};
inline constexpr std::array<std::string_view, 3> kSeenAsNames{"network", "user_agent", "slot"};
inline constexpr KeyTable kSeenAs{"seen_as", "seen_as", kSeenAsKeys, kSeenAsNames};

inline constexpr std::array<InventoryKey, 4> kWaivedAsKeys{{
    kSeenAsKeys[0],
    kSeenAsKeys[1],
    kSeenAsKeys[2],
    {"other", KeyForm::kYes, "true: the callers that the issuer lumps together; stands alone"},
}};
inline constexpr std::array<std::string_view, 4> kWaivedAsNames{"network", "user_agent", "slot",
                                                                "other"};
inline constexpr KeyTable kWaivedAs{"waived_as", "seen_as", kWaivedAsKeys, kWaivedAsNames};

inline constexpr std::array<InventoryKey, 3> kWaiverKeys{{
    {.name = "seen_as",
     .form = KeyForm::kMapping,
     .help = "how the caller is recognised in the issuer's usage",
     .is_required = kNeeded,
     .table = &kWaivedAs},
    {"by", KeyForm::kText, "who answers for that use", kNeeded},
    {"reason", KeyForm::kText, "why no consumer needs to", kNeeded},
}};
inline constexpr KeyTable kWaiver{"waiver", "a waiver", kWaiverKeys};

inline constexpr std::array<InventoryKey, 10> kConsumerKeys{{
    {"name", KeyForm::kName, "1 to 64 characters of [A-Za-z0-9._-], once", kNeeded},
    {"kind", KeyForm::kName, "what it is, for people: service, job, pipeline, vendor"},
    {"sink", KeyForm::kSink, "where it reads its secret from"},
    {.name = "sinks",
     .form = KeyForm::kSinks,
     .help = "the same, where it reads it from several places",
     .most = 16},
    {"instances", KeyForm::kNumber, "how many of it run; 1 where not given", kOptional, 10'000},
    {.name = "reload",
     .form = KeyForm::kReload,
     .help = "how it comes to use what its sink holds: per_call, or {command: [...]}",
     .is_required = kNeeded,
     .table = &kReload},
    {.name = "seen_as",
     .form = KeyForm::kMapping,
     .help = "how it is recognised in the issuer's usage",
     .is_required = kNeeded,
     .table = &kSeenAs},
    {"interval", KeyForm::kDuration,
     "the longest time between two of its token requests; the life of a token where not given",
     kOptional, 0, base::Days{400}},
    {"owner", KeyForm::kText, "who answers for it, where that is not the integration's owner"},
    {"max_length", KeyForm::kNumber, "characters that the field which holds its secret takes",
     kOptional, 100'000},
}};
inline constexpr std::array<std::string_view, 2> kConsumerNames{"sink", "sinks"};
inline constexpr KeyTable kConsumer{"consumer", "a consumer", kConsumerKeys, kConsumerNames};

inline constexpr std::array<InventoryKey, 3> kWaveKeys{{
    {"name", KeyForm::kName, "what it is called: canary", kNeeded},
    {"consumers", KeyForm::kTexts, "the names of those that move in it", kNeeded},
    {"hold", KeyForm::kDuration,
     "how long it is watched at least before the next one begins; 0s where not given", kOptional, 0,
     base::Days{7}},
}};
inline constexpr KeyTable kWave{"wave", "a wave", kWaveKeys};

inline constexpr std::string_view kUrlPattern =
    R"(^(https?://|\$\{(base_url|rest_url|soap_url)\}))";
inline constexpr std::string_view kCapturePattern = "^[a-z][a-z0-9_]{0,31}$";
inline constexpr std::string_view kHeaderPattern = "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$";
inline constexpr std::int64_t kFirstStatus = 100;
inline constexpr std::int64_t kLastStatus = 599;
inline constexpr std::array<std::string_view, 7> kMethods{"GET",   "HEAD",   "POST",   "PUT",
                                                          "PATCH", "DELETE", "OPTIONS"};

inline constexpr std::array<InventoryKey, 2> kJsonCheckKeys{{
    {"exists", KeyForm::kBoolean, "whether anything may stand there"},
    {"matches", KeyForm::kText, "what the text there is like: * any characters, ? one"},
}};
inline constexpr std::array<std::string_view, 2> kJsonCheckNames{"exists", "matches"};
inline constexpr KeyTable kJsonCheck{"json_check", "a check", kJsonCheckKeys, kJsonCheckNames};

inline constexpr std::array<InventoryKey, 3> kExpectKeys{{
    {"status", KeyForm::kStatuses,
     "the HTTP status, or a list of those that will do; 200 where not given"},
    {.name = "json",
     .form = KeyForm::kJsonChecks,
     .help = "what the reply holds: a path (/items/0/id or items.0.id), and a value or a check",
     .table = &kJsonCheck},
    {"contains", KeyForm::kTexts,
     "texts that stand in the reply, such as parts of an XML document"},
}};
inline constexpr KeyTable kExpect{"expect", "expect", kExpectKeys};

inline constexpr std::array<InventoryKey, 2> kUntilKeys{{
    {"every", KeyForm::kDuration, "how long to wait between two requests", kNeeded, 0,
     kLongestWorkflowTime},
    {"within", KeyForm::kDuration, "how long its expectation may take to hold", kNeeded, 0,
     kLongestWorkflowTime},
}};
inline constexpr KeyTable kUntil{"until", "until", kUntilKeys};

inline constexpr std::array<InventoryKey, 8> kWorkflowStepKeys{{
    {"name", KeyForm::kName, "1 to 64 characters of [A-Za-z0-9._-], once in its workflow", kNeeded},
    {"url", KeyForm::kStepUrl, "https://…, or ${base_url}, ${rest_url} or ${soap_url} and a path",
     kNeeded},
    {.name = "method",
     .form = KeyForm::kChoice,
     .help = "of the request; GET where not given",
     .choices = kMethods},
    {"headers", KeyForm::kHeaders, "of the request, such as Authorization: Bearer ${token}"},
    {"body", KeyForm::kBody, "a text, or a mapping or list that is sent as JSON"},
    {.name = "expect",
     .form = KeyForm::kMapping,
     .help = "what has to come back; status 200 where not given",
     .table = &kExpect},
    {"capture", KeyForm::kCaptures, "values of the reply for later steps: a name, and a path"},
    {.name = "until",
     .form = KeyForm::kMapping,
     .help = "asks again until the expectation holds",
     .table = &kUntil},
}};
inline constexpr KeyTable kWorkflowStep{"workflow_step", "a step", kWorkflowStepKeys};

inline constexpr std::array<InventoryKey, 5> kWorkflowKeys{{
    {"name", KeyForm::kName, "1 to 64 characters of [A-Za-z0-9._-], once", kNeeded},
    {"effects", KeyForm::kText, "a sentence: what it touches on real systems", kNeeded},
    {"timeout", KeyForm::kDuration,
     "how long its steps may take, and its clean-up again; 5m where not given", kOptional, 0,
     kLongestWorkflowTime},
    {.name = "steps",
     .form = KeyForm::kMappings,
     .help = "the requests, in order",
     .is_required = kNeeded,
     .most = kMostWorkflowSteps,
     .table = &kWorkflowStep},
    {.name = "clean_up",
     .form = KeyForm::kMappings,
     .help = "requests that are sent always, whatever became of the steps",
     .most = kMostWorkflowSteps,
     .table = &kWorkflowStep},
}};
inline constexpr KeyTable kWorkflow{"workflow", "a workflow", kWorkflowKeys};

// Each is a file of src/rotation/workflows, in this order.
inline constexpr std::array<std::string_view, 7> kBuiltInNames{
    "mce-rows",           "mce-rows-async",    "mce-contact", "mce-transactional-send",
    "mce-triggered-send", "mce-journey-entry", "mce-tracking"};
inline constexpr std::array<InventoryKey, 5> kBuiltInWorkflowKeys{{
    {.name = "use",
     .form = KeyForm::kChoice,
     .help = "the workflow that is built in",
     .is_required = kNeeded,
     .choices = kBuiltInNames},
    {"with", KeyForm::kParameters, "its parameters: see docs/workflows"},
    {"name", KeyForm::kName, "1 to 64 characters of [A-Za-z0-9._-], once; as `use` if not given"},
    {"effects", KeyForm::kText, "what it touches, where its own sentence does not say enough"},
    {"timeout", KeyForm::kDuration, "how long its steps may take, where its own time does not do",
     kOptional, 0, kLongestWorkflowTime},
}};
inline constexpr KeyTable kBuiltInWorkflow{"built_in_workflow", "a workflow that is built in",
                                           kBuiltInWorkflowKeys};

inline constexpr InventoryKey kWorkflows{
    .name = "workflows",
    .form = KeyForm::kWorkflows,
    .help = "what has to work with the new secret before the old one may end",
    .most = kMostWorkflows,
    .table = &kWorkflow};

inline constexpr InventoryKey kClientId{"client_id", KeyForm::kClientId,
                                        "whose secret it is: 24 characters of [a-z0-9], or of "
                                        "the form that its issuer has"};
inline constexpr InventoryKey kState{"state", KeyForm::kText,
                                     "folder of journal, key and lock; .rekey where not given"};
inline constexpr InventoryKey kProbe{"probe", KeyForm::kProbe,
                                     "how a value is tried, where not in the issuer's usual way"};
inline constexpr InventoryKey kUsage{
    .name = "usage",
    .form = KeyForm::kUsageSources,
    .help = "what else than the issuer tells who asks for tokens, such as an access log",
    .most = 16};
inline constexpr InventoryKey kProofKey{
    .name = "proof",
    .form = KeyForm::kMapping,
    .help = "how often a new value must be accepted before anything rests on it",
    .table = &kProof};
inline constexpr InventoryKey kWaivers{
    .name = "waivers",
    .form = KeyForm::kAnyMappings,
    .help = "use that somebody answers for although no consumer claims it",
    .table = &kWaiver};
inline constexpr std::array<InventoryKey, 3> kNotConsumerKeys{{
    {"path", KeyForm::kText, "the file, or the folder with all below it", kNeeded},
    {"by", KeyForm::kText, "who answers for it", kNeeded},
    {"reason", KeyForm::kText, "why nobody reads the secret there", kNeeded},
}};
inline constexpr KeyTable kNotConsumer{"not_consumer", "a place in not_consumers",
                                       kNotConsumerKeys};
inline constexpr std::array<InventoryKey, 2> kDiscoveryKeys{{
    {"roots", KeyForm::kTexts,
     "files and folders in which copies of the secrets are looked for before a rotation", kNeeded},
    {.name = "not_consumers",
     .form = KeyForm::kAnyMappings,
     .help = "places that may hold a secret, and from which nobody reads it",
     .table = &kNotConsumer},
}};
inline constexpr KeyTable kDiscovery{"discovery", "discovery", kDiscoveryKeys};
inline constexpr InventoryKey kDiscoveryKey{
    .name = "discovery",
    .form = KeyForm::kMapping,
    .help = "where copies of the secrets are looked for, so that no place is forgotten",
    .table = &kDiscovery};
inline constexpr std::string_view kConsumersHelp =
    "everybody who uses the secret, in the order in which they are moved";

// What people know of one integration, in both forms of the file.
inline constexpr std::array<InventoryKey, 14> kFacts{{
    {"slot", KeyForm::kSlot, "the slot of the secret; -, the default slot, where not given"},
    {"name", KeyForm::kText, "the package's name, once; the client id where not given"},
    {"owner", KeyForm::kText, "who answers for it"},
    {"contacts", KeyForm::kTexts, "who is told: recipients' names or mail addresses"},
    {"documentation", KeyForm::kText, "a link to where it is described"},
    {"generated_at", KeyForm::kInstant, "when the present secret was generated: 2026-09-30"},
    {"expires_at", KeyForm::kInstant, "when it ends: 2027-03-29"},
    {"approvals", KeyForm::kNumber, "people who have to agree before the activation", kOptional, 5},
    {"approvers", KeyForm::kTexts, "whose approval counts; anybody's where not given"},
    {.name = "waves",
     .form = KeyForm::kAnyMappings,
     .help = "consumers that are moved together, canary first; who is in none moves last",
     .table = &kWave},
    {"window", KeyForm::kText,
     "when the activation may take place: tue-thu 09:00-15:00 Europe/Berlin"},
    {"freezes", KeyForm::kTexts, "days on which nothing is begun: 2026-12-20..2027-01-04"},
    {"begin", KeyForm::kDuration,
     "how long before its end the rotation begins; 45d where not given", kOptional, 0,
     base::Days{400}},
    {"jitter", KeyForm::kDuration,
     "up to how much earlier, each on a day of its own; 14d where not given, 0s for none",
     kOptional, 0, base::Days{90}},
}};

inline constexpr std::array<InventoryKey, 15> kIntegrationKeys{{
    {"client_id", KeyForm::kClientId, kClientId.help, kNeeded},
    kFacts[0],
    kFacts[1],
    kFacts[2],
    kFacts[3],
    kFacts[4],
    kFacts[5],
    kFacts[6],
    kFacts[7],
    kFacts[8],
    kFacts[9],
    kFacts[10],
    kFacts[11],
    kFacts[12],
    kFacts[13],
}};
inline constexpr KeyTable kIntegration{"integration", "integration", kIntegrationKeys};

inline constexpr std::array<InventoryKey, 23> kListedKeys{{
    kClientId,
    kFacts[0],
    kFacts[1],
    kFacts[2],
    kFacts[3],
    kFacts[4],
    kFacts[5],
    kFacts[6],
    kFacts[7],
    kFacts[8],
    kFacts[9],
    kFacts[10],
    kFacts[11],
    kFacts[12],
    kFacts[13],
    {"issuer", KeyForm::kText, "its name in issuers"},
    kState,
    kProbe,
    kUsage,
    kProofKey,
    {.name = "consumers",
     .form = KeyForm::kMaybeEmpty,
     .help = kConsumersHelp,
     .most = kMostItems,
     .table = &kConsumer},
    kWaivers,
    kWorkflows,
}};
inline constexpr std::array<std::string_view, 2> kListedNames{"client_id", "name"};
inline constexpr KeyTable kListed{"listed_integration", "an integration", kListedKeys,
                                  kListedNames};

inline constexpr InventoryKey kVersion{"version", KeyForm::kVersion, "1, this form of the file",
                                       kNeeded};

// A file with a single integration.
inline constexpr std::array<InventoryKey, 11> kSingleFileKeys{{
    kVersion,
    {"issuer", KeyForm::kIssuer, "who issues the secret", kNeeded},
    {.name = "integration",
     .form = KeyForm::kMapping,
     .help = "whose secret is replaced, and what is known of it",
     .is_required = kNeeded,
     .table = &kIntegration},
    kState,
    kProbe,
    kUsage,
    kProofKey,
    {.name = "consumers",
     .form = KeyForm::kMappings,
     .help = kConsumersHelp,
     .is_required = kNeeded,
     .most = kMostItems,
     .table = &kConsumer},
    kWaivers,
    kWorkflows,
    kDiscoveryKey,
}};
inline constexpr KeyTable kSingleFile{"single_file", "the inventory", kSingleFileKeys};

// A file with several.
inline constexpr std::array<InventoryKey, 6> kListFileKeys{{
    kVersion,
    {"issuers", KeyForm::kNamedIssuers, "who issues secrets: a name of your own for each", kNeeded},
    {.name = "integrations",
     .form = KeyForm::kMaybeEmpty,
     .help = "every integration whose secret ends",
     .is_required = kNeeded,
     .most = kMostItems,
     .table = &kListed},
    kState,
    kProofKey,
    kDiscoveryKey,
}};
inline constexpr KeyTable kListFile{"list_file", "the inventory", kListFileKeys};

}  // namespace inventory_keys
}  // namespace rekey::rotation
