#include "engagement/soap/perform.h"

#include <fmt/format.h>

#include "engagement/soap/envelope.h"
#include "engagement/soap/write_call.h"
#include "engagement/soap/xml_writer.h"

namespace rekey::engagement::soap {

namespace {

struct Verb {
  std::string_view name;
  std::string_view list;  // the element with its objects
  std::string_view item;
  bool has_task = true;  // the schema wants a Task in each result
};

void write_refusal(XmlWriter& xml, const Verb& verb, const XmlElement& object,
                   const std::string& sentence, std::int64_t ordinal) {
  const auto write_status = [&] {
    xml.element("StatusCode", "Error")
        .element("StatusMessage", sentence)
        .element("OrdinalID", ordinal)
        .element("ErrorCode", kUnexpectedError);
  };
  xml.open("Result");
  write_status();
  xml.open("Object").nil("PartnerKey").nil("ObjectID");
  const std::string key = object.child_text("CustomerKey");
  if (!key.empty()) xml.element("CustomerKey", key);
  xml.close();
  if (verb.has_task) {
    xml.open("Task");
    write_status();
    xml.close();
  }
  xml.close();
}

VerbAnswer refuse_each(const VerbCall& call, const Verb& verb) {
  constexpr std::size_t kLongestWord = 100;
  const std::string action = call.request.child_text("Action").substr(0, kLongestWord);
  XmlWriter results;
  std::int64_t count = 0;
  if (const XmlElement* list = call.request.child(verb.list)) {
    for (const XmlElement* object : list->all(verb.item)) {
      const std::string sentence =
          fmt::format("{} {} is not supported for {}", verb.name, action,
                      object->type.empty() ? "an object without xsi:type"
                                           : object->type.substr(0, kLongestWord));
      write_refusal(results, verb, *object, sentence, count++);
    }
  }
  XmlWriter xml;
  xml.open(fmt::format("{}ResponseMsg", verb.name), fmt::format(" xmlns=\"{}\"", kPartnerSpace))
      .open("Results")
      .raw(results.release())
      .close()
      .element("OverallStatus", "Error")
      .element("OverallStatusMessage",
               count > 0 ? std::string()
                         : fmt::format("{} needs {}/{}", verb.name, verb.list, verb.item))
      .element("RequestID", call.tools.ids.guid());
  return xml.close().release();
}

}  // namespace

VerbAnswer perform(const VerbCall& call) {
  return refuse_each(call, {"Perform", "Definitions", "Definition"});
}

VerbAnswer schedule(const VerbCall& call) {
  return refuse_each(call, {"Schedule", "Interactions", "Interaction"});
}

VerbAnswer configure(const VerbCall& call) {
  return refuse_each(call, {"Configure", "Configurations", "Configuration", false});
}

VerbAnswer version_info(const VerbCall& call) {
  XmlWriter xml;
  xml.open("VersionInfoResponseMsg", fmt::format(" xmlns=\"{}\"", kPartnerSpace))
      .open("VersionInfo")
      .element("Version", REKEY_VERSION)
      .element("VersionDate", "2026-11-30T00:00:00")  // of the WSDL that is served
      .element("Notes", "A sandbox of Rekey.")
      .close()
      .element("RequestID", call.tools.ids.guid());
  return xml.close().release();
}

}  // namespace rekey::engagement::soap
