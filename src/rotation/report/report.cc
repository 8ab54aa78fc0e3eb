#include "rotation/report/report.h"

#include <fmt/format.h>

#include "net/json.h"

namespace rekey::rotation {

std::string to_json_line(const RunNotice& notice) {
  net::JsonWriter json;
  json.begin_object().member("at", base::format_instant(notice.at)).member("run", notice.run_id);
  json.member("event", notice.event).member("phase", notice.phase);
  if (!notice.consumer.empty()) json.member("consumer", notice.consumer);
  json.member("message", notice.message).end_object();
  return json.release();
}

std::string to_json_line(const Progress& progress) {
  net::JsonWriter json;
  json.begin_object().member("run", progress.run_id).member("event", "waiting");
  json.member("phase", progress.phase).member("what", progress.what);
  json.member("waited_ms", std::int64_t{progress.waited.count()});
  json.member("total_ms", std::int64_t{progress.total.count()}).end_object();
  return json.release();
}

std::string describe(const Progress& progress) {
  const auto whole = [](base::Duration duration) {
    return base::format_duration(std::chrono::floor<std::chrono::seconds>(duration));
  };
  if (progress.total == base::Duration{0}) {
    return fmt::format("waiting for {}, {}", progress.what, whole(progress.waited));
  }
  return fmt::format("waiting for {}, {} of {}", progress.what, whole(progress.waited),
                     whole(progress.total));
}

}  // namespace rekey::rotation
