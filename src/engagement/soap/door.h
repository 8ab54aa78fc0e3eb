// The SOAP endpoint, /Service.asmx, and its WSDL.
//
// The token is in the envelope: so a request is read before it is known whose it is, on a reader
// thread. Then it passes the gate's two questions as REST calls do, in SOAP's words: no living
// token is a fault ("Token Expired", which clients answer with a new token and another try, or
// "Login Failed"), a scope that is missing is told in the answer's status. What only reads runs on
// the reader thread, what writes on the one writer.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "engagement/accounts.h"
#include "engagement/call.h"
#include "engagement/caller.h"
#include "engagement/reader_pool.h"
#include "engagement/soap/continuations.h"
#include "net/http.h"
#include "platform/clock.h"
#include "storage/writer.h"
#include "telemetry/logger.h"

namespace rekey::engagement::soap {

struct DoorRequest {
  net::Method method = net::Method::kGet;
  std::string body;
  std::string base_url;  // by which it was asked, without a slash; empty: the public one
};

class Door {
 public:
  struct Parts {
    const Identify& identify;  // empty: nobody is let in
    const AskPackages& ask_packages;
    Tools& tools;
    const platform::Clock& clock;
    telemetry::Logger& logger;
    ReaderPool& pool;
    storage::Writer& writer;
    std::function<void()> after_write;  // there may be work that is due
  };
  using Respond = std::function<void(net::Response)>;

  // What `parts` names outlives it.
  explicit Door(Parts parts) : parts_(std::move(parts)) {}

  // In any letter case.
  [[nodiscard]] static bool owns(std::string_view path) noexcept;
  // Where clients reach this server, without a slash at the end. Before the first request.
  void set_public_url(std::string_view url) { endpoint_ = endpoint_at(url); }

  // `respond` is called once, here or on another thread.
  void handle(DoorRequest request, Respond respond);
  // Runs nothing, and answers with a fault of ours, in the version that was asked in: a client of
  // SOAP looks for a fault, whatever the status. What asks for the WSDL gets the status.
  void turn_away(DoorRequest request, int status, Respond respond);

 private:
  struct Job;
  [[nodiscard]] static std::string endpoint_at(std::string_view base_url);
  [[nodiscard]] std::string endpoint_of(const DoorRequest& request) const;
  [[nodiscard]] static net::Response wsdl(const std::string& endpoint);
  void refuse_busy(const Job& job) const;
  void answer_fault(const Job& job, std::string text) const;
  void run(const std::shared_ptr<Job>& job, storage::Connection& reads);

  Parts parts_;
  Continuations continuations_;
  std::string endpoint_ = "/Service.asmx";
};

}  // namespace rekey::engagement::soap
