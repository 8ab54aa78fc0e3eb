#include "engagement/soap/write_verbs.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "base/text.h"
#include "engagement/soap/envelope.h"
#include "engagement/soap/object_types.h"
#include "engagement/soap/write_call.h"

namespace rekey::engagement::soap {

namespace {

using base::Code;

std::string_view name_of(WriteVerb verb) {
  if (verb == WriteVerb::kCreate) return "Create";
  return verb == WriteVerb::kUpdate ? "Update" : "Delete";
}

const WritableType* find_writable(std::string_view name, std::string_view verbs = {}) {
  for (const WritableType* type :
       {&writable_subscriber(), &writable_list(), &writable_data_extension(), &writable_row(),
        &writable_triggered_send(), &writable_send_definition()}) {
    if (type->name == name && type->verbs.find(verbs) != std::string_view::npos) return type;
  }
  return nullptr;
}

// Options/SaveOptions/SaveOption/SaveAction: of several the last counts, whatever property it
// names.
bool asks_for_upsert(const XmlElement& request) {
  const XmlElement* options = request.child("Options");
  const XmlElement* list = options == nullptr ? nullptr : options->child("SaveOptions");
  if (list == nullptr) return false;
  bool upserts = false;
  for (const XmlElement* one : list->all("SaveOption")) {
    upserts = base::equal_ignoring_case(one->child_text("SaveAction"), "UpdateAdd");
  }
  return upserts;
}

// What became of one object.
struct Outcome {
  std::optional<Written> written;
  std::string message;
  int error_code = 0;
  std::string tail;
};

// The reason for which nothing of the type may be written.
std::optional<WriteError> refusal_of(const WriteCall& call, const WritableType* type) {
  if (type == nullptr) {
    const bool is_known =
        find_type(call.object.type) != nullptr || find_writable(call.object.type) != nullptr;
    return WriteError(
        kUnexpectedError, Code::kUnsupported,
        is_known ? fmt::format("{} is not supported for {}", name_of(call.verb), call.object.type)
                 : unknown_type(call.object.type));
  }
  if (holds_all(call.caller, type->scope)) return std::nullopt;
  return WriteError(kNoPermission, Code::kForbidden, missing_scope(type->scope));
}

// An error is the server's own.
base::Result<Outcome> write_one(const WriteCall& call, const WritableType* type) {
  std::optional<WriteError> refusal = refusal_of(call, type);
  std::optional<Written> written;
  if (!refusal) {
    const base::Status status = call.tables.in_savepoint([&]() -> base::Status {
      WriteAnswer answer = type->write(call);
      if (answer) {
        written = *std::move(answer);
        return {};
      }
      refusal = std::move(answer.error());
      return tl::unexpected<base::Error>(refusal->error);
    });
    if (!status && !refusal) return tl::unexpected<base::Error>(status.error());
  }
  if (!refusal) return Outcome{written, written->message, 0, written->tail};
  if (!is_clients(refusal->error)) return tl::unexpected<base::Error>(refusal->error);
  return Outcome{std::nullopt, refusal->error.detail, refusal->error_code, refusal->tail};
}

base::Status write_result(XmlWriter& xml, const WriteCall& call, const WritableType* type,
                          const Outcome& outcome, std::int64_t ordinal) {
  if (type != nullptr && !type->result_prefix.empty()) {
    xml.open_typed("Results", fmt::format("{}{}Result", type->result_prefix, name_of(call.verb)));
  } else {
    xml.open("Results");
  }
  xml.element("StatusCode", outcome.written ? "OK" : "Error")
      .element("StatusMessage", outcome.message)
      .element("OrdinalID", ordinal);
  if (!outcome.written) xml.element("ErrorCode", outcome.error_code);
  if (call.verb == WriteVerb::kCreate) {
    xml.element("NewID", outcome.written ? outcome.written->new_id : 0);
    if (outcome.written && !outcome.written->new_object_id.empty()) {
      xml.element("NewObjectID", outcome.written->new_object_id);
    }
  }
  if (type != nullptr) {
    xml.open_typed("Object", type->name);
    REKEY_CHECK(type->echo(xml, call, outcome.written ? &*outcome.written : nullptr));
    xml.close();
  } else {
    xml.open("Object").nil("PartnerKey").nil("ObjectID").close();
  }
  xml.raw(outcome.tail).close();
  return {};
}

VerbAnswer write_all(const VerbCall& call, WriteVerb verb) {
  const std::vector<const XmlElement*> objects = call.request.all("Objects");
  const std::string_view name = name_of(verb);
  XmlWriter xml;
  xml.open(fmt::format("{}Response", name), fmt::format(" xmlns=\"{}\"", kPartnerSpace));
  const bool upserts = asks_for_upsert(call.request) && verb != WriteVerb::kDelete;
  std::size_t written = 0;
  std::size_t refused = 0;
  for (const XmlElement* object : objects) {
    const WriteCall one{call.tables, call.caller, *object,        verb,
                        upserts,     call.now,    call.tools.ids, call.tools.room};
    const WritableType* type = find_writable(object->type, name.substr(0, 1));
    REKEY_TRY(const Outcome outcome, write_one(one, type));
    REKEY_CHECK(
        write_result(xml, one, type, outcome, static_cast<std::int64_t>(written + refused)));
    ++(outcome.written ? written : refused);
  }
  const bool is_error = written == 0;
  xml.element("RequestID", call.tools.ids.guid())
      .element("OverallStatus", is_error      ? "Error"
                                : refused > 0 ? "Has Errors"
                                              : "OK");
  return xml.close().release();
}

}  // namespace

bool says_true(const XmlElement& object, std::string_view name) {
  const std::string text = object.child_text(name);
  return base::equal_ignoring_case(text, "true") || text == "1";
}

VerbAnswer create_objects(const VerbCall& call) {
  return write_all(call, WriteVerb::kCreate);
}

VerbAnswer update_objects(const VerbCall& call) {
  return write_all(call, WriteVerb::kUpdate);
}

VerbAnswer delete_objects(const VerbCall& call) {
  return write_all(call, WriteVerb::kDelete);
}

}  // namespace rekey::engagement::soap
