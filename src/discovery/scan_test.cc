#include "discovery/scan.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "discovery/baseline.h"
#include "discovery/known/given_secrets.h"
#include "discovery/locate.h"
#include "discovery/report/html_report.h"
#include "discovery/report/json_report.h"
#include "discovery/report/layers_text.h"
#include "discovery/report/proposal.h"
#include "discovery/report/sarif_report.h"
#include "discovery/sources/tree.h"
#include "discovery/values_test_support.h"
#include "net/json.h"
#include "platform/temp_folder.h"

namespace rekey::discovery {
namespace {

class ScanTest : public testing::Test {
 protected:
  std::vector<Finding> scan(const std::string& path, const std::string& text) {
    Scan one(matcher_, key_, coverage_);
    const Place place{path, {}};
    one.visit({place, text});
    return one.take();
  }
  // The first that is a secret.
  Finding secret_in(const std::string& path, const std::string& text) {
    for (Finding& finding : scan(path, text)) {
      if (is_sensitive(finding.detector->role)) return std::move(finding);
    }
    ADD_FAILURE() << "nothing in " << path;
    return {};
  }

  Matcher matcher_;
  crypto::RootKey key_ = crypto::RootKey::generate();
  Coverage coverage_;
  Values values_{3};
};

TEST_F(ScanTest, AFindingTellsLineKeyAndWhatStandsBeside) {
  const std::string id = values_.client_id();
  const std::string host = values_.tenant() + ".auth.marketingcloudapis.com";
  const std::string secret = values_.legacy();
  const std::string text = "{\n \"cred1\": {\n  \"client_id\": \"" + id +
                           "\",\n  \"client_secret\": \"" + secret +
                           "\",\n  \"auth_url\": \"https://" + host + "/\"\n }\n}\n";
  const Finding finding = secret_in("a/.mcdev-auth.json", text);
  EXPECT_EQ(finding.line, 4U);
  EXPECT_EQ(finding.column, 21U);
  EXPECT_EQ(finding.begin, text.find(secret));
  EXPECT_EQ(finding.format, "json");
  EXPECT_EQ(finding.key_path, "cred1.client_secret");
  EXPECT_EQ(finding.client_id, id);
  EXPECT_EQ(finding.host, host);
  EXPECT_EQ(finding.not_rewritable, "");
  EXPECT_EQ(finding.shown, "");
  EXPECT_EQ(finding.confidence, Confidence::kHigh);
}

TEST_F(ScanTest, AnIdIsPairedWithTheSecretOfItsOwnObject) {
  std::string text = "{";
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(values_.client_id());
    text += (i == 0 ? "" : ",") + std::string("\"c") + std::to_string(i) +
            "\":{\"client_secret\":\"" + values_.legacy() + "\",\"client_id\":\"" + ids.back() +
            "\"}";
  }
  std::size_t at = 0;
  for (const Finding& finding : scan("a.json", text + "}")) {
    if (finding.detector->role == Role::kSecret) {
      EXPECT_EQ(finding.client_id, ids.at(at++));
    }
  }
  EXPECT_EQ(at, 3U);
}

TEST_F(ScanTest, ASecretBehindItsClientIdAndAColonHasThatId) {
  for (const std::string& secret : {values_.legacy(), values_.ours(), values_.foreign()}) {
    const std::string id = values_.client_id();
    const std::string pair = id + ":" + secret;
    for (const std::string& text :
         {"curl -u " + pair + " https://x/\n", "Authorization: Basic " + base64_of(pair) + "\n",
          "url = https://" + pair + "@x.marketingcloudapis.com/\n"}) {
      EXPECT_EQ(secret_in("a.sh", text).client_id, id) << text.substr(0, 14);
    }
  }
}

TEST_F(ScanTest, WhatASinkCanRewriteIsSaidWithHowItStandsThere) {
  const std::string secret = values_.legacy();
  Finding finding =
      secret_in("s.yaml", "kind: Secret\ndata:\n  client_secret: " + base64_of(secret) + "\n");
  EXPECT_EQ(finding.key_path, "data.client_secret");
  EXPECT_EQ(finding.layers, std::vector<Layer>{Layer::kBase64});
  EXPECT_EQ(finding.not_rewritable, "");
  finding = secret_in(".env", "AIRFLOW_CONN_MCE=http://" + values_.client_id() + ":" + secret +
                                  "@x.marketingcloudapis.com/\n");
  EXPECT_EQ(finding.part, "uri:password");
  EXPECT_EQ(finding.not_rewritable, "");
  finding = secret_in("app.config",
                      "<a><add connectionString=\"OAuthClientId=x;OAuthClientSecret=" + secret +
                          ";Subdomain=y\"/></a>");
  EXPECT_EQ(finding.key_path, "/a/add/@connectionString");
  EXPECT_EQ(finding.part, "connection:OAuthClientSecret");
  EXPECT_EQ(finding.not_rewritable, "");
}

TEST_F(ScanTest, WhatNoSinkCanRewriteIsSaidWithTheReason) {
  const std::string secret = values_.legacy();
  EXPECT_EQ(secret_in("a.js", "var clientSecret = '" + secret + "';").not_rewritable,
            "no format that is edited");
  EXPECT_NE(secret_in("a.env", "SFMC_SECRET=" + secret + "," + values_.legacy() + "\n")
                .not_rewritable.find("a part of the text"),
            std::string::npos);
  EXPECT_NE(secret_in("a.json", "{\"client_secret\": \"" + secret + "\"").not_rewritable, "");
}

TEST_F(ScanTest, AnAllowCommentIsAReasonNotToCount) {
  const std::string line = "client_secret: " + values_.legacy();
  EXPECT_TRUE(counts(secret_in("a.yaml", line + "  # rekey:allow\n")));
  const Finding finding = secret_in("a.yaml", line + "  # rekey:allow a fixture\n");
  EXPECT_FALSE(counts(finding));
  EXPECT_EQ(finding.allowed, "a fixture");
}

TEST_F(ScanTest, AnAllowCommentIsNoReasonWhereTheValueItselfIsLookedFor) {
  const std::string secret = values_.legacy();
  std::vector<base::Secret> values;
  values.emplace_back(secret);
  const Matcher given(std::make_unique<const GivenSecrets>(std::move(values)));
  Scan one(given, key_, coverage_);
  const std::string text = "client_secret: " + secret + "  # rekey:allow a fixture\n";
  one.visit({.place = Place{"a.yaml", {}}, .bytes = text});
  const auto findings = one.take();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_TRUE(counts(findings[0]));
  EXPECT_EQ(findings[0].allowed, std::nullopt);
}

TEST_F(ScanTest, AWindowTellsLinesAndBytesOfTheWhole) {
  const std::string secret = values_.ours();
  const Place place{"big.log", {}};
  Scan one(matcher_, key_, coverage_);
  const std::string text = std::string(kWindowOverlapBytes, '.') + "\n" + secret + "\n";
  one.visit({.place = place, .bytes = text, .offset = 1000, .line_feeds = 7, .is_first = false});
  const auto findings = one.take();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].line, 9U);
  EXPECT_EQ(findings[0].begin, 1000 + text.find(secret));
}

