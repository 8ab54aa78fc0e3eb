// Archives for tests, made by libarchive.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace rekey::discovery {

using Members = std::vector<std::pair<std::string, std::string>>;

inline la_ssize_t append_to(::archive*, void* text, const void* data, std::size_t size) {
  static_cast<std::string*>(text)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

// An archive of one of libarchive's formats ("zip", "gnutar", "7zip", "raw") and filters.
[[nodiscard]] inline std::string packed(const char* format, const char* filter,
                                        const Members& members, const char* options = "") {
  std::string text;
  ::archive* out = archive_write_new();
  archive_write_set_format_by_name(out, format);
  if (*filter != '\0') archive_write_add_filter_by_name(out, filter);
  archive_write_set_options(out, options);
  archive_write_set_bytes_in_last_block(out, 1);
  archive_write_set_passphrase(out, "open");
  EXPECT_EQ(archive_write_open(out, &text, nullptr, append_to, nullptr), ARCHIVE_OK);
  for (const auto& [name, content] : members) {
    ::archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    EXPECT_EQ(archive_write_header(out, entry), ARCHIVE_OK) << archive_error_string(out);
    archive_write_data(out, content.data(), content.size());
    archive_entry_free(entry);
  }
  archive_write_close(out);
  archive_write_free(out);
  return text;
}

}  // namespace rekey::discovery
