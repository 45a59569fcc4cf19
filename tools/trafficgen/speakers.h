// Every speaker of the catalog (speakers.cc): one function a protocol.
#pragma once

#include "tools/trafficgen/talk.h"

namespace scanner::trafficgen {

// stratum_speakers.cc, cryptonote_speaker.cc, ethereum_speakers.cc
void speak_bitcoin_stratum(const Conversation& conversation, Random& random, Talk& talk);
void speak_equihash(const Conversation& conversation, Random& random, Talk& talk);
void speak_kawpow(const Conversation& conversation, Random& random, Talk& talk);
void speak_cryptonote(const Conversation& conversation, Random& random, Talk& talk);
void speak_ethereum_getwork(const Conversation& conversation, Random& random, Talk& talk);
void speak_ethereum_stratum_1(const Conversation& conversation, Random& random, Talk& talk);
void speak_ethereum_stratum_2(const Conversation& conversation, Random& random, Talk& talk);

// stratum2_speaker.cc
void speak_stratum2(const Conversation& conversation, Random& random, Talk& talk);
void speak_stratum2_noise(const Conversation& conversation, Random& random, Talk& talk);

// kaspa_speakers.cc, mimblewimble_speakers.cc
void speak_kaspa(const Conversation& conversation, Random& random, Talk& talk);
void speak_alephium(const Conversation& conversation, Random& random, Talk& talk);
void speak_ironfish(const Conversation& conversation, Random& random, Talk& talk);
void speak_beam(const Conversation& conversation, Random& random, Talk& talk);
void speak_grin(const Conversation& conversation, Random& random, Talk& talk);

// duino_speaker.cc
void speak_duino(const Conversation& conversation, Random& random, Talk& talk);

// solo_speakers.cc
void speak_getblocktemplate(const Conversation& conversation, Random& random, Talk& talk);
void speak_monero_daemon(const Conversation& conversation, Random& random, Talk& talk);
void speak_getwork(const Conversation& conversation, Random& random, Talk& talk);

// peer_speakers.cc
void speak_bitcoin_peer(const Conversation& conversation, Random& random, Talk& talk);
void speak_discv4(const Conversation& conversation, Random& random, Talk& talk);
void speak_levin(const Conversation& conversation, Random& random, Talk& talk);

// sealed_speakers.cc, pool_peer_speakers.cc
void speak_bitcoin_v2(const Conversation& conversation, Random& random, Talk& talk);
void speak_rlpx(const Conversation& conversation, Random& random, Talk& talk);
void speak_p2pool(const Conversation& conversation, Random& random, Talk& talk);
void speak_peer_pool(const Conversation& conversation, Random& random, Talk& talk);

// login_speakers.cc
void speak_http_log_in(const Conversation& conversation, Random& random, Talk& talk);
void speak_mysql_log_in(const Conversation& conversation, Random& random, Talk& talk);
void speak_postgresql_log_in(const Conversation& conversation, Random& random, Talk& talk);
void speak_mssql_log_in(const Conversation& conversation, Random& random, Talk& talk);
void speak_redis_log_in(const Conversation& conversation, Random& random, Talk& talk);

// everyday_speakers.cc
void speak_script(const Conversation& conversation, Random& random, Talk& talk);
void speak_dns(const Conversation& conversation, Random& random, Talk& talk);
void speak_web(const Conversation& conversation, Random& random, Talk& talk);
void speak_tls(const Conversation& conversation, Random& random, Talk& talk);
void speak_mail(const Conversation& conversation, Random& random, Talk& talk);
void speak_log(const Conversation& conversation, Random& random, Talk& talk);
void speak_sql(const Conversation& conversation, Random& random, Talk& talk);

// websocket_speakers.cc: browser miners, and what else is said in WebSocket messages
void speak_web_coinhive(const Conversation& conversation, Random& random, Talk& talk);
void speak_web_miner_pool(const Conversation& conversation, Random& random, Talk& talk);
void speak_chat(const Conversation& conversation, Random& random, Talk& talk);
void speak_ticker(const Conversation& conversation, Random& random, Talk& talk);
void speak_graphql(const Conversation& conversation, Random& random, Talk& talk);

// json_speakers.cc: JSON that is not mining
void speak_electrum(const Conversation& conversation, Random& random, Talk& talk);
void speak_language_server(const Conversation& conversation, Random& random, Talk& talk);
void speak_wallet_rpc(const Conversation& conversation, Random& random, Talk& talk);
void speak_job_queue(const Conversation& conversation, Random& random, Talk& talk);

}  // namespace scanner::trafficgen
