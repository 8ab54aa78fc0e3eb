#include "engagement/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "engagement/data_extensions/async_rows.h"
#include "engagement/data_extensions/rows.h"
#include "engagement/due_loop.h"
#include "engagement/due_work.h"
#include "engagement/gate.h"
#include "engagement/journeys/carry_out.h"
#include "engagement/reader_pool.h"
#include "engagement/sends/deliver.h"
#include "engagement/soap/door.h"
#include "engagement/tables/schema.h"
#include "storage/writer.h"
#include "telemetry/names.h"

namespace rekey::engagement {

namespace {

using base::Code;
using base::Result;
namespace names = telemetry::names;

// The three counters of answers by their kind.
struct AnswerCounters {
  explicit AnswerCounters(telemetry::Metrics& metrics)
      : good(counter(metrics, "2xx")),
        refused(counter(metrics, "4xx")),
        failed(counter(metrics, "5xx")) {}
  static telemetry::Counter& counter(telemetry::Metrics& metrics, const char* kind) {
    return metrics.counter(names::kGuardedCallsTotal, "Calls of the guarded API, by their answer.",
                           {{"answer", kind}});
  }
  void count(int status) noexcept {
    telemetry::Counter& counted = status < 400 ? good : status < 500 ? refused : failed;
    counted.increment();
  }
  telemetry::Counter& good;
  telemetry::Counter& refused;
  telemetry::Counter& failed;
};

// A request that was let in, read, and is being answered.
struct Job {
  Request request;
  Caller caller;
  FoundRoute found;
  Respond respond;
  Query query;
  net::JsonValue body;
  base::Instant now{};
  std::optional<Answer> answer;

  [[nodiscard]] base::Status read() {
    REKEY_TRY(query, Query::parse(request.query));
    if (request.body.empty() || found.route->scopes == kAnyone) return {};
    REKEY_TRY(body, net::parse_json(request.body));
    return {};
  }
  // Ok where the answer is a reply.
  [[nodiscard]] base::Status run(storage::Connection& tables, Tools& tools) {
    Call call{tables, caller, found.parts, query, body, now, tools};
    answer = found.route->run(call);
    if (*answer) return {};
    return tl::unexpected<base::Error>(answer->error().error);
  }
  // What is told: where the transaction failed, whatever was to be replied does not count.
  [[nodiscard]] Answer outcome(const base::Status& status) {
    const bool was_refused = answer && !*answer;
    if (!status && !was_refused) return tl::unexpected<Refusal>(Refusal(status.error()));
    return *std::move(answer);
  }
};

struct Connections {
  storage::Connection writes;
  storage::Connection due_rows;
  storage::Connection due_mails;
  storage::Connection due_journeys;
  storage::Connection exported;
  std::vector<storage::Connection> reads;
};

// Of a data extension with a million rows the inner pages of its trees alone are more than SQLite's
// usual 2 MiB, and would be read anew for each call. Taken only as it is needed.
base::Status keep_inner_pages(storage::Connection& connection) {
  return connection.execute("PRAGMA cache_size=-16384");
}

Result<Connections> open_connections(const ApiOptions& options) {
  using storage::Connection;
  using storage::OpenMode;
  REKEY_TRY(Connection writes, Connection::open(options.database, OpenMode::kReadWriteCreate));
  REKEY_CHECK(keep_inner_pages(writes));
  REKEY_CHECK(writes.check_integrity());
  REKEY_CHECK(tables::prepare_schema(writes));
  REKEY_TRY(Connection due_rows, Connection::open(options.database, OpenMode::kReadOnly));
  REKEY_TRY(Connection due_mails, Connection::open(options.database, OpenMode::kReadOnly));
  REKEY_TRY(Connection due_journeys, Connection::open(options.database, OpenMode::kReadOnly));
  REKEY_TRY(Connection exported, Connection::open(options.database, OpenMode::kReadOnly));
  std::vector<Connection> reads;
  for (std::size_t i = 0; i < std::max<std::size_t>(1, options.readers); ++i) {
    REKEY_TRY(Connection connection, Connection::open(options.database, OpenMode::kReadOnly));
    REKEY_CHECK(keep_inner_pages(connection));
    reads.push_back(std::move(connection));
  }
  return Connections{std::move(writes),       std::move(due_rows), std::move(due_mails),
                     std::move(due_journeys), std::move(exported), std::move(reads)};
}

// The sooner of two instants at which more is due.
NextDue sooner(const NextDue& a, const NextDue& b) {
  if (!a || (b && (!*b || (*a && **a <= **b)))) return a;
  return b;
}

}  // namespace

struct Api::State {
  State(ApiOptions options, Connections connections, const platform::Clock& clock_in,
        telemetry::Logger& logger_in, telemetry::Metrics& metrics)
      : clock(clock_in),
        logger(logger_in),
        counters(metrics),
        tools{options.settings,
              Ids(options.fill_random),
              {},
              options.ask_audit,
              options.advance_clock,
              sandbox::Snapshot(std::move(connections.exported))},
        wait(options.wait),
        identify(options.identify),
        ask_packages(options.ask_packages),
        mailer{std::move(options.mail), std::move(options.transport)},
        due_row_reads(std::move(connections.due_rows)),
        due_mail_reads(std::move(connections.due_mails)),
        due_journey_reads(std::move(connections.due_journeys)),
        rows([this] { return write_due_rows(); }, clock, logger),
        mails([this] { return send_due_mails(); }, clock, logger),
        journey_steps([this] { return carry_out_journeys(); }, clock, logger),
        soap({identify, ask_packages, tools, clock, logger, pool, writer, [this] { poke(); }}),
        writer(std::move(connections.writes)),
        pool(std::move(connections.reads)) {}

