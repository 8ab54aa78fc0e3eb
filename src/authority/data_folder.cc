#include "authority/data_folder.h"

#include <fmt/format.h>

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;

constexpr std::int64_t kKeyFileLimit = 4096;
constexpr mode_t kOthers = 077;

base::Status check_private(const std::string& path, const platform::FileFacts& facts,
                           std::string_view remedy) {
  if ((facts.mode & kOthers) == 0) return {};
  return base::fail(Code::kRefused, fmt::format("{} is open to other users (mode {:03o}); {}", path,
                                                static_cast<unsigned>(facts.mode), remedy));
}

}  // namespace

base::Status prepare_folder(platform::Files& files, const DataFolder& folder) {
  Result<platform::FileFacts> facts = files.facts(folder.path);
  if (facts) {
    return check_private(folder.path, *facts, "make it private: chmod 700 " + folder.path);
  }
  if (facts.error().code != Code::kNotFound) return tl::unexpected(std::move(facts).error());
  return files.make_folder(folder.path, 0700);
}

base::Status check_is_whole(platform::Files& files, const DataFolder& folder) {
  const Result<platform::FileFacts> mark = files.facts(folder.restore_mark());
  if (!mark && mark.error().code == Code::kNotFound) return {};
  if (!mark) return tl::unexpected(mark.error());
  return base::fail(Code::kRefused,
                    fmt::format("{} holds a part of a backup: its restore is under way or was "
                                "broken off; in the second case remove the folder and restore "
                                "again",
                                folder.path));
}

base::Status settle_folder_kind(platform::Files& files, const DataFolder& folder, FolderKind kind) {
  const bool has_database = files.facts(folder.database()).has_value();
  const bool has_mark = files.facts(folder.sandbox_database()).has_value();
  if (kind == FolderKind::kProduction && has_mark) {
    return base::fail(Code::kRefused,
                      fmt::format("{} is a sandbox's folder; start it with --sandbox, or name "
                                  "another one with --data",
                                  folder.path));
  }
  if (kind == FolderKind::kProduction || has_mark) return {};
  if (has_database) {
    return base::fail(
        Code::kRefused,
        fmt::format("{} is not a sandbox's folder: its secrets are real; name another "
                    "one with --data, which --sandbox makes",
                    folder.path));
  }
  REKEY_CHECK(prepare_folder(files, folder));
  base::Status made = files.create(folder.sandbox_database(), "", 0600);
  const bool was_faster = !made && made.error().code == Code::kAlreadyExists;
  return was_faster ? base::Status() : made;
}

Result<crypto::RootKey> read_root_key(platform::Files& files, const DataFolder& folder,
                                      const std::string& key_file) {
  const std::string path = key_file.empty() ? folder.root_key() : key_file;
  REKEY_TRY(const platform::FileFacts facts, files.facts(path));
  // A key from elsewhere (a systemd credential) has the permissions that its giver chose.
  if (key_file.empty()) {
    REKEY_CHECK(check_private(path, facts, "make it private: chmod 600 " + path));
  }
  REKEY_TRY(const base::Secret text, files.read(path, kKeyFileLimit));
  Result<crypto::RootKey> key = crypto::RootKey::parse(text.reveal());
  if (!key) return tl::unexpected(base::with_context(path, std::move(key).error()));
  return key;
}

Result<crypto::RootKey> read_or_make_root_key(platform::Files& files, const DataFolder& folder,
                                              const std::string& key_file) {
  Result<crypto::RootKey> key = read_root_key(files, folder, key_file);
  if (key || key.error().code != Code::kNotFound || !key_file.empty()) return key;
  if (files.facts(folder.database())) {
    return base::fail(Code::kRefused,
                      fmt::format("{} is missing, and {} cannot be used without it; put it back "
                                  "from its backup, or name it with --key",
                                  folder.root_key(), folder.database()));
  }
  crypto::RootKey made = crypto::RootKey::generate();
  REKEY_CHECK(files.create(folder.root_key(), made.format().reveal(), 0600));
  return made;
}

base::Status check_root_key(const crypto::RootKey& key, std::uint32_t expected_id) {
  if (key.id() == expected_id) return {};
  return base::fail(Code::kRefused,
                    fmt::format("this root key ({:08x}) does not belong to this folder, which was "
                                "made with key {:08x}; name the right one with --key",
                                key.id(), expected_id));
}

}  // namespace rekey::authority
