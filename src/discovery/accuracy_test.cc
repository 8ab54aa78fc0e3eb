// How many of the planted secrets each detector finds, and how much of what it tells is one: in
// every file shape of contract section 7.2 and every encoding, among what only looks like a secret.
// So are secrets that are known or given, which are looked for by their value: there none is
// missed. Written to accuracy.txt of the build folder, which `make test` prints.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "crypto/digest.h"
#include "discovery/file_shapes_test_support.h"
#include "discovery/known/given_secrets.h"
#include "discovery/known/known_secrets.h"
#include "discovery/layers_test_support.h"
#include "discovery/matcher.h"
#include "discovery/values_test_support.h"

namespace rekey::discovery {
namespace {

constexpr int kRounds = 40;
constexpr int kExactRounds = 5;
constexpr int kOneIn = 16;  // files of the system

const std::string kUrlAlphabet = std::string(base::kBase62Alphabet) + "_-";

// What looks like a secret, and is none.
std::vector<Shape> hard_negatives() {
  using P = const Parts&;
  static Values values(99);
  return {
      {"package-lock.json",
       [](P) {
         return fmt::format(R"({{"x":{{"resolved":"https://r/x.tgz","integrity":"sha512-{}"}}}})",
                            base64_of(values.of(base::kBase62Alphabet, 64)));
       }},
      {"go.sum",
       [](P) {
         return fmt::format("github.com/x/y v1.0.0 h1:{}=\n", values.of(base::kBase62Alphabet, 43));
       }},
      {"commits.txt",
       [](P) {
         return fmt::format("commit {}\n{}\n", values.of("0123456789abcdef", 40),
                            values.of("0123456789abcdef", 64));
       }},
      {"uuid.txt", [](P) { return std::string("id: 3f2b8c1d-77aa-4e0f-9b12-0c5d6e7f8a9b\n"); }},
      {"mongo.json",
       [](P) {
         return fmt::format(R"({{"_id":"{}","client_id":"{}"}})", values.of("0123456789abcdef", 24),
                            values.of("0123456789abcdef", 24));
       }},
      {"min.js",
       [](P) {
         return fmt::format("!function(t,e){{var {}={};return {}}}(this)",
                            values.of(base::kBase62Alphabet, 24), values.number(),
                            values.of(base::kBase62Alphabet, 24));
       }},
      {"core.env",
       [](P) {
         return fmt::format("SF_CONSUMER_SECRET={}\nSF_CLIENT_SECRET={}\n",
                            values.of(base::kBase62Alphabet, 64), "1234567890123456789");
       }},
      {"variables.sh",
       [](P) {
         return std::string("SFMC_CLIENT_SECRET=${SFMC_CLIENT_SECRET}\nSFMC_") +
                std::string(30, 'A') + "_" + std::string(28, 'B') + "=1\n";
       }},
      {"workflow.yaml",
       [](P) {
         return std::string(
             "env:\n  SFMC_CLIENT_SECRET: ${{ secrets.SFMC_CLIENT_SECRET }}\n"
             "  CLIENT_SECRET: yourClientSecretGoesHere\n");
       }},
      {"code.cs",
       [](P) {
         return std::string(
             "var clientSecret = GetClientSecretFromVault01();\n"
             "clientSecret = configurationProviderNames;\n");
       }},
      {"vault.json",
       [](P) {
         return std::string(R"({"clientSecret":{"type":"AzureKeyVaultSecret","store":{"x":1},)"
                            R"("secretName":"SFMC-CLIENT-SECRET"}})");
       }},
      {"nonce.html",
       [](P) {
         return fmt::format("<script nonce=\"{}\"></script>", values.of(base::kBase62Alphabet, 24));
       }},
      {"etag.txt",
       [](P) {
         return fmt::format("ETag: \"{}\"\nX-Request: {}\n", values.of(base::kBase62Alphabet, 24),
                            values.of(base::kBase62Alphabet, 24));
       }},
      {"names.go",
       [](P) {
         return std::string(
             "clientSecret := DisabledOauthSignSource1\n// access_token\n"
             "type ListPersonalAccessTokensOptions struct {\nsigning_secret "
             "SlackAppVerificationToken\n");
       }},
      {"jwt.env",
       [](P) { return fmt::format("JWT_SECRET={}\n", values.of(base::kBase62Alphabet, 24)); }},
  };
}

// Of the other detectors, in the way that each is known by.
struct Other {
  std::string detector;
  std::string secret;
  std::string before;  // and behind it a quote
};
std::vector<Other> others(Values& values) {
  const auto part = [](std::string_view text) {
    return base::base64url_encode(base::bytes_of(text));
  };
  return {
      {"jwt-signing-secret", values.of(base::kBase62Alphabet, 40), "JWT_SECRET=\""},
      {"access-token-jwt",
       part(R"({"alg":"HS256"})") + "." + part(R"({"sub":"somebody at work","exp":1893456000})") +
           "." + values.of(base::kBase62Alphabet, 43),
       "token: \""},
      {"access-token", values.of(base::kBase62Alphabet, 180), R"({"access_token": ")"},
      {"entra-secret",
       values.of(base::kBase62Alphabet, 3) + "8Q~" + values.of(kUrlAlphabet, 33) + "x",
       "AZURE_SECRET=\""},
      {"google-secret", "GOCSPX-" + values.of(kUrlAlphabet, 28), R"({"client_secret":")"},
      {"amazon-lwa-secret", "amzn1.oa2-cs.v1." + values.of("0123456789abcdef", 64), "lwa = \""},
      {"auth0-secret", values.of(kUrlAlphabet, 63) + "a", "domain: x.auth0.com\nclient_secret: \""},
      {"okta-secret", values.of(kUrlAlphabet, 39) + "a", "okta:\n  client-secret: \""},
      {"keycloak-secret", values.of(base::kBase62Alphabet, 32),
       R"({"auth-server-url":"https://x","credentials":{"secret":")"},
  };
}

std::vector<std::pair<std::string, std::function<std::string(std::string_view)>>> encodings() {
  return {
      {"plain", [](std::string_view text) { return std::string(text); }},
      {"base64", [](std::string_view text) { return base64_of(text); }},
      {"base64, second phase",
       [](std::string_view text) { return base64_of("x" + std::string(text)); }},
      {"base64, third phase",
       [](std::string_view text) { return base64_of("xy" + std::string(text)); }},
      {"base64 in lines of 76",
       [](std::string_view text) {
         std::string wrapped = base64_of(text);
         for (std::size_t at = 76; at < wrapped.size(); at += 77) wrapped.insert(at, "\n");
         return wrapped;
       }},
      {"base64 of base64", [](std::string_view text) { return base64_of(base64_of(text)); }},
      {"hex", [](std::string_view text) { return base::hex_encode(base::bytes_of(text)); }},
      {"UTF-16LE", [](std::string_view text) { return utf16_of(text); }},
      {"UTF-16BE", [](std::string_view text) { return utf16_of(text, false); }},
      {"percent", [](std::string_view text) { return base::percent_encode(text); }},
      {"JSON in JSON",
       [](std::string_view text) {
         std::string out = "{\"x\":\"";
         for (const char c : text) {
           if (c == '"' || c == '\\') out += '\\';
           out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : std::string(1, c);
         }
         return out + "\"}";
       }},
      {"octal", octal_of},
      {"\\U of eight digits",
       [](std::string_view text) { return escaped_of(text, "\\U000000", ""); }},
      {"base64, folded in YAML",
       [](std::string_view text) { return "x: \"" + folded_of(base64_of(text)) + "\"\n"; }},
      {"quoted-printable", quoted_printable_of},
      {"gzip in base64", [](std::string_view text) { return base64_of(gzip_of(text)); }},
      {"XML entities",
       [](std::string_view text) {
         std::string out;
         for (const char c : text) {
           out += c == '"' ? "&quot;" : c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
         }
         return out;
       }},
  };
}

struct Count {
  std::size_t planted = 0;
  std::size_t found = 0;
  std::size_t told = 0;    // in all
  std::size_t wrong = 0;   // of these, what is none
  std::size_t system = 0;  // of those, in files of the system
  [[nodiscard]] double recall() const {
    return planted == 0 ? 1 : static_cast<double>(found) / static_cast<double>(planted);
  }
  [[nodiscard]] double precision() const {
    return told == 0 ? 1 : static_cast<double>(told - wrong) / static_cast<double>(told);
  }
};

class Accuracy : public testing::Test {
 protected:
  // Everything that may rightly be told of a text.
  void look(const std::string& text, const std::string& path, const std::string& id,
            const std::string& secret) {
    bool is_found = secret.empty();
    for (const Hit& hit : matcher_.match(text, path).hits) {
      if (!is_sensitive(hit.detector->role)) continue;
      const bool is_right = hit.value.reveal() == secret;
      Count& count = counts_[hit.detector->id];
      // A signing secret is planted among what is no client secret, and is one.
      const bool is_other = hit.detector->role == Role::kSigningSecret && path == "jwt.env";
      count.told += 1;
      count.wrong += is_right || is_other ? 0 : 1;
      is_found = is_found || (is_right && hit.detector->id == id);
    }
    if (secret.empty()) return;
    counts_[id].planted += 1;
    counts_[id].found += is_found ? 1 : 0;
    if (!is_found) missed_[id].insert(path);
  }

  // By its value: `known` beside others whose tags are kept, and given on its own.
  void look_exactly(const std::string& secret, bool is_known) {
    std::vector<base::Secret> values;
    values.emplace_back(secret);
    const Matcher given(std::make_unique<const GivenSecrets>(std::move(values)));
    std::vector<KnownSet> sets;
    sets.push_back(set_of({values_.ours(), secret, values_.foreign()}));
    const Matcher known(std::make_unique<const KnownSecrets>(std::move(sets)));
    const Parts p = parts(secret);
    const auto look_at = [&](const std::string& text, const std::string& name) {
      const auto hits = given.match(text, name).hits;
      count_exact("given-secret", name, hits,
                  [&](const Hit& hit) { return hit.value.reveal() == secret; });
      if (!is_known) return;
      count_exact("known-secret", name, known.match(text, name).hits,
                  [](const Hit& hit) { return hit.known->secret_id == "1"; });
    };
    for (const Shape& shape : file_shapes()) look_at(shape.text(p), shape.path);
    for (const auto& [name, encode] : encodings()) {
      look_at(encode(fmt::format("SFMC_CLIENT_SECRET=\"{}\"\n", secret)), name);
    }
    for (std::size_t phase = 0; phase < 3; ++phase) {
      const std::string text = binary(200 + phase) + secret + binary(200);
      look_at(base64_of(text), "base64 of what is no text");
      look_at(base::base64url_encode(base::bytes_of(text)), "base64url of what is no text");
      look_at(base64_of(base64_of(text)), "base64 of base64 of what is no text");
    }
  }

  static KnownSet set_of(const std::vector<std::string>& values) {
    KnownSet set{crypto::KnownSearchKey::generate(), {}};
    crypto::KnownTagger tagger(set.key);
    for (std::size_t i = 0; i < values.size(); ++i) {
      KnownSecret secret;
      secret.secret_id = std::to_string(i);
      secret.tags = tagger.tags_of(base::Secret(values[i]));
      set.secrets.push_back(std::move(secret));
    }
    return set;
  }

  std::string binary(std::size_t size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(values_.number() | 0x80U);
    return bytes;
  }

  void count_exact(const std::string& id, const std::string& name, const std::vector<Hit>& hits,
                   const std::function<bool(const Hit&)>& is_right) {
    const auto right = static_cast<std::size_t>(std::count_if(hits.begin(), hits.end(), is_right));
    Count& count = counts_[id];
    count.told += hits.size();
    count.wrong += hits.size() - right;
    count.planted += 1;
    count.found += right > 0 ? 1 : 0;
    if (right == 0) missed_[id].insert(name);
  }

  // Files of the system, of which no client secret is in any; JWTs are, in manuals. Which ones are
  // read depends on their paths alone; all of them with REKEY_WHOLE_SYSTEM in the environment.
  void look_through(const std::string& folder) {
    const bool is_whole = std::getenv("REKEY_WHOLE_SYSTEM") != nullptr;
    std::error_code failure;
    const auto options = std::filesystem::directory_options::skip_permission_denied;
    for (auto at = std::filesystem::recursive_directory_iterator(folder, options, failure);
         at != std::filesystem::recursive_directory_iterator(); at.increment(failure)) {
      const std::string path = at->path().string();
      if (at->is_symlink(failure) || !at->is_regular_file(failure)) continue;
      if (!is_whole && crypto::sha256(path)[0] % kOneIn != 0) continue;
      look_at_system_file(path);
    }
  }

  void look_at_system_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    ++system_files_;
    system_bytes_ += text.size();
    for (const Hit& hit : matcher_.match(text, path).hits) {
      if (!is_sensitive(hit.detector->role) || hit.detector->id == "access-token-jwt") continue;
      Count& count = counts_[hit.detector->id];
      count.told += 1;
      count.wrong += 1;
      count.system += 1;
      wrong_.insert(path);
    }
  }

  Parts parts(std::string secret) {
    return {std::move(secret), values_.client_id(),
            values_.tenant() + ".auth.marketingcloudapis.com"};
  }

  std::string table() {
    std::string text = fmt::format("{:<22}{:>9}{:>9}{:>9}{:>11}{:>14}\n", "detector", "planted",
                                   "found", "recall", "precision", "in the system");
    for (const auto& [id, count] : counts_) {
      text += fmt::format("{:<22}{:>9}{:>9}{:>8.1f}%{:>10.1f}%{:>14}\n", id, count.planted,
                          count.found, 100 * count.recall(), 100 * count.precision(), count.system);
    }
    text += fmt::format("the system: {} files of /usr/include and /usr/share, {} MB\n",
                        system_files_, system_bytes_ / 1'000'000);
    for (const auto& [id, places] : missed_) {
      text += fmt::format("missed by {}: {}\n", id, fmt::join(places, ", "));
    }
    for (const std::string& path : wrong_) text += fmt::format("told, and none: {}\n", path);
    return text;
  }

  Matcher matcher_;
  Values values_{2024};
  std::map<std::string, Count> counts_;
  std::map<std::string, std::set<std::string>> missed_;
  std::set<std::string> wrong_;  // files of the system
  std::size_t system_files_ = 0;
  std::size_t system_bytes_ = 0;
};

TEST_F(Accuracy, ReachesWhatIsAsked) {
  for (int round = 0; round < kRounds; ++round) {
    // A value of its own for each text: a few of the legacy form look like words, and one of those
    // would be missed in every text.
    const std::vector<std::pair<std::string, std::function<std::string()>>> kinds{
        {"rekey-secret", [this] { return values_.ours(); }},
        {"mce-secret", [this] { return values_.foreign(); }},
        {"mce-legacy-secret", [this] { return values_.legacy(); }}};
    for (const auto& [id, make] : kinds) {
      for (const Shape& shape : file_shapes()) {
        const Parts p = parts(make());
        look(shape.text(p), shape.path, id, p.secret);
      }
      for (const auto& [name, encode] : encodings()) {
        const Parts p = parts(make());
        const std::string text =
            fmt::format("SFMC_CLIENT_ID=\"{}\"\nSFMC_CLIENT_SECRET=\"{}\"\n", p.id, p.secret);
        look(encode(text), name, id, p.secret);
      }
    }
    for (const Other& other : others(values_)) {
      look(other.before + other.secret + "\"\n", "settings", other.detector, other.secret);
    }
    for (const Shape& shape : hard_negatives()) {
      look(shape.text(parts("")), shape.path, "", "");
    }
  }
  for (int round = 0; round < kExactRounds; ++round) {
    for (const std::string& secret : {values_.ours(), values_.foreign(), values_.legacy()}) {
      look_exactly(secret, true);
    }
    look_exactly(values_.of(base::kBase62Alphabet, 3) + "8Q~" + values_.of(kUrlAlphabet, 33) + "x",
                 false);
    look_exactly(values_.uuid(), false);
  }
  for (const char* folder : {"/usr/include", "/usr/share"}) look_through(folder);
  const std::string report = table();
  std::ofstream(REKEY_ACCURACY_FILE) << report;
  EXPECT_EQ(counts_["rekey-secret"].recall(), 1) << report;
  EXPECT_EQ(counts_["mce-secret"].recall(), 1) << report;
  EXPECT_GE(counts_["mce-legacy-secret"].recall(), 0.98) << report;
  for (const char* exact : {"known-secret", "given-secret"}) {
    EXPECT_EQ(counts_[exact].recall(), 1) << report;
    EXPECT_EQ(counts_[exact].precision(), 1) << report;
  }
  for (const auto& [id, count] : counts_) {
    EXPECT_GE(count.recall(), 0.98) << id << "\n" << report;
    EXPECT_GE(count.precision(), 0.95) << id << "\n" << report;
  }
  EXPECT_GE(counts_["rekey-secret"].precision(), 0.99) << report;
  EXPECT_GE(counts_["mce-secret"].precision(), 0.99) << report;
  EXPECT_GE(counts_["mce-legacy-secret"].precision(), 0.95) << report;
}

}  // namespace
}  // namespace rekey::discovery
