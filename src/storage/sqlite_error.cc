#include "storage/sqlite_error.h"

#include <fmt/format.h>

#include <cerrno>

namespace rekey::storage {
namespace {

using base::Code;

struct Meaning {
  Code code;
  std::string_view advice;
};

Meaning meaning_of_constraint(int result) {
  switch (result) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return {Code::kAlreadyExists, "nothing was changed"};
    default:
      return {Code::kInternal, "nothing was changed"};
  }
}

Meaning meaning_of(int result) {
  switch (result & 0xff) {
    case SQLITE_FULL:
      return {Code::kIo, "free space on the disk that holds it; nothing was changed"};
    case SQLITE_READONLY:
      return {Code::kIo,
              "give this user permission to write the file and its folder; nothing was changed"};
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {Code::kIo, "see that the folder exists and that this user may use it"};
    case SQLITE_IOERR:
      return {Code::kIo, "look at the disk that holds it; nothing was changed"};
    case SQLITE_CORRUPT:
      return {Code::kCorrupt, "stop, keep a copy of the file, and restore the latest backup"};
    case SQLITE_NOTADB:
      return {Code::kCorrupt,
              "it is no database of Rekey, or it was damaged; restore the latest backup"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Code::kUnavailable, "another process is writing to it; try again"};
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT:
      return {Code::kUnavailable, "try again; nothing was changed"};
    case SQLITE_TOOBIG:
      return {Code::kLimitReached, "a value is larger than the database takes"};
    case SQLITE_CONSTRAINT:
      return meaning_of_constraint(result);
    default:
      return {Code::kInternal, "this is a mistake in the program; nothing was changed"};
  }
}

}  // namespace

base::Error error_from(int result, std::string_view words, const std::string& path) {
  const Meaning meaning = meaning_of(result);
  return {meaning.code, fmt::format("database {}: {}; {}", path, words, meaning.advice)};
}

base::Error error_of(sqlite3* database, const std::string& path) {
  const int result = sqlite3_extended_errcode(database);
  if ((result & 0xff) == SQLITE_CANTOPEN && sqlite3_system_errno(database) == ENOENT) {
    return {Code::kNotFound, fmt::format("there is no database {}", path)};
  }
  return error_from(result, sqlite3_errmsg(database), path);
}

}  // namespace rekey::storage
