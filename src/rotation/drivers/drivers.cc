#include "rotation/drivers/drivers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "platform/descriptor.h"

namespace rekey::rotation {
namespace {

// 0, or the errno with which executing it would fail.
int why_not_executable(const std::string& program) {
  struct stat facts {};
  if (::stat(program.c_str(), &facts) != 0) return errno;
  if (S_ISDIR(facts.st_mode)) return EISDIR;
  if (!S_ISREG(facts.st_mode)) return EACCES;
  return ::faccessat(AT_FDCWD, program.c_str(), X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

// As posix_spawnp searches: the first that can be executed; an empty entry is the current folder.
int why_not_in_path(const std::string& name) {
  const char* set = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nothing here sets it
  std::string_view left = set == nullptr ? "/bin:/usr/bin" : set;
  int reason = ENOENT;
  for (;;) {
    const std::size_t end = left.find(':');
    const std::string folder(left.substr(0, end));
    const int number =
        why_not_executable(folder.empty() ? name : fmt::format("{}/{}", folder, name));
    if (number == 0) return 0;
    if (number == EACCES) reason = EACCES;
    if (end == std::string_view::npos) return reason;
    left.remove_prefix(end + 1);
  }
}

IssuerTask task_of(const Inventory& inventory) {
  return {inventory.client_id,
          inventory.name,
          inventory.generated_at,
          inventory.expires_at,
          static_cast<int>(inventory.consumers.size()),
          inventory.issuer.kind,
          inventory.siblings};
}

constexpr int kNoSignal = 0;  // asks whether the process is there
constexpr std::int64_t kPidFileLimitBytes = 4096;

base::Result<pid_t> process_of(const ReloadSpec& reload, platform::Files& files) {
  REKEY_TRY(const base::Secret content, files.read(reload.pid_file, kPidFileLimitBytes));
  std::string_view text = content.reveal();
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
    text.remove_suffix(1);
  }
  pid_t process = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), process);
  if (failure == std::errc() && end == text.data() + text.size() && process > 1) return process;
  return base::fail(base::Code::kInvalidArgument,
                    fmt::format("{} does not hold the number of a process", reload.pid_file));
}

}  // namespace

base::Result<std::unique_ptr<IssuerReader>> SystemDrivers::issuer_reader(
    const Inventory& inventory) {
  return make_issuer(registry_, inventory.issuer, task_of(inventory), parts_);
}

base::Result<std::unique_ptr<Issuer>> SystemDrivers::issuer(const Inventory& inventory) {
  return make_issuer(registry_, inventory.issuer, task_of(inventory), parts_);
}

base::Result<std::unique_ptr<SinkReader>> SystemDrivers::sink_reader(const DriverSpec& spec) {
  return make_sink(registry_, spec, parts_);
}

base::Result<std::unique_ptr<Sink>> SystemDrivers::sink(const DriverSpec& spec) {
  return make_sink(registry_, spec, parts_);
}

base::Result<std::unique_ptr<Probe>> SystemDrivers::probe(const DriverSpec& spec,
                                                          const IntegrationFacts& integration,
                                                          IssuerReader& issuer) {
  return make_probe(registry_, spec, integration, issuer, parts_);
}

base::Result<std::unique_ptr<UsageReader>> SystemDrivers::usage_reader(
    const DriverSpec& spec, const std::string& client_id) {
  return make_usage_reader(registry_, spec, client_id, parts_);
}

base::Result<std::unique_ptr<UsageReader>> ReaderDrivers::usage_reader(const DriverSpec& spec,
                                                                       const std::string&) {
  return base::fail(base::Code::kUnsupported,
                    fmt::format("no source of usage can be read here, {} neither", spec.kind));
}

base::Result<UsageReport> read_usage(const Inventory& inventory, IssuerReader& issuer,
                                     ReaderDrivers& drivers) {
  REKEY_TRY(UsageReport usage, issuer.usage());
  std::vector<UsageReport> others;
  for (const DriverSpec& spec : inventory.usage_sources) {
    REKEY_TRY(const auto reader, drivers.usage_reader(spec, inventory.client_id));
    REKEY_TRY(UsageReport other, reader->read());
    others.push_back(std::move(other));
  }
  if (others.empty()) return usage;
  return merge_usage(std::move(usage), others);
}

base::Status SystemDrivers::check_reload(const ReloadSpec& reload) {
  if (!reload.signal.empty()) {
    REKEY_TRY(const pid_t process, process_of(reload, parts_.files));
    return platform::send_signal(process, kNoSignal);
  }
  const std::string& program = reload.command.front();
  const bool has_slash = program.find('/') != std::string::npos;
  const int number = has_slash ? why_not_executable(program) : why_not_in_path(program);
  if (number == 0) return {};
  return tl::unexpected(platform::system_error("run", program, number));
}

base::Result<platform::ProcessResult> SystemDrivers::run_reload(const ReloadSpec& reload) {
  if (reload.signal.empty()) return platform::run_process(reload.command, reload.timeout);
  REKEY_TRY(const pid_t process, process_of(reload, parts_.files));
  REKEY_TRY(const int signal, platform::signal_number(reload.signal));
  REKEY_CHECK(platform::send_signal(process, signal));
  return platform::ProcessResult{};
}

base::Result<std::unique_ptr<WorkflowRunner>> Drivers::workflow_runner(const IntegrationFacts&,
                                                                       IssuerReader&) {
  return base::fail(base::Code::kUnsupported, "workflows cannot be run here");
}

base::Result<std::unique_ptr<WorkflowRunner>> SystemDrivers::workflow_runner(
    const IntegrationFacts& integration, IssuerReader& issuer) {
  return make_workflow_runner(parts_.clock, integration, issuer);
}

}  // namespace rekey::rotation