  void respond(const Respond& respond_to, net::Response response) {
    counters.count(response.status);
    response.headers.emplace_back("X-Mashery-Message-ID", tools.ids.guid());
    respond_to(std::move(response));
  }
  void finish(const Job& job, const Answer& answer) {
    if (answer) return respond(job.respond, response_of(*answer));
    const Refusal& refusal = answer.error();
    std::string id;
    if (!refusal.reply && is_internal(refusal.error)) {
      id = tools.ids.guid();
      logger.log(telemetry::Level::kError, job.now, names::kRequestFailed,
                 {{"id", id},
                  {"code", base::name_of(refusal.error.code)},
                  {"detail", refusal.error.detail}});
    }
    respond(job.respond, response_of(refusal, id));
  }

  // Ends a call before it is looked at, in the words of its API.
  void turn_away(Request request, net::Response struck, Respond respond_to) {
    if (!soap::Door::owns(request.path)) return respond(respond_to, std::move(struck));
    soap.turn_away({request.method, std::move(request.body), std::move(request.base_url)},
                   struck.status,
                   [this, respond_to = std::move(respond_to)](net::Response response) {
                     respond(respond_to, std::move(response));
                   });
  }
  void dispatch(Request request, const std::optional<Caller>& caller, Respond respond_to) {
    if (soap::Door::owns(request.path)) {
      return soap.handle({request.method, std::move(request.body), std::move(request.base_url)},
                         [this, respond_to = std::move(respond_to)](net::Response response) {
                           respond(respond_to, std::move(response));
                         });
    }
    Admission admission = admit(all_routes(), request.method, request.path, caller);
    if (auto* refused = std::get_if<net::Response>(&admission)) {
      return respond(respond_to, std::move(*refused));
    }
    const auto job = std::make_shared<Job>();
    job->request = std::move(request);
    job->caller = caller.value_or(Caller{});
    job->found = std::get<FoundRoute>(std::move(admission));
    job->respond = std::move(respond_to);
    job->now = clock.now();
    if (!pool.offer([this, job](storage::Connection& reads) { run(job, reads); })) {
      respond(job->respond, too_busy());
    }
  }
  void run(const std::shared_ptr<Job>& job, storage::Connection& reads) {
    if (const base::Status read = job->read(); !read) {
      return finish(*job, tl::unexpected<Refusal>(Refusal(read.error())));
    }
    if (job->found.route->access == Access::kReads) return answer_read(*job, reads);
    writer.submit([this, job](storage::Connection& tables) { return job->run(tables, tools); },
                  [this, job](const base::Status& status) {
                    finish(*job, job->outcome(status));
                    poke();
                  });
  }
  // There may be work that is due.
  void poke() {
    rows.poke();
    mails.poke();
    journey_steps.poke();
  }
  void answer_read(Job& job, storage::Connection& reads) {
    base::Status status;
    try {
      status = reads.in_snapshot([&] { return job.run(reads, tools); });
    } catch (const std::exception& exception) {
      job.answer.reset();
      status = base::fail(Code::kInternal, fmt::format("a read failed: {}", exception.what()));
    }
    finish(job, job.outcome(status));
  }

