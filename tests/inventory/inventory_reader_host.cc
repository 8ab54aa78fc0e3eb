// For tests: the reader of inventories, for many documents in one process.
//
//   inventory_reader_host PATH
//
// Takes one document a line from standard input, as the file PATH, and answers each with a line: a
// JSON text of what is wrong with it, empty where nothing is. Reads no file.
#include <cstdio>
#include <iostream>
#include <string>

#include "net/json.h"
#include "rotation/drivers/registry.h"
#include "rotation/inventory/inventory.h"

int main(int argc, char** argv) {
  using namespace rekey;
  if (argc != 2) return 2;
  const rotation::DriverRegistry registry = rotation::builtin_drivers();
  for (std::string document; std::getline(std::cin, document);) {
    const auto file = rotation::parse_inventory_file(document, argv[1], registry);
    std::string answer;
    net::append_json_string(answer, file ? std::string_view() : file.error().detail);
    std::puts(answer.c_str());
    std::fflush(stdout);
  }
  return 0;
}
