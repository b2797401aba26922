#include <familiar/transport/base_url.hpp>

#include <catch2/catch.hpp>

using familiar::Error;
using familiar::transport::BaseUrl;

TEST_CASE("a base URL is taken apart") {
    struct Case {
        const char* url;
        bool secure;
        const char* host;
        int port;
        const char* path;
        const char* authority;
    };
    const Case cases[] = {
        {"https://api.openai.com/v1", true, "api.openai.com", 443, "/v1", "api.openai.com"},
        {"HTTP://localhost:8080/v1/", false, "localhost", 8080, "/v1", "localhost:8080"},
        {"http://localhost", false, "localhost", 80, "", "localhost"},
        {"http://localhost/", false, "localhost", 80, "", "localhost"},
        {"https://example.org:443/a/b//", true, "example.org", 443, "/a/b", "example.org"},
        {"http://example.org:443/v1", false, "example.org", 443, "/v1", "example.org:443"},
        {"http://127.0.0.1:11434/v1", false, "127.0.0.1", 11434, "/v1", "127.0.0.1:11434"},
        {"http://[::1]:8080/v1", false, "::1", 8080, "/v1", "[::1]:8080"},
        {"https://[2001:db8::fe]/v1", true, "2001:db8::fe", 443, "/v1", "[2001:db8::fe]"},
    };
    for (const auto& c : cases) {
        INFO(c.url);
        const auto url = BaseUrl::parse(c.url);
        CHECK(url.secure == c.secure);
        CHECK(url.host == c.host);
        CHECK(url.port == c.port);
        CHECK(url.path == c.path);
        CHECK(url.authority() == c.authority);
        CHECK(BaseUrl::parse(url.text()).text() == url.text());
    }
}

TEST_CASE("a URL that cannot be one is refused with a message that says what is wrong") {
    const std::pair<const char*, const char*> cases[] = {
        {"", "empty"},
        {"localhost:8080/v1", "http://"},
        {"ftp://example.org/v1", "http://"},
        {"http://", "host is missing"},
        {"http:///v1", "host is missing"},
        {"http://:8080/v1", "host is missing"},
        {"http://example.org:/v1", "port is missing"},
        {"http://example.org:0/v1", "1 to 65535"},
        {"http://example.org:65536/v1", "1 to 65535"},
        {"http://example.org:80a/v1", "1 to 65535"},
        {"http://example.org:99999999999999999999/v1", "1 to 65535"},
        {"http://::1:8080/v1", "brackets"},
        {"http://[::1/v1", "not closed"},
        {"http://[::1]8080/v1", "colon and a port"},
        {"http://[::1]:/v1", "port is missing"},
        {"http://[example]/v1", "no IPv6"},
        {"http://exa mple.org/v1", "white space"},
        {"http://example.org/v1\r\nX-Evil: 1", "control character"},
        {"http://ex%61mple.org/v1", "no host name"},
    };
    for (const auto& [url, words] : cases) {
        INFO(url);
        CHECK_THROWS_WITH(BaseUrl::parse(url), Catch::Matchers::Contains(words));
    }
}

TEST_CASE("what may be secret in a URL does not stand in the message") {
    for (const char* url : {"https://user:hunter22@example.org/v1", "https://example.org/v1?api_key=hunter22",
                            "https://example.org/v1#hunter22"}) {
        INFO(url);
        CHECK_THROWS_AS(BaseUrl::parse(url), Error);
        CHECK_THROWS_WITH(BaseUrl::parse(url), !Catch::Matchers::Contains("hunter22"));
    }
}

TEST_CASE("it is known which hosts are this machine") {
    for (const char* url : {"http://localhost:1/v1", "http://127.0.0.1/v1", "http://127.8.0.1/v1", "http://[::1]/v1"})
        CHECK(BaseUrl::parse(url).is_local());
    for (const char* url :
         {"http://localhost.example.org/v1", "http://10.0.0.1/v1", "http://[::2]/v1", "http://12.0.0.1"})
        CHECK_FALSE(BaseUrl::parse(url).is_local());
}