  NextDue write_due_rows() {
    DueWork work{due_row_reads, writer, tools, clock.now()};
    REKEY_TRY(const auto next, data_extensions::carry_out_async(work));
    REKEY_CHECK(data_extensions::drop_cleared_rows(work));
    REKEY_CHECK(tools.snapshot.end_if_left(work.now));
    return next;
  }
  NextDue send_due_mails() {
    DueWork work{due_mail_reads, writer, tools, clock.now()};
    return sends::deliver_due(work, mailer);
  }
  NextDue carry_out_journeys() {
    DueWork work{due_journey_reads, writer, tools, clock.now()};
    NextDue next = journeys::carry_out_journeys(work);
    mails.poke();  // which a journey may have put into the queue
    return next;
  }

  void stop() {
    tools.faults.slow_millis = 0;
    pool.stop();
    writer.drain();
    rows.stop();
    mails.stop();
    journey_steps.stop();
  }

  const platform::Clock& clock;
  telemetry::Logger& logger;
  AnswerCounters counters;
  Tools tools;
  const std::function<void(base::Duration)> wait;
  const Identify identify;
  const AskPackages ask_packages;
  sends::Mailer mailer;
  storage::Connection due_row_reads;
  storage::Connection due_mail_reads;
  storage::Connection due_journey_reads;
  // Three, so that a mail server that is slow to answer holds up no rows and no journeys.
  DueLoop rows;
  DueLoop mails;
  DueLoop journey_steps;
  soap::Door soap;
  // Last, so that their threads end before what they use.
  storage::Writer writer;
  ReaderPool pool;
};

Result<std::unique_ptr<Api>> Api::open(ApiOptions options, const platform::Clock& clock,
                                       telemetry::Logger& logger, telemetry::Metrics& metrics) {
  REKEY_TRY(Connections connections, open_connections(options));
  return std::unique_ptr<Api>(new Api(
      std::make_unique<State>(std::move(options), std::move(connections), clock, logger, metrics)));
}

Api::Api(std::unique_ptr<State> state) : state_(std::move(state)) {}

Api::~Api() {
  stop();
}

bool Api::owns(std::string_view lower_path) const noexcept {
  const auto first_of = [](std::string_view path) {
    return path.substr(0, std::min(path.find('/', 1), path.size()));
  };
  if (soap::Door::owns(lower_path)) return true;
  const auto routes = all_routes();
  return std::any_of(routes.begin(), routes.end(), [&](const Route& route) {
    return first_of(route.pattern) == first_of(lower_path);
  });
}

void Api::handle(net::Exchange& exchange, std::string_view path,
                 const std::optional<Caller>& caller, std::string_view base_url) {
  const net::Request& request = exchange.request();
  Request copy{request.method, std::string(path), std::string(request.query),
               std::string(request.body), std::string(base_url)};
  // Shared, because a function that is copied carries it.
  const auto later = std::make_shared<net::Later>(exchange.later());
  submit(std::move(copy), caller,
         [later](net::Response response) { later->respond(std::move(response)); });
}

void Api::submit(Request request, const std::optional<Caller>& caller, Respond respond) {
  State* const state = state_.get();
  if (auto struck = state->tools.faults.strike(request.path)) {
    return state->turn_away(std::move(request), *std::move(struck), std::move(respond));
  }
  const base::Duration delay = state->tools.faults.delay(request.path);
  if (delay == base::Duration::zero()) {
    return state->dispatch(std::move(request), caller, std::move(respond));
  }
  const auto held = std::make_shared<Request>(std::move(request));
  const bool is_taken =
      state->pool.offer([state, held, caller, respond, delay](storage::Connection&) {
        state->tools.faults.hold_up(delay, state->wait);
        state->dispatch(std::move(*held), caller, respond);
      });
  if (!is_taken) state->turn_away(std::move(*held), too_busy(), std::move(respond));
}

void Api::set_public_url(std::string url) {
  state_->soap.set_public_url(url);
  state_->mailer.settings.public_url = std::move(url);
}

NextDue Api::tick() {
  // Journeys first: what they queue may be due at once.
  const NextDue journeys = state_->journey_steps.run_once();
  const NextDue rows = state_->rows.run_once();
  return sooner(journeys, sooner(rows, state_->mails.run_once()));
}

void Api::start() {
  state_->rows.start();
  state_->mails.start();
  state_->journey_steps.start();
}

void Api::stop() {
  state_->stop();
}

}  // namespace rekey::engagement
