#include "cli/scan_baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/scan_check.h"
#include "discovery/baseline.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr mode_t kBaselineMode = 0644;
constexpr mode_t kKeyMode = 0600;

std::string key_path_of(const std::string& baseline) {
  return baseline + ".key";
}

Status make_key_file(Context& context, const std::string& path, const crypto::RootKey& key) {
  const auto made = context.files.create(path, key.format().reveal(), kKeyMode);
  if (!made) return tl::unexpected(as_file_away(made.error()));
  return {};
}

// A baseline that is written from another one keeps its key, which has to lie beside it as well.
Status keep_key(Context& context, const std::string& path, const crypto::RootKey& key) {
  const auto there = context.files.read(path, kScanFileLimitBytes);
  if (!there && there.error().code == Code::kNotFound) {
    return make_key_file(context, path, key);
  }
  if (!there) return tl::unexpected(as_file_away(there.error()));
  const auto other = crypto::RootKey::parse(there->reveal());
  if (other && other->id() == key.id()) return {};
  return fail(Code::kConflict,
              fmt::format("{} is there already and holds another key; choose another name for "
                          "--write-baseline, or move that file away",
                          path));
}

// Mostly the scan was run from another folder. Of a commit that is checked nothing need be known.
void warn_where_none_fits(Context& context, const std::string& path,
                          const discovery::Baseline& baseline,
                          const std::vector<discovery::Finding>& findings) {
  const auto is_known = [](const discovery::Finding& one) { return one.is_known; };
  if (baseline.size() == 0 || std::none_of(findings.begin(), findings.end(), discovery::counts) ||
      std::any_of(findings.begin(), findings.end(), is_known)) {
    return;
  }
  std::fputs(
      printable(fmt::format("warning: nothing that was found is in {}: was it written from another "
                            "folder, or for other paths? It knows places by the path as the scan "
                            "was given it\n",
                            path))
          .c_str(),
      context.err);
}

}  // namespace

Result<crypto::RootKey> fingerprint_key(Context& context, const Arguments& arguments) {
  const auto read_from = arguments.get("--baseline");
  const auto written_to = arguments.get("--write-baseline");
  if (!read_from && !written_to) return crypto::RootKey::generate();
  const std::string path = key_path_of(read_from ? *read_from : *written_to);
  const auto text = context.files.read(path, kScanFileLimitBytes);
  if (text) {
    auto key = crypto::RootKey::parse(text->reveal());
    if (!key) return tl::unexpected(base::with_context(path, key.error()));
    if (read_from && written_to) {
      REKEY_CHECK(keep_key(context, key_path_of(*written_to), *key));
    }
    return key;
  }
  const bool is_new = text.error().code == Code::kNotFound && !read_from;
  if (!is_new) {
    auto error = as_file_away(text.error());
    error.detail += "; it is made together with the baseline, by --write-baseline";
    return tl::unexpected(std::move(error));
  }
  auto key = crypto::RootKey::generate();
  REKEY_CHECK(make_key_file(context, path, key));
  return key;
}

Status apply_baseline(Context& context, const Arguments& arguments, const crypto::RootKey& key,
                      std::vector<discovery::Finding>& findings) {
  if (const auto path = arguments.get("--baseline")) {
    const auto text = context.files.read(*path, kScanFileLimitBytes);
    if (!text) return tl::unexpected(as_file_away(text.error()));
    auto baseline = discovery::Baseline::parse(text->reveal(), key.id());
    if (!baseline) return tl::unexpected(base::with_context(*path, baseline.error()));
    baseline->mark(findings);
    if (!arguments.has("--staged")) warn_where_none_fits(context, *path, *baseline, findings);
  }
  if (const auto path = arguments.get("--write-baseline")) {
    const auto baseline = discovery::Baseline::of(findings);
    const auto written = context.files.replace(*path, baseline.format(), kBaselineMode);
    if (!written) return tl::unexpected(as_file_away(written.error()));
    print_line(
        context,
        fmt::format("{} knows {} finding{} now; keep {} beside it, and out of the repository",
                    *path, baseline.size(), baseline.size() == 1 ? "" : "s", key_path_of(*path)));
    baseline.mark(findings);
  }
  return {};
}

}  // namespace rekey::cli