TEST_F(ScanTest, AColumnIsOfTheWholeLineThoughAWindowBeginsWithinIt) {
  const Place place{"big.log", {}};
  Scan one(matcher_, key_, coverage_);
  const std::string text = std::string(kWindowOverlapBytes, '.') + " " + values_.ours() + "\n" +
                           "  " + values_.ours() + "\n";
  one.visit({place, text, 5000, 7, 400, false, true});
  const auto findings = one.take();
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].column, 400 + kWindowOverlapBytes + 2);
  EXPECT_EQ(findings[1].column, 3U);
}

TEST_F(ScanTest, ABaselineKnowsPlaceAndSecretAndNotTheLine) {
  const std::string secret = values_.legacy();
  const std::string text = "{\"client_secret\":\"" + secret + "\"}";
  const auto known = Baseline::of(scan("a.json", text));
  const auto read = Baseline::parse(known.format(), key_.id());
  ASSERT_TRUE(read) << read.error().detail;
  const auto is_known = [&](const std::string& path, const std::string& content) {
    auto findings = scan(path, content);
    read->mark(findings);
    return findings.at(0).is_known;
  };
  EXPECT_TRUE(is_known("a.json", "\n\n" + text));
  EXPECT_FALSE(is_known("b.json", text));
  EXPECT_FALSE(is_known("a.json", "{\"client_secret\":\"" + values_.legacy() + "\"}"));
  EXPECT_FALSE(is_known("a.json", "{\"x\":" + text + "}"));
}

