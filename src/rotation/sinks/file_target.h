// Real files of each format in a folder of their own: the target of the sink "file" in the
// conformance suite.
#pragma once

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "documents/encoding.h"
#include "platform/clock.h"
#include "platform/temp_folder.h"
#include "rotation/sinks/conformance.h"
#include "rotation/sinks/file.h"

namespace rekey::rotation::conformance {

// The system's files, with somebody else who is always there just before the exchange.
class DisturbedFiles final : public platform::Files {
 public:
  std::function<void()> disturb;

  base::Result<base::Secret> read(const std::string& path, std::int64_t limit) override {
    return files_.read(path, limit);
  }
  base::Result<platform::FileFacts> facts(const std::string& path) override {
    return files_.facts(path);
  }
  base::Status create(const std::string& path, std::string_view content, mode_t mode) override {
    return files_.create(path, content, mode);
  }
  base::Status exchange(const std::string& path, std::string_view expected,
                        std::string_view content) override {
    if (disturb) disturb();
    return files_.exchange(path, expected, content);
  }
  base::Status replace(const std::string& path, std::string_view content, mode_t mode) override {
    return files_.replace(path, content, mode);
  }
  base::Status remove(const std::string& path) override { return files_.remove(path); }
  base::Status make_folder(const std::string& path, mode_t mode) override {
    return files_.make_folder(path, mode);
  }

