#include "tests/unit/protocol/real_tls.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <stdexcept>

namespace scanner {
namespace {

void must(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

void note_key(const SSL* ssl, const char* line) {
  auto* log = static_cast<std::string*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  *log += std::string(line) + "\n";
}

}  // namespace

struct RealTls::Ends {
  SSL_CTX* client_context = SSL_CTX_new(TLS_client_method());
  SSL_CTX* server_context = SSL_CTX_new(TLS_server_method());
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  SSL* client = nullptr;
  SSL* server = nullptr;
  BIO* client_out = nullptr;
  BIO* server_out = nullptr;
  std::string log;

  explicit Ends(const RealTlsOptions& options) {
    make_certificate();
    const int version = options.version == 13 ? TLS1_3_VERSION : TLS1_2_VERSION;
    for (SSL_CTX* context : {client_context, server_context}) {
      SSL_CTX_set_min_proto_version(context, version);
      SSL_CTX_set_max_proto_version(context, version);
      if (!options.suite.empty() && options.version == 13) must(SSL_CTX_set_ciphersuites(context, options.suite.c_str()) == 1, "suite");
      if (!options.suite.empty() && options.version == 12) must(SSL_CTX_set_cipher_list(context, options.suite.c_str()) == 1, "suite");
      if (options.padding > 0) SSL_CTX_set_block_padding(context, options.padding);
    }
    must(SSL_CTX_set1_groups_list(client_context, options.client_groups.c_str()) == 1, "groups");
    must(SSL_CTX_set1_groups_list(server_context, options.server_groups.c_str()) == 1, "groups");
    must(SSL_CTX_use_certificate(server_context, certificate) == 1 && SSL_CTX_use_PrivateKey(server_context, key) == 1, "certificate");
    SSL_CTX_set_app_data(client_context, &log);
    SSL_CTX_set_keylog_callback(client_context, note_key);
    client = SSL_new(client_context);
    server = SSL_new(server_context);
    // The macro that the library has for this casts as C does.
    static char name[] = "www.test.example";
    SSL_ctrl(client, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name);
    BIO* to_client = BIO_new(BIO_s_mem());
    BIO* to_server = BIO_new(BIO_s_mem());
    client_out = BIO_new(BIO_s_mem());
    server_out = BIO_new(BIO_s_mem());
    SSL_set_bio(client, to_client, client_out);
    SSL_set_bio(server, to_server, server_out);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
  }

  ~Ends() {
    SSL_free(client);
    SSL_free(server);
    SSL_CTX_free(client_context);
    SSL_CTX_free(server_context);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }

  void make_certificate() {
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    const auto* text = reinterpret_cast<const unsigned char*>("test.example");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    must(X509_sign(certificate, key, EVP_sha256()) > 0, "signature");
  }

  static std::string drain(BIO* bio) {
    std::string all;
    std::array<char, 4096> piece;
    for (int got = 0; (got = BIO_read(bio, piece.data(), static_cast<int>(piece.size()))) > 0;) all.append(piece.data(), static_cast<std::size_t>(got));
    return all;
  }

  // Lets both ends work until neither has anything to send.
  std::vector<Flight> settle() {
    std::vector<Flight> flights;
    for (bool moved = true; moved;) {
      moved = false;
      for (const bool from_client : {true, false}) {
        work(from_client ? client : server);
        std::string bytes = drain(from_client ? client_out : server_out);
        if (bytes.empty()) continue;
        BIO_write(SSL_get_rbio(from_client ? server : client), bytes.data(), static_cast<int>(bytes.size()));
        flights.push_back({from_client, std::move(bytes)});
        moved = true;
      }
    }
    return flights;
  }

  static void work(SSL* end) {
    if (SSL_is_init_finished(end) == 0) SSL_do_handshake(end);
    std::array<char, 4096> piece;
    while (SSL_is_init_finished(end) != 0 && SSL_read(end, piece.data(), static_cast<int>(piece.size())) > 0) continue;
  }
};

RealTls::RealTls(const RealTlsOptions& options) : ends_(std::make_unique<Ends>(options)) {}
RealTls::~RealTls() = default;

std::vector<RealTls::Flight> RealTls::handshake() {
  auto flights = ends_->settle();
  must(SSL_is_init_finished(ends_->client) != 0 && SSL_is_init_finished(ends_->server) != 0, "the handshake does not end");
  return flights;
}

std::vector<RealTls::Flight> RealTls::client_says(std::string_view text) {
  must(SSL_write(ends_->client, text.data(), static_cast<int>(text.size())) > 0, "write");
  return ends_->settle();
}

std::vector<RealTls::Flight> RealTls::server_says(std::string_view text) {
  must(SSL_write(ends_->server, text.data(), static_cast<int>(text.size())) > 0, "write");
  return ends_->settle();
}

std::vector<RealTls::Flight> RealTls::update_keys() {
  must(SSL_key_update(ends_->client, SSL_KEY_UPDATE_REQUESTED) == 1, "key update");
  return client_says("\n");
}

const std::string& RealTls::key_log() const { return ends_->log; }

}  // namespace scanner
