// A consumer of a client secret that knows nothing of Rekey: it reads its .env file for every call
// and asks for a fresh access token, without pause, until it is told to stop.
//
//   per_call_client ENV_FILE COUNTS_FILE USER_AGENT PER_SECOND
//
// ENV_FILE holds SFMC_AUTH_URL, SFMC_CLIENT_ID and SFMC_CLIENT_SECRET. COUNTS_FILE gets a line
// every tenth of a second: milliseconds, tokens, refusals (4xx), server errors (5xx), connection
// errors.
#include <curl/curl.h>
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <thread>

namespace {

volatile std::sig_atomic_t g_is_stopping = 0;

struct Counts {
  long tokens = 0;
  long refusals = 0;
  long server_errors = 0;
  long connection_errors = 0;
};

std::map<std::string, std::string> read_env(const std::string& path) {
  std::map<std::string, std::string> values;
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);) {
    const auto equals = line.find('=');
    if (equals == std::string::npos || line[0] == '#') continue;
    auto value = line.substr(equals + 1);
    if (value.starts_with('"')) value = value.substr(1, value.find('"', 1) - 1);
    values[line.substr(0, equals)] = value;
  }
  return values;
}

std::size_t ignore_body(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

void ask_for_token(CURL* curl, const std::string& env_file, Counts& counts) {
  auto env = read_env(env_file);
  const auto url = env["SFMC_AUTH_URL"] + "v2/token";
  const auto body =
      fmt::format(R"({{"grant_type":"client_credentials","client_id":"{}","client_secret":"{}"}})",
                  env["SFMC_CLIENT_ID"], env["SFMC_CLIENT_SECRET"]);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body.c_str());
  long status = 0;
  if (curl_easy_perform(curl) != CURLE_OK) {
    ++counts.connection_errors;
    return;
  }
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status == 200) {
    ++counts.tokens;
  } else if (status >= 500) {
    ++counts.server_errors;
  } else {
    ++counts.refusals;
  }
}

void write_counts(std::FILE* file, const Counts& counts) {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const auto line = fmt::format("{} {} {} {} {}\n", now.count(), counts.tokens, counts.refusals,
                                counts.server_errors, counts.connection_errors);
  std::fwrite(line.data(), 1, line.size(), file);
  std::fflush(file);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: per_call_client ENV_FILE COUNTS_FILE USER_AGENT PER_SECOND\n", stderr);
    return 2;
  }
  const std::string env_file = argv[1];
  std::FILE* counts_file = std::fopen(argv[2], "w");
  const auto pause = std::chrono::microseconds(1'000'000 / std::max(1, std::atoi(argv[4])));
  if (counts_file == nullptr) return 1;
  std::signal(SIGTERM, [](int) { g_is_stopping = 1; });
  std::signal(SIGINT, [](int) { g_is_stopping = 1; });

  CURL* curl = curl_easy_init();
  curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, argv[3]);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore_body);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);

  Counts counts;
  auto next_line = std::chrono::steady_clock::now();
  while (g_is_stopping == 0) {
    ask_for_token(curl, env_file, counts);
    if (std::chrono::steady_clock::now() >= next_line) {
      write_counts(counts_file, counts);
      next_line += std::chrono::milliseconds(100);
    }
    std::this_thread::sleep_for(pause);
  }
  write_counts(counts_file, counts);
  std::fclose(counts_file);
  curl_slist_free_all(headers);
  curl_easy_cleanup(curl);
  return 0;
}
