#include "engagement/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "engagement/data_extensions/async_rows.h"
#include "engagement/data_extensions/rows.h"
#include "engagement/due_work.h"
#include "engagement/gate.h"
#include "engagement/reader_pool.h"
#include "engagement/tables/schema.h"
#include "storage/writer.h"
#include "telemetry/names.h"

namespace rekey::engagement {

namespace {

using base::Code;
using base::Result;
namespace names = telemetry::names;

constexpr base::Duration kLongestNap = std::chrono::seconds{1};
constexpr base::Duration kShortestNap{10};

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
    if (request.body.empty()) return {};
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

}  // namespace

struct Api::State {
  State(const ApiOptions& options, storage::Connection writes, storage::Connection due,
        std::vector<storage::Connection> reads, const platform::Clock& clock_in,
        telemetry::Logger& logger_in, telemetry::Metrics& metrics)
      : clock(clock_in),
        logger(logger_in),
        counters(metrics),
        tools{options.settings, Ids(options.fill_random), {}},
        due_reads(std::move(due)),
        writer(std::move(writes)),
        pool(std::move(reads)) {}

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

  NextDue tick() {
    const std::lock_guard lock(tick_mutex);
    DueWork work{due_reads, writer, tools, clock.now()};
    REKEY_TRY(const auto next, data_extensions::carry_out_async(work));
    REKEY_CHECK(data_extensions::drop_cleared_rows(work));
    return next;
  }

  void poke() {
    const std::lock_guard lock(mutex);
    is_poked = true;
    woken.notify_one();
  }
  void loop() {
    std::unique_lock lock(mutex);
    while (!is_stopping) {
      is_poked = false;
      lock.unlock();
      const base::Duration nap = nap_after(tick());
      lock.lock();
      woken.wait_for(lock, nap, [this] { return is_stopping || is_poked; });
    }
  }
  base::Duration nap_after(const NextDue& next) {
    if (!next) {
      logger.log(telemetry::Level::kError, clock.now(), names::kDueWorkFailed,
                 {{"detail", next.error().detail}});
      return kLongestNap;
    }
    if (!*next) return kLongestNap;
    return std::clamp<base::Duration>(**next - clock.now(), kShortestNap, kLongestNap);
  }

  void stop() {
    pool.stop();
    writer.drain();
    {
      const std::lock_guard lock(mutex);
      is_stopping = true;
    }
    woken.notify_all();
    if (thread.joinable()) thread.join();
  }

  const platform::Clock& clock;
  telemetry::Logger& logger;
  AnswerCounters counters;
  Tools tools;
  std::mutex tick_mutex;  // of due_reads
  storage::Connection due_reads;
  std::mutex mutex;  // of the three below
  std::condition_variable woken;
  bool is_poked = false;
  bool is_stopping = false;
  std::thread thread;
  // Last, so that their threads end before what they use.
  storage::Writer writer;
  ReaderPool pool;
};

Result<std::unique_ptr<Api>> Api::open(ApiOptions options, const platform::Clock& clock,
                                       telemetry::Logger& logger, telemetry::Metrics& metrics) {
  using storage::Connection;
  using storage::OpenMode;
  REKEY_TRY(Connection writes, Connection::open(options.database, OpenMode::kReadWriteCreate));
  REKEY_CHECK(writes.check_integrity());
  REKEY_CHECK(tables::prepare_schema(writes));
  REKEY_TRY(Connection due, Connection::open(options.database, OpenMode::kReadOnly));
  std::vector<Connection> reads;
  for (std::size_t i = 0; i < std::max<std::size_t>(1, options.readers); ++i) {
    REKEY_TRY(Connection connection, Connection::open(options.database, OpenMode::kReadOnly));
    reads.push_back(std::move(connection));
  }
  return std::unique_ptr<Api>(new Api(std::make_unique<State>(
      options, std::move(writes), std::move(due), std::move(reads), clock, logger, metrics)));
}

Api::Api(std::unique_ptr<State> state) : state_(std::move(state)) {}

Api::~Api() {
  stop();
}

bool Api::owns(std::string_view lower_path) const noexcept {
  const auto first_of = [](std::string_view path) {
    return path.substr(0, std::min(path.find('/', 1), path.size()));
  };
  const auto routes = all_routes();
  return std::any_of(routes.begin(), routes.end(), [&](const Route& route) {
    return first_of(route.pattern) == first_of(lower_path);
  });
}

void Api::handle(net::Exchange& exchange, std::string_view path,
                 const std::optional<Caller>& caller) {
  const net::Request& request = exchange.request();
  Request copy{request.method, std::string(path), std::string(request.query),
               std::string(request.body)};
  // Shared, because a function that is copied carries it.
  const auto later = std::make_shared<net::Later>(exchange.later());
  submit(std::move(copy), caller,
         [later](net::Response response) { later->respond(std::move(response)); });
}

void Api::submit(Request request, const std::optional<Caller>& caller, Respond respond) {
  Admission admission = admit(all_routes(), request.method, request.path, caller);
  if (auto* refused = std::get_if<net::Response>(&admission)) {
    return state_->respond(respond, std::move(*refused));
  }
  const auto job = std::make_shared<Job>();
  job->request = std::move(request);
  job->caller = *caller;
  job->found = std::get<FoundRoute>(std::move(admission));
  job->respond = std::move(respond);
  job->now = state_->clock.now();
  State* const state = state_.get();
  if (!state->pool.offer([state, job](storage::Connection& reads) { state->run(job, reads); })) {
    state->respond(job->respond, too_busy());
  }
}

NextDue Api::tick() {
  return state_->tick();
}

void Api::start() {
  state_->thread = std::thread([state = state_.get()] { state->loop(); });
}

void Api::stop() {
  state_->stop();
}

}  // namespace rekey::engagement