TEST_F(ScanTest, ABaselineKnowsASecretThatMovedIntoThePastOrTheIndex) {
  const std::string text = "CLIENT_SECRET=" + values_.legacy() + "\n";
  const auto baseline = Baseline::of(scan("./a.env", text));
  const auto is_known = [&](const std::string& path, const std::string& standing) {
    auto findings = scan(path, text);
    findings.at(0).place.revision = Revision{.standing = standing};
    baseline.mark(findings);
    return findings[0].is_known;
  };
  for (const char* standing : {"tip", "index", "history", "stash"}) {
    EXPECT_TRUE(is_known("a.env", standing)) << standing;
    EXPECT_FALSE(is_known("moved.env", standing)) << standing;
  }
}

TEST_F(ScanTest, ABaselineOfAnotherKeyIsRefused) {
  const auto known = Baseline::of(scan("a.env", "CLIENT_SECRET=" + values_.legacy() + "\n"));
  const auto read = Baseline::parse(known.format(), crypto::RootKey::generate().id());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, base::Code::kConflict);
  EXPECT_FALSE(Baseline::parse("{}", key_.id()));
  EXPECT_FALSE(Baseline::parse("{\"version\":2}", key_.id()));
}

TEST_F(ScanTest, NoReportHoldsAValue) {
  const std::string secret = values_.legacy();
  const std::string ours = values_.ours();
  const std::string foreign = values_.foreign();
  const auto findings =
      scan("x/a.yaml", "client_id: " + values_.client_id() + "\nclient_secret: " + secret +
                           "\nb: " + ours + "\nc: " + foreign + "\n");
  std::string all = sarif_of(findings, matcher_.detectors(), coverage_.certificate());
  for (const Finding& finding : findings) all += json_of(finding);
  all += html_of(findings, coverage_.certificate());
  all += propose_inventory(findings, "/").yaml + Baseline::of(findings).format();
  EXPECT_EQ(all.find(secret), std::string::npos);
  EXPECT_EQ(all.find(ours.substr(13)), std::string::npos);
  EXPECT_EQ(all.find(foreign.substr(5)), std::string::npos);
  EXPECT_NE(all.find(ours.substr(0, 13)), std::string::npos);
}

TEST_F(ScanTest, ATextBesideTheFindingsIsShownWithoutWhatWasFoundAndWhatIsASecretByItsForm) {
  const std::string legacy = values_.legacy();
  const std::string ours = values_.ours();
  Scan scan(matcher_, key_, coverage_);
  const Place place{"a.env", {}};
  const std::string text = "CLIENT_SECRET=" + legacy + "\n";
  scan.visit({place, text});
  EXPECT_EQ(scan.take().size(), 1U);
  const std::string shown = scan.shown("@shop/" + legacy + " ann@example.org " + ours);
  EXPECT_EQ(shown.find(legacy), std::string::npos) << shown;
  EXPECT_EQ(shown.find(ours), std::string::npos) << shown;
  EXPECT_TRUE(shown.starts_with("@shop/fp:")) << shown;
  EXPECT_NE(shown.find(" ann@example.org "), std::string::npos) << shown;
}

TEST_F(ScanTest, SarifTellsEqualSecretsApartFromOthersUnderAKeyThatIsKept) {
  const std::string secret = values_.legacy();
  const auto findings = scan("a.env", "CLIENT_SECRET=" + secret + "\nCLIENT_SECRET_OLD=" + secret +
                                          "\nCLIENT_SECRET_NEW=" + values_.legacy() + "\n");
  const auto ids_of = [&](const crypto::RootKey* key) {
    const auto log =
        net::parse_json(sarif_of(findings, matcher_.detectors(), coverage_.certificate(), key));
    std::vector<std::string> ids;
    for (const auto& result : log->find("runs")->items()[0].find("results")->items()) {
      const auto* fingerprints = result.find("partialFingerprints");
      ids.push_back(fingerprints->string_member_or("rekeySecret/v1", "").value());
    }
    return ids;
  };
  const auto ids = ids_of(&key_);
  ASSERT_EQ(ids.size(), 3U);
  EXPECT_EQ(ids[0], ids[1]);
  EXPECT_NE(ids[0], ids[2]);
  EXPECT_EQ(base::to_text(findings[0].fingerprint).find(ids[0]), std::string::npos);
  const crypto::RootKey other = crypto::RootKey::generate();
  EXPECT_NE(ids_of(&other)[0], ids[0]);
  EXPECT_EQ(ids_of(nullptr)[0], "");
}

