// Every event name that the logger writes and every metric name that /metrics shows.
#pragma once

#include <string_view>

namespace rekey::telemetry::names {

// Log events.
inline constexpr std::string_view kServerStarted = "server_started";
inline constexpr std::string_view kShortTokens = "short_tokens";
inline constexpr std::string_view kServerReady = "server_ready";
inline constexpr std::string_view kServerStopping = "server_stopping";
inline constexpr std::string_view kServerStopped = "server_stopped";
inline constexpr std::string_view kNotReady = "not_ready";
inline constexpr std::string_view kClockBehind = "clock_behind";
inline constexpr std::string_view kClockAhead = "clock_ahead";
inline constexpr std::string_view kClockRight = "clock_right";
inline constexpr std::string_view kRequestFailed = "request_failed";
inline constexpr std::string_view kSecretIssued = "secret_issued";
inline constexpr std::string_view kSecretStaged = "secret_staged";
inline constexpr std::string_view kSecretActivated = "secret_activated";
inline constexpr std::string_view kActivationUndone = "activation_undone";
inline constexpr std::string_view kSecretEnded = "secret_ended";
inline constexpr std::string_view kTokensRevoked = "tokens_revoked";
inline constexpr std::string_view kSecretImported = "secret_imported";
inline constexpr std::string_view kPackageChanged = "package_changed";
inline constexpr std::string_view kPolicyChanged = "policy_changed";
inline constexpr std::string_view kRefusalEpisode = "refusal_episode";
inline constexpr std::string_view kAdminRecovered = "admin_recovered";
inline constexpr std::string_view kSearchKeyGiven = "search_key_given";
inline constexpr std::string_view kLeakReported = "leak_reported";
inline constexpr std::string_view kAuthorityRestored = "authority_restored";
inline constexpr std::string_view kSigningKeyMade = "signing_key_made";
inline constexpr std::string_view kSigningKeyWithdrawn = "signing_key_withdrawn";
inline constexpr std::string_view kAudienceChanged = "audience_changed";
inline constexpr std::string_view kUsageFlushFailed = "usage_flush_failed";
inline constexpr std::string_view kSweepFailed = "sweep_failed";
inline constexpr std::string_view kCheckpointSealed = "checkpoint_sealed";
inline constexpr std::string_view kTokenKeyMade = "token_key_made";
inline constexpr std::string_view kDueWorkFailed = "due_work_failed";

// Metrics.
inline constexpr std::string_view kTokensIssuedTotal = "rekey_tokens_issued_total";
inline constexpr std::string_view kTokensRefusedTotal = "rekey_tokens_refused_total";
inline constexpr std::string_view kHttpRequestsTotal = "rekey_http_requests_total";
inline constexpr std::string_view kHttpConnections = "rekey_http_connections";
inline constexpr std::string_view kHttpAcceptPausesTotal = "rekey_http_accept_pauses_total";
inline constexpr std::string_view kHttpRejectedTotal = "rekey_http_rejected_total";
inline constexpr std::string_view kGatewayTurnedAwayTotal = "rekey_gateway_turned_away_total";
inline constexpr std::string_view kLedgerEventsTotal = "rekey_ledger_events_total";
inline constexpr std::string_view kCommitsTotal = "rekey_commits_total";
inline constexpr std::string_view kSecretsLive = "rekey_secrets_live";
inline constexpr std::string_view kSecretsEndingSoon = "rekey_secrets_ending_within_30_days";
inline constexpr std::string_view kReady = "rekey_ready";
inline constexpr std::string_view kGuardedCallsTotal = "rekey_guarded_calls_total";

}  // namespace rekey::telemetry::names