 private:
  platform::SystemFiles files_;
};

struct DotenvText {
  static constexpr std::string_view kFormat = "dotenv";
  static constexpr std::string_view kKey = "SECRET";
  static constexpr std::string_view kOtherKey = "OTHER";
  static std::string whole(std::string_view value, std::string_view other) {
    return fmt::format("# keep: canary\r\nFIRST=1\nSECRET='{}'  # why\n\nOTHER={}", value, other);
  }
  static std::string broken(std::string_view value) { return fmt::format("SECRET='{}\n", value); }
  static std::vector<std::string> uncarriable() {
    return {"canary\xff", std::string("canary\0", 7), "canary\r", "canary`\n'"};
  }
};

struct JsonText {
  static constexpr std::string_view kFormat = "json";
  static constexpr std::string_view kKey = "mce.secret";
  static constexpr std::string_view kOtherKey = "mce.other";
  static std::string whole(std::string_view value, std::string_view other) {
    return fmt::format(R"({{ "mce" : {{"id":1.50, "secret" :"{}" , "other":"{}"}},)"
                       "\r\n\t\"secret\": \"canary\" }}",
                       value, other);
  }
  static std::string broken(std::string_view value) {
    return fmt::format(R"({{"mce": {{"secret": "{}", }})", value);
  }
  static std::vector<std::string> uncarriable() { return {"canary\xff", "canary\xc3"}; }
};

struct IniText {
  static constexpr std::string_view kFormat = "ini";
  static constexpr std::string_view kKey = "/Web Services/clientsecret";
  static constexpr std::string_view kOtherKey = "/Web Services/other";
  static std::string whole(std::string_view value, std::string_view other) {
    return fmt::format(
        "# keep: canary\r\n[Web Services]\nclientid: 1\nclientsecret = {}\n\nother={}\n[More]\n"
        "clientsecret=canary\n",
        value, other);
  }
  static std::string broken(std::string_view value) {
    return fmt::format("[Web Services]\nclientsecret = {}\nno option\n", value);
  }
  static std::vector<std::string> uncarriable() { return {"canary\xff", "canary\nx=1"}; }
};

struct PropertiesText {
  static constexpr std::string_view kFormat = "properties";
  static constexpr std::string_view kKey = "mce.clientSecret";
  static constexpr std::string_view kOtherKey = "mce.other";
  static std::string whole(std::string_view value, std::string_view other) {
    return fmt::format("! keep: canary\r\nmce.clientSecret={}\nmce.other : {}\n", value, other);
  }
  static std::string broken(std::string_view value) {
    return fmt::format("mce.clientSecret={}\nx=\\uZZZZ\n", value);
  }
  static std::vector<std::string> uncarriable() { return {"canary\xff", "canary\xc3"}; }
};

struct YamlText {
  static constexpr std::string_view kFormat = "yaml";
  static constexpr std::string_view kKey = "mce.secret";
  static constexpr std::string_view kOtherKey = "mce.other";
  static std::string whole(std::string_view value, std::string_view other) {
    return fmt::format("# keep: canary\nmce:\n  id: 007\n  secret: '{}'   # why\n  other: '{}'\n",
                       value, other);
  }
  static std::string broken(std::string_view value) {
    return fmt::format("mce: {{secret: '{}'\n", value);
  }
  static std::vector<std::string> uncarriable() { return {"canary\xff", "canary\xc3"}; }
};

struct TomlText {
  static constexpr std::string_view kFormat = "toml";
  static constexpr std::string_view kKey = "mce.secret";
  static constexpr std::string_view kOtherKey = "mce.other";
  static std::string whole(std::string_view value, std::string_view other) {
    return fmt::format("# keep: canary\n[mce]\nid = 1\nsecret = \"{}\" # why\nother = \"{}\"\n",
                       value, other);
  }
  static std::string broken(std::string_view value) {
    return fmt::format("[mce]\nsecret = \"{}\n", value);
  }
  static std::vector<std::string> uncarriable() { return {"canary\xff", "canary\xc3"}; }
};

struct XmlText {
  static constexpr std::string_view kFormat = "xml";
  static constexpr std::string_view kKey = "/configuration/fuelSDK/@clientSecret";
  static constexpr std::string_view kOtherKey = "/configuration/fuelSDK/@other";
  static std::string whole(std::string_view value, std::string_view other) {
    return fmt::format(
        "<?xml version=\"1.0\"?>\r\n<!-- keep: canary -->\n<configuration>\n  <fuelSDK "
        "clientSecret=\"{}\"  other=\"{}\" />\n</configuration>\n",
        value, other);
  }
  static std::string broken(std::string_view value) {
    return fmt::format("<configuration><fuelSDK clientSecret=\"{}\"></configuration>", value);
  }
  static std::vector<std::string> uncarriable() { return {"canary\xff", "canary\x01"}; }
};

struct PhpText {
  static constexpr std::string_view kFormat = "php";
  static constexpr std::string_view kKey = "clientsecret";
  static constexpr std::string_view kOtherKey = "other";
  static std::string whole(std::string_view value, std::string_view other) {
    return fmt::format(
        "<?php\r\n// keep: canary\nreturn array(\n  'clientid' => 1,\n  'clientsecret' => '{}',\n"
        "  \"other\" => \"{}\"\n);\n?>\n",
        value, other);
  }
  static std::string broken(std::string_view value) {
    return fmt::format("<?php return array('clientsecret' => '{}';\n", value);
  }
  static std::vector<std::string> uncarriable() { return {"canary\xff", "canary\xc3"}; }
};

// A Secret of Kubernetes: every value in base64.
struct KubernetesText {
  static constexpr std::string_view kFormat = "yaml";
  static constexpr std::string_view kKey = "data.secret";
  static constexpr std::string_view kOtherKey = "data.other";
  static std::vector<DriverSpec::Setting> settings() { return {{"encoding", "base64"}}; }
  static std::string whole(std::string_view value, std::string_view other) {
    return fmt::format("# keep: canary\nkind: Secret\ndata:\n  secret: \"{}\"\n  other: \"{}\"\n",
                       base::base64_encode(base::bytes_of(value)),
                       base::base64_encode(base::bytes_of(other)));
  }
  static std::string broken(std::string_view value) {
    return fmt::format("data: {{secret: \"{}\", other: \"MQ==\"}}\n", value);
  }
  static std::vector<std::string> uncarriable() { return {"{{canary}}", "${canary}"}; }
};

// A connection of Airflow: a URI in the environment, its password percent-encoded.
struct AirflowText {
  static constexpr std::string_view kFormat = "dotenv";
  static constexpr std::string_view kKey = "AIRFLOW_CONN_MCE";
  static constexpr std::string_view kOtherKey = "AIRFLOW_CONN_OTHER";
  static std::vector<DriverSpec::Setting> settings() {
    return {{"part", "uri:password"}, {"encoding", "percent"}};
  }
  static std::string whole(std::string_view value, std::string_view other) {
    const auto encoded = documents::encode_value(documents::Encoding::kPercent, value);
    return fmt::format(
        "# keep: canary\nAIRFLOW_CONN_MCE='http://id:{}@host:443/a?b=c'\n"
        "AIRFLOW_CONN_OTHER=http://id:{}@host/\n",
        encoded.reveal(), other);
  }
  static std::string broken(std::string_view value) {
    return fmt::format("AIRFLOW_CONN_MCE=http://id:{}:x@host/\n", value);
  }
  static std::vector<std::string> uncarriable() { return {"{{canary}}", "${canary}"}; }
};

template <typename Text>
class FileTarget {
 public:
  static constexpr std::string_view kKind = "file";
  static constexpr std::string_view kFormat = Text::kFormat;