// What every report and the baseline say of these.
std::string told(const Scan& scan, std::span<const Finding> findings, const Matcher& matcher,
                 const Coverage& coverage) {
  const Certificate certificate = scan.shown(coverage.certificate());
  std::string all = sarif_of(findings, matcher.detectors(), certificate) + json_of(certificate);
  for (const Finding& finding : findings) {
    all += json_of(finding) + describe(finding.place) + finding.key_path;
  }
  return all + html_of(findings, certificate) + propose_inventory(findings, "/").yaml +
         Baseline::of(findings).format();
}

TEST_F(ScanTest, WhatWasFoundInOneFileIsMaskedInTheKeysPartsAndReasonsOfOthers) {
  const std::string legacy = values_.legacy();
  const std::string ours = values_.ours();
  Scan one(matcher_, key_, coverage_);
  const Place in_key{"a.json", {}};
  const std::string json = "{\"" + legacy + "\":{\"clientSecret\":\"" + ours + "\"}}\n";
  one.visit({in_key, json});
  const Place in_reason{"c.env", {}};
  const std::string env = "CLIENT_SECRET=" + ours + " # rekey:allow was " + legacy + " before\n";
  one.visit({in_reason, env});
  const Place own{"b.env", {}};
  const std::string text = "CLIENT_SECRET=" + legacy + "\n";
  one.visit({own, text});
  const auto findings = one.take();
  ASSERT_EQ(findings.size(), 3U);
  const std::string all = told(one, findings, matcher_, coverage_);
  EXPECT_EQ(all.find(legacy), std::string::npos) << all;
  EXPECT_FALSE(findings[0].not_rewritable.empty());
}

TEST_F(ScanTest, WhatWasFoundInOneFileIsMaskedInTheNamesOfOthers) {
  const std::string legacy = values_.legacy();
  const std::string text = "CLIENT_SECRET=" + values_.ours() + "\n";
  Scan one(matcher_, key_, coverage_);
  for (const Place& place :
       {Place{"old-" + legacy + ".env", {}}, Place{"old_" + legacy + "_2.env", {}},
        Place{"a.tar", {"x/" + legacy + "-old.env"}}}) {
    one.visit({place, text});
  }
  const Place place{"app.env", {}};
  const std::string own = "CLIENT_SECRET=" + legacy + "\n";
  one.visit({place, own});
  coverage_.problem(Unread::kBroken, "old-" + legacy + ".rar", "a rar archive");
  const auto findings = one.take();
  ASSERT_EQ(findings.size(), 4U);
  const std::string all = told(one, findings, matcher_, coverage_);
  EXPECT_EQ(all.find(legacy), std::string::npos) << all;
  EXPECT_NE(all.find("old-fp:"), std::string::npos) << all;
  EXPECT_NE(all.find("old_fp:"), std::string::npos) << all;
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.not_rewritable.empty(), finding.place.path == "app.env");
  }
}

