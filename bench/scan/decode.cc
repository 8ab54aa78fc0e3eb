// What a search of git's history has as its floor: every object decoded, and nothing looked for.
//
//   bench_decode THREADS PATH
//
// Prints one line of JSON: for the contents of files alone ("blobs"), for all objects ("objects"),
// and for all with the look for what is missing ("checked"): seconds, cpu_seconds (the forest of
// deltas, which the first visit plants, included in each), bytes, count.
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>
#include <string>

#include "discovery/git/object_store.h"

namespace {

namespace git = rekey::discovery::git;
using Clock = std::chrono::steady_clock;

class Nothing final : public git::ObjectVisitor {
 public:
  void take(unsigned /*thread*/, const git::ObjectView& /*object*/) override {}
};

// Of all threads.
double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

enum class What { kBlobs, kObjects, kChecked };

rekey::base::Result<std::string> measure(const std::string& path, unsigned threads, What what) {
  const auto begin = Clock::now();
  const double cpu_begin = cpu_seconds();
  REKEY_TRY(const auto store, git::ObjectStore::open(path));
  git::VisitOptions options;
  options.threads = threads;
  options.types = what == What::kBlobs ? git::Types{}.with(git::ObjectType::kBlob) : git::kAllTypes;
  Nothing nothing;
  const git::VisitCounts counts = what == What::kChecked
                                      ? store->visit_and_find_missing(options, nothing)
                                      : store->visit(options, nothing);
  std::uint64_t bytes = 0;
  std::uint64_t count = 0;
  for (const auto type : {git::ObjectType::kBlob, git::ObjectType::kTree, git::ObjectType::kCommit,
                          git::ObjectType::kTag}) {
    bytes += counts.bytes_of(type);
    count += counts.of(type);
  }
  return fmt::format(R"({{"seconds": {}, "cpu_seconds": {}, "bytes": {}, "count": {}}})",
                     std::chrono::duration<double>(Clock::now() - begin).count(),
                     cpu_seconds() - cpu_begin, bytes, count);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::cerr << "usage: bench_decode THREADS PATH\n";
    return EXIT_FAILURE;
  }
  const auto threads = static_cast<unsigned>(std::strtoul(arguments[1], nullptr, 10));
  const auto blobs = measure(arguments[2], threads, What::kBlobs);
  const auto objects = measure(arguments[2], threads, What::kObjects);
  const auto checked = measure(arguments[2], threads, What::kChecked);
  for (const auto* part : {&blobs, &objects, &checked}) {
    if (*part) continue;
    std::cerr << part->error().detail << "\n";
    return EXIT_FAILURE;
  }
  fmt::print(R"({{"blobs": {}, "objects": {}, "checked": {}}})"
             "\n",
             *blobs, *objects, *checked);
  return EXIT_SUCCESS;
}
