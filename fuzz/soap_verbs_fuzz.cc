// A whole SOAP request over real tables: the envelope, Retrieve with its filters and its pages, and
// Create, Update and Delete of every object. Nothing crashes, every error is the client's, every
// answer is XML, and pages come to an end.
#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "base/assert.h"
#include "engagement/soap/describe.h"
#include "engagement/soap/envelope.h"
#include "engagement/soap/execute.h"
#include "engagement/soap/perform.h"
#include "engagement/soap/retrieve.h"
#include "engagement/soap/write_verbs.h"
#include "engagement/tables/schema.h"
#include "platform/temp_folder.h"

namespace {

namespace engagement = rekey::engagement;
namespace soap = rekey::engagement::soap;
using rekey::base::Code;
using rekey::storage::Connection;

// Ids of objects have to differ; those of one run are as those of any other, so that a seed can go
// on with the RequestID that an input before it was answered with.
constexpr std::uint32_t kFirstDraw = 1000;
std::uint32_t draws = 0;
void fill_anew(std::span<std::uint8_t> bytes) {
  const std::uint32_t draw = ++draws;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(i < 4 ? draw >> (8 * i) : 0x5a);
  }
}

constexpr std::string_view kBegin =
    R"(<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/")"
    R"( xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><Body>)";
constexpr std::string_view kEnd = "</Body></Envelope>";

std::string create(std::string_view objects) {
  return std::string(kBegin).append("<CreateRequest>").append(objects).append("</CreateRequest>") +
         std::string(kEnd);
}

class World {
 public:
  World() : tables_(open(folder_ / "sandbox.db")) {
    REKEY_ASSERT(engagement::tables::prepare_schema(tables_).has_value());
    keep(create(R"(<Objects xsi:type="DataExtension"><CustomerKey>people</CustomerKey>)"
                "<Name>People</Name><Fields><Field><Name>Id</Name><FieldType>Text</FieldType>"
                "<MaxLength>10</MaxLength><IsPrimaryKey>true</IsPrimaryKey></Field><Field>"
                "<Name>Age</Name><FieldType>Number</FieldType></Field><Field><Name>Born</Name>"
                "<FieldType>Date</FieldType></Field><Field><Name>Price</Name><FieldType>Decimal"
                "</FieldType><MaxLength>6</MaxLength><Scale>2</Scale></Field></Fields></Objects>"));
    for (const std::string name : {"a", "b", "c"}) {
      keep(create(R"(<Objects xsi:type="DataExtensionObject"><CustomerKey>people</CustomerKey>)"
                  "<Properties><Property><Name>Id</Name><Value>" +
                  name +
                  "</Value></Property><Property><Name>Age</Name><Value>7</Value></Property>"
                  R"(</Properties></Objects><Objects xsi:type="Subscriber"><EmailAddress>)" +
                  name + "@example.org</EmailAddress></Objects>" +
                  R"(<Objects xsi:type="List"><ListName>)" + name + "</ListName></Objects>"));
    }
  }

  // Runs it, and takes back whatever it wrote.
  void run(const soap::Message& message) {
    draws = kFirstDraw;
    const auto undone = tables_.in_transaction([&]() -> rekey::base::Status {
      const auto answer = ask(message.request);
      if (answer) turn_pages(*answer);
      return rekey::base::fail(Code::kRefused, "only a trial");
    });
    REKEY_ASSERT(!undone.has_value() && undone.error().code == Code::kRefused);
  }

 private:
  static Connection open(const std::string& path) {
    auto opened = Connection::open(path, rekey::storage::OpenMode::kReadWriteCreate);
    REKEY_ASSERT(opened.has_value());
    return *std::move(opened);
  }

  void keep(const std::string& envelope) {
    const auto message = soap::read_message(envelope);
    REKEY_ASSERT(message.has_value());
    const auto done = tables_.in_transaction([&]() -> rekey::base::Status {
      const auto answer = ask(message->request);
      REKEY_ASSERT(answer && answer->find("<OverallStatus>OK<") != std::string::npos);
      return {};
    });
    REKEY_ASSERT(done.has_value());
  }

  soap::VerbAnswer run_verb(const soap::VerbCall& call) {
    const std::string& name = call.request.name;
    if (name == "CreateRequest") return soap::create_objects(call);
    if (name == "UpdateRequest") return soap::update_objects(call);
    if (name == "DeleteRequest") return soap::delete_objects(call);
    if (name == "DefinitionRequestMsg") return soap::describe(call);
    if (name == "ExecuteRequestMsg") return soap::execute(call);
    if (name == "PerformRequestMsg") return soap::perform(call);
    if (name == "ScheduleRequestMsg") return soap::schedule(call);
    if (name == "ConfigureRequestMsg") return soap::configure(call);
    return soap::retrieve(call);
  }

  soap::VerbAnswer ask(const soap::XmlElement& request) {
    const soap::VerbTools tools{tools_, ids_, continuations_, no_packages_};
    auto answer = run_verb(soap::VerbCall{tables_, caller_, request, now_, tools});
    REKEY_ASSERT(answer.has_value());  // what a client did wrong is told in the answer
    REKEY_ASSERT(soap::read_xml(enveloped(*answer)).has_value());
    return answer;
  }
  // With the prefixes that the envelope declares.
  std::string enveloped(const std::string& body) {
    const soap::AnswerHeader header{soap::SoapVersion::k11, "x", "", now_};
    return soap::answer_with(header, body, ids_).body;
  }

  static std::string request_id_in(const std::string& answer) {
    constexpr std::string_view kOpen = "<RequestID>";
    constexpr std::size_t kLength = 36;
    const std::size_t at = answer.find(kOpen);
    REKEY_ASSERT(at != std::string::npos);
    return answer.substr(at + kOpen.size(), kLength);
  }

  // There is an end to them: few objects are there.
  void turn_pages(std::string answer) {
    constexpr int kMostPages = 64;
    soap::XmlElement request;
    request.name = "RetrieveRequestMsg";
    request.children.resize(1);
    request.children[0].name = "RetrieveRequest";
    request.children[0].children.resize(1);
    request.children[0].children[0].name = "ContinueRequest";
    for (int page = 0; answer.find(">MoreDataAvailable<") != std::string::npos; ++page) {
      REKEY_ASSERT(page < kMostPages);
      request.children[0].children[0].text = request_id_in(answer);
      answer = *ask(request);
    }
  }

  rekey::platform::TempFolder folder_;
  Connection tables_;
  engagement::Ids ids_{fill_anew};
  engagement::Tools tools_{{}, engagement::Ids(fill_anew),
                           {}, {},
                           {}, engagement::sandbox::Snapshot(open(folder_ / "sandbox.db"))};
  soap::Continuations continuations_;
  engagement::AskPackages no_packages_;
  engagement::Caller caller_{7, 1, 3,
                             "data_extensions_read data_extensions_write list_and_subscribers_read "
                             "list_and_subscribers_write tracking_events_read accounts_read "
                             "users_read email_read email_write email_send",
                             false};
  rekey::base::Instant now_ = rekey::base::from_millis(1'800'000'000'000);
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  static World world;
  const std::string_view text(reinterpret_cast<const char*>(data), size_bytes);
  const auto message = soap::read_message(text);
  if (message) world.run(*message);
  return 0;
}
