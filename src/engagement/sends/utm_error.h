// Refusals of the transactional API, which have codes and names of their own (contract section 4.6;
// Marketing Cloud's list of response-level error codes).
#pragma once

#include <string>
#include <string_view>

#include "engagement/answer.h"

namespace rekey::engagement::sends {

struct UtmFault {
  int status = 400;
  int errorcode = 0;
  std::string_view name;  // after "MCMS_UTM_"
};

inline constexpr UtmFault kInvalidDataType{400, 10001, "Validation_InvalidDataType"};
inline constexpr UtmFault kMissingField{400, 10002, "Validation_MissingRequiredField"};
inline constexpr UtmFault kIncorrectFormat{400, 10003, "Validation_IncorrectFormat"};
inline constexpr UtmFault kInvalidValue{400, 10005, "Validation_InvalidValue"};
inline constexpr UtmFault kInvalidOperation{400, 30001, "Runtime_InvalidOperation"};
inline constexpr UtmFault kObjectNotFound{404, 30003, "Runtime_ObjectNotFound"};
inline constexpr UtmFault kObjectExists{409, 30004, "Runtime_ObjectAlreadyExists"};
inline constexpr UtmFault kResponsesHasErrors{202, 109001, "ResponsesHasErrors"};
inline constexpr UtmFault kTooManySubscribers{400, 109101, "Validation_TooManySubscribers"};
inline constexpr UtmFault kNoSubscribers{400, 109102, "Validation_NoSubscribers"};
inline constexpr UtmFault kMissingSubscriberKey{400, 109105,
                                                "Validation_MissingRequiredField_subscriberKey"};
inline constexpr UtmFault kMissingTo{400, 109106, "Validation_MissingRequiredField_to"};
inline constexpr UtmFault kMissingDefinitionKey{400, 109107,
                                                "Validation_MissingRequiredField_definitionKey"};
inline constexpr UtmFault kInvalidMessageKey{400, 109108, "Validation_InvalidValue_messageKey"};
inline constexpr UtmFault kInvalidSubscriberKey{400, 109109,
                                                "Validation_InvalidValue_subscriberKey"};
inline constexpr UtmFault kDuplicateMessageKey{400, 109110, "Validation_DuplicateMessageKey"};
inline constexpr UtmFault kInvalidDefinitionKey{400, 109111,
                                                "Validation_InvalidValue_definitionKey"};
inline constexpr UtmFault kInvalidTo{400, 109121, "Validation_InvalidValue_to"};
inline constexpr UtmFault kUnknownFieldName{400, 109122, "Validation_UnknownFieldName"};

inline constexpr UtmFault kBadAddress{400, 109124, "Validation_email_does_not_pass_validation"};

// What is wrong with one thing, in a sentence without its value.
struct Fault {
  UtmFault kind;
  std::string sentence;
};

// "MCMS_UTM_Validation_InvalidValue_to: …".
[[nodiscard]] std::string utm_message(const UtmFault& fault, std::string_view sentence);
// {"message":"MCMS_UTM_…: …","errorcode":…,"documentation":""} with the fault's status.
[[nodiscard]] tl::unexpected<Refusal> refuse_utm(const UtmFault& fault, std::string_view sentence);
// The same for what another function has refused: not found, taken, else an invalid type or value;
// what is internal stays so.
[[nodiscard]] tl::unexpected<Refusal> refuse_utm(const base::Error& error);

}  // namespace rekey::engagement::sends
