// The search for many known secrets, as `rekey scan` does it.
//
//   bench_known THREADS VALUES_FILE PATH...
//
// The file holds a value in each line. Prints one line of JSON: values, forms, setup_seconds (their
// tags and the index of them), scan_seconds, scan_cpu_seconds, files, expected, bytes, hits,
// problems.
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "crypto/root_key.h"
#include "discovery/known/given_secrets.h"
#include "discovery/scan.h"
#include "discovery/sources/git_store.h"
#include "discovery/sources/tree.h"
#include "platform/process.h"

namespace {

using rekey::base::Secret;
namespace discovery = rekey::discovery;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Of all threads.
double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

std::vector<Secret> values_in(const char* path) {
  std::vector<Secret> values;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) values.emplace_back(line);
  return values;
}

rekey::base::Status search(unsigned threads, std::vector<std::string> paths,
                           const discovery::Matcher& matcher, discovery::Scan& scan,
                           discovery::Coverage& coverage) {
  discovery::TreeOptions options;
  options.roots = std::move(paths);
  options.keeps_ignore_rules = false;
  options.leaves_out_stores = false;
  discovery::TreeSource tree(std::move(options));
  REKEY_CHECK(tree.run(threads, scan, coverage));
  for (const std::string& path : discovery::stores_of(tree.repositories(), coverage)) {
    REKEY_CHECK(
        discovery::GitStoreSource(path, matcher, discovery::GitStoreSource::What::kEverything)
            .run(threads, scan, coverage));
  }
  return {};
}

int run(unsigned threads, const char* values_file, std::vector<std::string> paths) {
  rekey::platform::return_large_memory();
  const auto begin = Clock::now();
  auto values = values_in(values_file);
  const std::size_t count = values.size();
  const std::size_t forms = count == 0 ? 0 : count * rekey::crypto::forms_of(values[0]).size();
  const discovery::Matcher matcher(
      std::make_unique<const discovery::GivenSecrets>(std::move(values)));
  discovery::Coverage coverage;
  discovery::Scan scan(matcher, rekey::crypto::RootKey::generate(), coverage);
  const double setup_seconds = seconds_since(begin);
  const double setup_cpu_seconds = cpu_seconds();
  const auto status = search(threads, std::move(paths), matcher, scan, coverage);
  if (!status) {
    std::cerr << status.error().detail << "\n";
    return EXIT_FAILURE;
  }
  const std::size_t hits = scan.take().size();
  const double scan_seconds = seconds_since(begin) - setup_seconds;
  const double scan_cpu_seconds = cpu_seconds() - setup_cpu_seconds;
  const auto certificate = coverage.certificate();
  std::uint64_t problems = 0;
  for (const auto& [reason, number] : certificate.unread) problems += number;
  fmt::print(R"({{"values": {}, "forms": {}, "setup_seconds": {}, "scan_seconds": {}, )"
             R"("scan_cpu_seconds": {}, )"
             R"("files": {}, "expected": {}, "bytes": {}, "hits": {}, "problems": {}}})"
             "\n",
             count, forms, setup_seconds, scan_seconds, scan_cpu_seconds, certificate.files_read,
             certificate.files_expected, certificate.bytes_read, hits, problems);
  return EXIT_SUCCESS;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) {
    std::cerr << "usage: bench_known THREADS VALUES_FILE PATH...\n";
    return EXIT_FAILURE;
  }
  return run(static_cast<unsigned>(std::strtoul(arguments[1], nullptr, 10)), arguments[2],
             {arguments + 3, arguments + count});
}
