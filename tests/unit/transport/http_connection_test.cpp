#include <familiar/transport/http_connection.hpp>

#include "requests.hpp"
#include "test_endpoint.hpp"
#include <support/scratch_folder.hpp>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

using namespace familiar;
using namespace familiar::transport;
using namespace familiar::tests;
using Kind = HttpOutcome::Kind;

namespace {

/// A certificate that vouches for itself, made on the spot, and its key.
struct Certificate {
    std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key{EVP_EC_gen("P-256"), EVP_PKEY_free};
    std::unique_ptr<X509, void (*)(X509*)> certificate{X509_new(), X509_free};

    /// @param names as in subjectAltName: `IP:127.0.0.1`, `DNS:example.org`
    /// @param days  until it expires; negative: it has expired
    explicit Certificate(const char* names, int days = 1) {
        X509_set_version(certificate.get(), 2);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -10L * 86400);
        X509_gmtime_adj(X509_getm_notAfter(certificate.get()), long{days} * 86400);
        X509_set_pubkey(certificate.get(), key.get());
        auto* const name = X509_get_subject_name(certificate.get());
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("familiar test"),
                                   -1, -1, 0);
        X509_set_issuer_name(certificate.get(), name);
        for (const auto& [id, value] :
             {std::pair(NID_subject_alt_name, names), std::pair(NID_basic_constraints, "critical,CA:TRUE")}) {
            auto* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, id, value);
            REQUIRE(extension != nullptr);
            X509_add_ext(certificate.get(), extension, -1);
            X509_EXTENSION_free(extension);
        }
        REQUIRE(X509_sign(certificate.get(), key.get(), EVP_sha256()) != 0);
    }

    void write(const std::filesystem::path& path) const {
        auto* const file = std::fopen(path.c_str(), "w");
        REQUIRE(file != nullptr);
        PEM_write_X509(file, certificate.get());
        std::fclose(file);
    }
};

using SecureEndpoint = Endpoint<httplib::SSLServer>;

SecureEndpoint::Script fine() {
    return
        [](httplib::Response& response, std::size_t) { response.set_content(chat_reply("yes"), "application/json"); };
}

HttpOutcome post(const BaseUrl& url, const std::filesystem::path& authorities) {
    RequestWatchdog watchdog;
    HttpConnection connection(url, authorities);
    return connection.post("/v1/chat/completions", "Bearer key-for-a-test", "{}", HttpLimits(), watchdog, nullptr);
}

BaseUrl secure_url(int port) {
    return BaseUrl::parse("https://127.0.0.1:" + std::to_string(port) + "/v1");
}

} // namespace

TEST_CASE("a certificate that nobody vouches for is refused before the key is sent") {
    const Certificate certificate("IP:127.0.0.1");
    SecureEndpoint endpoint(fine(), certificate.certificate.get(), certificate.key.get());
    CHECK(post(secure_url(endpoint.port()), {}).kind == Kind::untrusted);
    CHECK(endpoint.asked().empty());
}

TEST_CASE("a certificate that the user vouches for is accepted for its host") {
    const ScratchFolder folder;
    const Certificate certificate("IP:127.0.0.1");
    certificate.write(folder / "ca.pem");
    SecureEndpoint endpoint(fine(), certificate.certificate.get(), certificate.key.get());
    const auto outcome = post(secure_url(endpoint.port()), folder / "ca.pem");
    CHECK(outcome.kind == Kind::answered);
    CHECK(outcome.status == 200);
    CHECK(outcome.body == chat_reply("yes"));
    CHECK(endpoint.asked().size() == 1);
}

TEST_CASE(
    "a certificate of another host, or one that has expired, is refused though the user vouches for its authority") {
    const ScratchFolder folder;
    const Certificate certificate =
        GENERATE(0, 1) == 0 ? Certificate("DNS:example.org,IP:127.0.0.2") : Certificate("IP:127.0.0.1", -1);
    certificate.write(folder / "ca.pem");
    SecureEndpoint endpoint(fine(), certificate.certificate.get(), certificate.key.get());
    CHECK(post(secure_url(endpoint.port()), folder / "ca.pem").kind == Kind::untrusted);
    CHECK(endpoint.asked().empty());
}

TEST_CASE("a file of certificates that holds none is noticed") {
    const ScratchFolder folder;
    std::ofstream(folder / "ca.pem") << "no certificate";
    const Certificate certificate("IP:127.0.0.1");
    SecureEndpoint endpoint(fine(), certificate.certificate.get(), certificate.key.get());
    CHECK(post(secure_url(endpoint.port()), folder / "ca.pem").kind == Kind::untrusted);
}

TEST_CASE("the transport ends the run where a certificate does not hold, and says what to do") {
    const ScratchFolder folder;
    const Certificate certificate("IP:127.0.0.1");
    certificate.write(folder / "ca.pem");
    SecureEndpoint endpoint(fine(), certificate.certificate.get(), certificate.key.get());
    HttpParameters parameters;
    parameters.base_url = secure_url(endpoint.port()).text();
    parameters.key_env = "";
    {
        HttpTransport llm(parameters);
        const auto reply = llm.ask(chat_request("q"));
        REQUIRE_FALSE(reply);
        CHECK(reply.failure().scope == FailureScope::run);
        CHECK_THAT(reply.failure().message,
                   Catch::Matchers::Contains("certificate") && Catch::Matchers::Contains("ca_file"));
    }
    parameters.ca_file = (folder / "ca.pem").string();
    HttpTransport llm(parameters);
    for (int i = 0; i < 3; ++i) CHECK(llm.ask(chat_request("q"))->text == "yes"); // over one connection
}

TEST_CASE("TLS asked of a server that speaks none is no connection") {
    Endpoint endpoint([](httplib::Response&, std::size_t) {});
    const auto kind = post(secure_url(endpoint.port()), {}).kind;
    CHECK((kind == Kind::unreachable || kind == Kind::untrusted));
    CHECK(endpoint.asked().empty());
}

TEST_CASE("a pool gives a connection back to the next") {
    Endpoint endpoint([](httplib::Response& response, std::size_t) { response.set_content("{}", "application/json"); });
    HttpConnectionPool pool(BaseUrl::parse("http://127.0.0.1:" + std::to_string(endpoint.port())), {});
    auto first = pool.take();
    auto* const address = first.get();
    auto second = pool.take();
    CHECK(second.get() != address);
    pool.give_back(std::move(first));
    CHECK(pool.take().get() == address);
}

TEST_CASE("what is cancelled before the connection stands is not asked") {
    Endpoint endpoint(
        [](httplib::Response& response, std::size_t) { response.set_content(chat_reply("yes"), "application/json"); });
    const BaseUrl url = BaseUrl::parse("http://127.0.0.1:" + std::to_string(endpoint.port()) + "/v1");
    RequestWatchdog watchdog;
    Cancellation cancellation;
    cancellation.request();
    for (int i = 0; i < 50; ++i) {
        HttpConnection connection(url, {});
        const auto outcome =
            connection.post(url.path + "/chat/completions", {}, "{}", HttpLimits(), watchdog, &cancellation);
        CHECK(outcome.kind == Kind::cancelled);
    }
    CHECK(endpoint.asked().empty());
}