TEST_F(ScanTest, NoReportHoldsAValueThatStandsBesideTheOneFound) {
  const std::string canary = values_.foreign();
  const std::string legacy = values_.legacy();
  const std::string other = values_.ours();
  const std::vector<std::pair<Place, std::string>> files{
      {{"a.json", {}}, "{\"" + canary + "\":{\"client_secret\":\"" + legacy + "\"}}"},
      {{"b.json", {}},
       "{\"client_secret\":\"" + legacy + "\",\"" + legacy + "\":{\"b\":\"" + other + "\"}}"},
      {{"c.yaml", {}}, canary + ": {client_secret: " + legacy + "}\n"},
      {{"d.ini", {}}, "[" + canary + "]\nclient_secret=" + legacy + "\n"},
      {{"e.env", {}}, "CLIENT_SECRET=" + legacy + " # rekey:allow same as " + legacy + "\n"},
      {{"f.env", {}},
       "CLIENT_SECRET=" + other + " # rekey:allow " + std::string(160, 'x') + " " + canary + "\n"},
      {{canary + ".env", {}}, "CLIENT_SECRET=" + legacy + "\n"},
      {{"g.tar", {canary, "h.env"}}, "CLIENT_SECRET=" + legacy + "\n"},
      {{.path = "i.env",
        .inside = {},
        .revision = Revision{"tip", "c0ffee", "Ann <" + canary + "@example.org>", "", ""}},
       "CLIENT_SECRET=" + legacy + "\n"},
  };
  for (const auto& [place, text] : files) {
    Scan one(matcher_, key_, coverage_);
    one.visit({place, text});
    coverage_.problem(Unread::kBroken, "x/" + canary, "bad member " + canary);
    const auto findings = one.take();
    const std::string all = told(one, findings, matcher_, coverage_);
    EXPECT_FALSE(findings.empty()) << place.path.substr(0, 2);
    for (const auto& secret : {canary.substr(5, 16), legacy, other.substr(13)}) {
      EXPECT_EQ(all.find(secret), std::string::npos) << place.path.substr(0, 2);
    }
    EXPECT_NE(all.find("fp:"), std::string::npos);
  }
}

TEST_F(ScanTest, AScanForOneSecretMasksOthersToo) {
  const std::string canary = values_.foreign();
  const std::string given = values_.legacy();
  std::vector<base::Secret> values;
  values.emplace_back(given);
  const Matcher matcher(std::make_unique<const GivenSecrets>(std::move(values)));
  Scan one(matcher, key_, coverage_);
  const Place place{"a.yaml", {}};
  one.visit({place, canary + ": {x: " + given + "}\n"});
  const auto findings = one.take();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(told(one, findings, matcher, coverage_).find(canary.substr(5, 16)), std::string::npos);
  EXPECT_NE(findings[0].not_rewritable.find("a key of it holds a secret"), std::string::npos);
}

TEST_F(ScanTest, TheKeysOfAFileAreLookedUpWithinABound) {
  std::string text = "{";
  for (int i = 0; i < 40; ++i) {
    text += (i == 0 ? "\"c" : ",\"c") + std::to_string(i) + "\":{\"client_secret\":\"" +
            values_.ours() + "\"}";
  }
  text += "}";
  const Place place{"a.json", {}};
  const Content content{place, text};
  const std::size_t most = 30 * text.size();
  Locator locator(content, most);
  std::vector<Located> located;
  for (const Hit& hit : matcher_.match(text, "a.json").hits) located.push_back(locator.locate(hit));
  ASSERT_EQ(located.size(), 40U);
  EXPECT_EQ(locator.walks(), 30U);
  EXPECT_EQ(located[9].key_path, "c9.client_secret");
  EXPECT_EQ(located[10].key_path, "");
  EXPECT_NE(located[10].not_rewritable.find("too many values"), std::string::npos);
}

TEST_F(ScanTest, OfManyPairsEachHasItsOwnId) {
  std::string text;
  std::vector<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    ids.push_back(values_.client_id());
    text +=
        "client_id=" + ids.back() + "\nclient_secret=" + values_.ours() + "\n# and the next one\n";
  }
  std::size_t at = 0;
  std::size_t wrong = 0;
  for (const Finding& finding : scan("a.txt", text)) {
    if (finding.detector->role != Role::kSecret) continue;
    wrong += finding.client_id == ids.at(at++) ? 0 : 1;
  }
  EXPECT_EQ(at, 1000U);
  // An id that is drawn as an example's or a number's is none.
  EXPECT_LE(wrong, 10U);
}

TEST_F(ScanTest, LayersAreToldFromTheValueOutward) {
  const Finding finding =
      secret_in("a.env", "X=" + base64_of("SFMC_CLIENT_SECRET%3D" + values_.legacy()) + "\n");
  EXPECT_EQ(layers_text(finding.layers), "percent in base64");
  EXPECT_NE(html_of({{finding}}, coverage_.certificate()).find("percent in base64"),
            std::string::npos);
  EXPECT_EQ(layers_text({}), "");
}