  FileTarget() {
    write_file(Text::whole(kOldValue, other_));
    ::chmod(path_.c_str(), 0640);
  }

  [[nodiscard]] DriverSpec spec() const { return spec_with(Text::kKey); }
  [[nodiscard]] DriverSpec spec_of_neighbour() const { return spec_with(Text::kOtherKey); }
  std::unique_ptr<Sink> sink_of(const DriverSpec& place) {
    return make_sink(builtin_drivers(), place, {clock_, files_}).value();
  }
  std::unique_ptr<Sink> sink() { return sink_of(spec()); }
  std::unique_ptr<Sink> sink_disturbed_by(std::function<void()> disturb) {
    files_.disturb = std::move(disturb);
    return sink();
  }
  [[nodiscard]] std::string name() const { return path_; }

  std::string raw() {
    std::ostringstream content;
    content << std::ifstream(path_, std::ios::binary).rdbuf();
    return content.str();
  }
  [[nodiscard]] std::string raw_with(std::string_view value) const {
    return Text::whole(value, other_);
  }
  std::string attributes() {
    struct stat facts {};
    ::stat(path_.c_str(), &facts);
    return fmt::format("{:o} {}:{}", facts.st_mode, facts.st_uid, facts.st_gid);
  }

  void set_value(std::string_view value) { write_file(Text::whole(value, other_)); }
  void change_neighbour() {
    other_ = "changed";
    write_file(Text::whole(kOldValue, other_));
  }
  void remove() { std::filesystem::remove(path_); }
  // A folder under the file's name: not even the superuser can read that.
  void make_unreadable() {
    std::filesystem::remove(path_);
    std::filesystem::create_directory(path_);
  }
  void garble() { write_file(Text::broken(kOldValue)); }
  static std::vector<std::string> uncarriable() { return Text::uncarriable(); }

 private:
  [[nodiscard]] DriverSpec spec_with(std::string_view key) const {
    std::vector<DriverSpec::Setting> settings{
        {"path", path_}, {"format", std::string(Text::kFormat)}, {"key", std::string(key)}};
    if constexpr (requires { Text::settings(); }) {
      for (auto& setting : Text::settings()) settings.push_back(std::move(setting));
    }
    return make_spec(file_sink().kind, std::move(settings));
  }
  void write_file(const std::string& content) { std::ofstream(path_, std::ios::binary) << content; }

  platform::TempFolder folder_;
  std::string path_ = folder_ / "settings";
  std::string other_ = "1";
  platform::SetClock clock_{base::from_millis(0)};
  DisturbedFiles files_;
};

}  // namespace rekey::rotation::conformance
