// Create, Update and Delete of one object: what the function behind an object type is given, and
// what it gives.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "engagement/call.h"
#include "engagement/caller.h"
#include "engagement/ids.h"
#include "engagement/soap/xml_reader.h"
#include "engagement/soap/xml_writer.h"
#include "storage/sqlite.h"

namespace rekey::engagement::soap {

enum class WriteVerb { kCreate, kUpdate, kDelete };

struct WriteCall {
  storage::Connection& tables;  // in a savepoint of the object's own
  const Caller& caller;
  const XmlElement& object;
  WriteVerb verb = WriteVerb::kCreate;
  // SaveAction UpdateAdd: what is there is changed, what is not there is made.
  bool upserts = false;
  base::Instant now{};
  const Ids& ids;
  Tools& tools;
};

struct Written {
  std::string message;  // "Created Subscriber."
  std::int64_t new_id = 0;
  std::string new_object_id;
  std::string tail{};  // XML that follows the Object in the result
  std::string key{};   // of what was written, where the answer says it
};

// Error codes that clients look for (contract section 4.1, and the codes of the SOAP API's
// documentation for subscribers); anything else is an unexpected error.
inline constexpr int kUnexpectedError = 2;
inline constexpr int kInvalidEmailAddress = 12000;
inline constexpr int kSubscriberNotFound = 12001;
inline constexpr int kAlreadyOnList = 12014;
inline constexpr int kNoPermission = 20002;

struct WriteError {
  // NOLINTNEXTLINE(google-explicit-constructor): so that REKEY_TRY works in whoever gives it
  WriteError(base::Error cause) : error(std::move(cause)) {}
  WriteError(int number, base::Code code, std::string message)
      : error{code, std::move(message)}, error_code(number) {}
  WriteError& with_tail(std::string xml) {
    tail = std::move(xml);
    return *this;
  }

  base::Error error;
  int error_code = kUnexpectedError;
  std::string tail{};  // XML that follows the Object in the result
};
using WriteAnswer = tl::expected<Written, WriteError>;

[[nodiscard]] inline tl::unexpected<WriteError> refuse(int number, base::Code code,
                                                       std::string message) {
  return tl::unexpected<WriteError>(WriteError(number, code, std::move(message)));
}

struct WritableType {
  std::string_view name;
  std::string_view scope;
  // "DataExtensionCreateResult" is this and "CreateResult"; empty for the plain results.
  std::string_view result_prefix;
  std::string_view verbs;  // of "CUD"
  WriteAnswer (*write)(const WriteCall& call);
  // The content of the Object in the answer. `written`: nullptr where nothing was.
  base::Status (*echo)(XmlWriter& xml, const WriteCall& call, const Written* written);
};

[[nodiscard]] const WritableType& writable_subscriber();
[[nodiscard]] const WritableType& writable_list();
[[nodiscard]] const WritableType& writable_data_extension();
[[nodiscard]] const WritableType& writable_row();
[[nodiscard]] const WritableType& writable_triggered_send();
[[nodiscard]] const WritableType& writable_send_definition();

// "true", "True" or "1".
[[nodiscard]] bool says_true(const XmlElement& object, std::string_view name);

}  // namespace rekey::engagement::soap