TEST_F(ScanTest, ThePageHoldsNoMarkupOfOthers) {
  const auto findings = scan("<img src=x>.env", "CLIENT_SECRET=" + values_.legacy() +
                                                    "  # rekey:allow <script>alert(1)</script>\n");
  coverage_.problem(Unread::kBroken, "<b>", "<i>");
  const std::string page = html_of(findings, coverage_.certificate());
  for (const char* markup : {"<img", "<script", "<b>", "<i>"}) {
    EXPECT_EQ(page.find(markup), std::string::npos) << markup;
  }
  EXPECT_NE(page.find("&lt;img src=x&gt;.env"), std::string::npos);
  EXPECT_NE(page.find("no proof of absence"), std::string::npos);
}

TEST_F(ScanTest, AFileWhoseNameNoInventoryHoldsIsNotProposed) {
  const Finding finding = secret_in("a\xff.env", "CLIENT_SECRET=" + values_.legacy() + "\n");
  EXPECT_NE(finding.not_rewritable.find("not UTF-8"), std::string::npos);
}

TEST_F(ScanTest, AProposalHasAConsumerForEachPlace) {
  const std::string id = values_.client_id();
  const std::string tenant = values_.tenant();
  const std::string host = "https://" + tenant + ".rest.marketingcloudapis.com/";
  auto findings =
      scan("/w/shop/.env", "SFMC_CLIENT_ID=" + id + "\nSFMC_CLIENT_SECRET=" + values_.legacy() +
                               "\nSFMC_URL=" + host + "\n");
  for (Finding& more :
       scan("/w/job.js", "var clientId='" + id + "', clientSecret='" + values_.legacy() + "';")) {
    findings.push_back(std::move(more));
  }
  const Proposal proposal = propose_inventory(findings, "/w");
  EXPECT_EQ(proposal.consumers, 1U);
  EXPECT_EQ(proposal.not_covered, 1U);
  const auto has = [&](const std::string& text) {
    return proposal.yaml.find(text) != std::string::npos;
  };
  EXPECT_TRUE(has("client_id: " + id + "\n")) << proposal.yaml;
  EXPECT_TRUE(has("auth_url: https://" + tenant + ".auth.marketingcloudapis.com/\n"));
  EXPECT_TRUE(has("sink: {kind: file, path: \"shop/.env\", key: \"SFMC_CLIENT_SECRET\"}"));
  EXPECT_TRUE(has("# /w/job.js, line 1: not covered: no format that is edited"));
  EXPECT_FALSE(has("discovery:"));
  EXPECT_TRUE(has("# Its paths are seen from /w, where the scan was run"));
}

// As in several commits: one line to answer for, once.
TEST_F(ScanTest, AProposalTellsAPlaceOnce) {
  std::vector<Finding> findings;
  for (int i = 0; i < 3; ++i) {
    for (Finding& more : scan("/w/job.js", "var clientSecret='" + values_.legacy() + "';\n\n" +
                                               "otherClientSecret='" + values_.legacy() + "';")) {
      findings.push_back(std::move(more));
    }
  }
  ASSERT_EQ(findings.size(), 6U);
  const Proposal proposal = propose_inventory(findings, "/w");
  EXPECT_EQ(proposal.not_covered, 2U) << proposal.yaml;
}

TEST_F(ScanTest, SarifTellsTheOwnerAndWhetherASinkCanRewriteThePlace) {
  auto findings = scan("/w/job.js", "var clientSecret='" + values_.legacy() + "';");
  for (Finding& more : scan("/w/.env", "CLIENT_SECRET=" + values_.legacy() + "\n")) {
    more.owner = "@shop/backend";
    findings.push_back(std::move(more));
  }
  const auto log =
      net::parse_json(sarif_of(findings, matcher_.detectors(), coverage_.certificate()));
  const auto& results = log->find("runs")->items()[0].find("results")->items();
  ASSERT_EQ(results.size(), 2U);
  const auto* script = results[0].find("properties");
  EXPECT_EQ(script->string_member_or("notRewritable", "").value(), "no format that is edited");
  EXPECT_EQ(script->find("owner"), nullptr);
  EXPECT_FALSE(script->boolean_member_or("isRewritable", true).value());
  const auto* settings = results[1].find("properties");
  EXPECT_EQ(settings->string_member_or("owner", "").value(), "@shop/backend");
  EXPECT_TRUE(settings->boolean_member_or("isRewritable", false).value());
}

