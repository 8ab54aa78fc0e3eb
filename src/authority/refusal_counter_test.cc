#include "authority/refusal_counter.h"

#include <gtest/gtest.h>

#include <string>

namespace rekey::authority {
namespace {

using credential::Refusal;

const base::Instant kStart = base::from_millis(1'800'000'000'000);
constexpr credential::IntegrationId kIntegration{12};
constexpr std::string_view kClientId = "abcdefgh0123456789ijklmn";
const ClientKey kClient = *pack_client_id(kClientId);

net::PeerAddress peer(int number) {
  return *net::parse_address("10.1." + std::to_string(number / 256) + "." +
                             std::to_string(number % 256));
}

TEST(RefusalCounter, CountsPerClientReasonAndNetwork) {
  RefusalCounter counter(kStart);
  counter.note(kIntegration, kClient, Refusal::kExpired, peer(1), kStart);
  counter.note(kIntegration, kClient, Refusal::kExpired, peer(1), kStart + std::chrono::minutes{1});
  counter.note(kIntegration, kClient, Refusal::kWrongSecret, peer(1), kStart);
  const auto rows = counter.rows(kClientId);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].reason, Refusal::kExpired);
  EXPECT_EQ(rows[0].network, "10.1.0.1");
  EXPECT_EQ(rows[0].count, 2);
  EXPECT_EQ(rows[0].first_seen, kStart);
  EXPECT_EQ(rows[0].last_seen, kStart + std::chrono::minutes{1});
  EXPECT_TRUE(counter.rows("zzzzzzzz0123456789ijklmn").empty());
}

TEST(RefusalCounter, FoldsAStrangersGuessesTogether) {
  RefusalCounter counter(kStart);
  for (int i = 0; i < 10'000; ++i) counter.note({}, {}, Refusal::kUnknownClient, peer(1), kStart);
  const auto rows = counter.rows();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].client_id, "");
  EXPECT_EQ(rows[0].count, 10'000);
  EXPECT_EQ(counter.take_episodes().size(), 1u);
}

TEST(RefusalCounter, KeepsAtMostSixtyFourNetworksAClient) {
  RefusalCounter counter(kStart);
  for (int i = 0; i < 200; ++i) {
    counter.note(kIntegration, kClient, Refusal::kWrongSecret, peer(i), kStart + base::Duration{i});
  }
  const auto rows = counter.rows();
  EXPECT_EQ(rows.size(), RefusalCounter::kMaxRowsPerClient + 1);
  EXPECT_EQ(rows.front().network, "other");
  EXPECT_EQ(rows.front().count, 200 - static_cast<int>(RefusalCounter::kMaxRowsPerClient));
}

TEST(RefusalCounter, StaysBoundedUnderManyClientsAndForgetsOldRowsThen) {
  RefusalCounter counter(kStart);
  constexpr int kClients = 100;
  const auto note_all = [&](int base_network, base::Instant now) {
    for (int client = 1; client <= kClients; ++client) {
      for (int i = 0; i < 64; ++i) {
        counter.note({client}, kClient, Refusal::kWrongSecret, peer(base_network + i), now);
      }
    }
  };
  note_all(0, kStart);
  EXPECT_LE(counter.rows().size(), RefusalCounter::kMaxRows + kClients);
  note_all(1000, kStart + RefusalCounter::kKeepTime);
  const auto rows = counter.rows();
  EXPECT_LE(rows.size(), RefusalCounter::kMaxRows + kClients);
  EXPECT_NE(rows.front().network, "other");
  EXPECT_EQ(rows.front().first_seen, kStart + RefusalCounter::kKeepTime);
}

TEST(RefusalCounter, TellsOfAnEpisodeAfterAQuietHourOnly) {
  RefusalCounter counter(kStart);
  const auto note_at = [&](base::Duration after) {
    counter.note(kIntegration, kClient, Refusal::kExpired, peer(1), kStart + after);
    return counter.take_episodes().size();
  };
  EXPECT_EQ(note_at(std::chrono::minutes{0}), 1u);
  EXPECT_EQ(note_at(std::chrono::minutes{40}), 0u);
  EXPECT_EQ(note_at(std::chrono::minutes{80}), 0u);
  EXPECT_EQ(note_at(std::chrono::minutes{140}), 1u);
}

TEST(RefusalCounter, NamesTheClientAndTheReasonOfAnEpisode) {
  RefusalCounter counter(kStart);
  counter.note(kIntegration, kClient, Refusal::kDormant, peer(1), kStart);
  const auto episodes = counter.take_episodes();
  ASSERT_EQ(episodes.size(), 1u);
  EXPECT_EQ(episodes[0].integration_id, kIntegration);
  EXPECT_EQ(episodes[0].client_id, kClientId);
  EXPECT_EQ(episodes[0].reason, Refusal::kDormant);
  EXPECT_EQ(episodes[0].at, kStart);
}

}  // namespace
}  // namespace rekey::authority