TEST_F(ScanTest, AProposalNamesWhatWasScannedAsRoots) {
  const std::vector<std::string> roots{"/w", "/w/shop/", "/etc"};
  const auto findings = scan("/w/job.js", "var clientId='" + values_.client_id() +
                                              "', clientSecret='" + values_.legacy() + "';");
  const Proposal proposal = propose_inventory(findings, "/w", roots);
  for (const char* text : {"discovery:\n  roots: [\".\", \"shop/\", \"/etc\"]\n",
                           "  #   - {path: \"job.js\", by: , reason: }\n"}) {
    EXPECT_NE(proposal.yaml.find(text), std::string::npos) << proposal.yaml;
  }
}

class ProposalTest : public ScanTest {
 protected:
  // With a consumer that holds `secret_`.
  std::string proposed(const std::vector<std::pair<std::string, std::string>>& more) {
    auto findings = scan("/w/app.env", "CLIENT_ID=" + id_ + "\nCLIENT_SECRET=" + secret_ + "\n");
    for (const auto& [path, text] : more) {
      for (Finding& one : scan(path, text)) findings.push_back(std::move(one));
    }
    const std::vector<std::string> roots{"/w"};
    return propose_inventory(findings, "/w", roots).yaml;
  }

  std::string id_ = values_.client_id();
  std::string secret_ = values_.legacy();
};

TEST_F(ProposalTest, WhatIsAllowedIsToldWhereARotationWouldStopThere) {
  const std::string other = values_.legacy();
  const auto line = [](const std::string& value) {
    return "client_secret: " + value + "  # rekey:allow a fixture\n";
  };
  const std::string yaml =
      proposed({{"/w/its.yaml", line(secret_)}, {"/w/another.yaml", line(other)}});
  EXPECT_NE(yaml.find("its.yaml, line 1: not covered: allowed: a fixture"), std::string::npos)
      << yaml;
  EXPECT_NE(yaml.find("#   - {path: \"its.yaml\", by: , reason: }"), std::string::npos) << yaml;
  EXPECT_EQ(yaml.find("another.yaml"), std::string::npos) << yaml;
}

TEST_F(ProposalTest, NoAnswerIsAskedForWhereNoRotationWouldStop) {
  const std::string yaml = proposed({{"/w/held.js", "clientSecret='" + secret_ + "'"},
                                     {"/w/nobodys.js", "clientSecret='" + values_.legacy() + "'"}});
  EXPECT_NE(yaml.find("#   - {path: \"held.js\""), std::string::npos) << yaml;
  EXPECT_EQ(yaml.find("#   - {path: \"nobodys.js\""), std::string::npos) << yaml;
  EXPECT_NE(yaml.find("# /w/nobodys.js, line 1: "), std::string::npos) << yaml;
}

TEST_F(ProposalTest, ANameThatNoInventoryMayHoldIsAComment) {
  const std::string text = "CLIENT_ID=" + id_ + "\nCLIENT_SECRET=" + secret_ + "\n";
  const std::string yaml = proposed({{"/w/od\nd.env", text}});
  EXPECT_NE(yaml.find("not covered: the name of the file holds "), std::string::npos) << yaml;
  EXPECT_EQ(yaml.find("path: \"od"), std::string::npos) << yaml;
  EXPECT_NE(yaml.find("cannot be answered for here: "), std::string::npos) << yaml;
}

TEST_F(ProposalTest, AnAuthoritysOwnSecretIsItsWhateverHostStandsBesideIt) {
  const auto findings =
      scan("/w/app.env", "CLIENT_ID=" + id_ + "\nCLIENT_SECRET=" + values_.ours() +
                             "\nAUTH_URL=http://127.0.0.1:8420/https://" + values_.tenant() +
                             ".auth.marketingcloudapis.com/\n");
  const std::string yaml = propose_inventory(findings, "/w").yaml;
  EXPECT_NE(yaml.find("kind: rekey\n"), std::string::npos) << yaml;
  EXPECT_EQ(yaml.find("marketing-cloud"), std::string::npos) << yaml;
}

TEST_F(ProposalTest, NoIssuerIsMadeUpWhereNothingIsFound) {
  EXPECT_EQ(propose_inventory({}, "/w").yaml.find("issuers:"), std::string::npos);
}

}  // namespace
}  // namespace rekey::discovery
