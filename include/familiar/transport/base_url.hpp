#pragma once

#include <familiar/core/error.hpp>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

namespace familiar::transport {

/// Where an API lives: `https://api.openai.com/v1` in its parts.
struct BaseUrl {
    bool secure = false; ///< https
    std::string host;    ///< name or address; IPv6 without its brackets
    int port = 0;        ///< 1 … 65535
    std::string path;    ///< empty, or with a slash at the beginning and none at the end: `/v1`

    /// Host and port as a Host header has them: the scheme's own port is left out, IPv6 stands in brackets.
    [[nodiscard]] std::string authority() const {
        std::string text = bracketed();
        if (port != (secure ? 443 : 80)) text += ":" + std::to_string(port);
        return text;
    }

    [[nodiscard]] std::string text() const { return (secure ? "https://" : "http://") + authority() + path; }

    /// Whether this machine itself is meant.
    [[nodiscard]] bool is_local() const {
        return host == "localhost" || host == "::1" || host.starts_with("127.") || host.ends_with(".localhost");
    }

    /// Throws Error (invalid_argument) that names the URL, without what may be secret in it, and what is wrong with it.
    [[nodiscard]] static BaseUrl parse(std::string_view url);

  private:
    [[nodiscard]] std::string bracketed() const {
        return host.find(':') == std::string::npos ? host : "[" + host + "]";
    }
};

inline BaseUrl BaseUrl::parse(std::string_view url) {
    std::string shown(url);
    const auto refuse = [&](std::string what) -> Error {
        return {ErrorCode::invalid_argument, std::move(what), shown.empty() ? "base_url" : "base_url " + shown,
                "Write it as http://localhost:8080/v1 or https://api.openai.com/v1"};
    };
    const auto one_of = [](char c, std::string_view set) { return set.find(c) != std::string_view::npos; };
    if (std::any_of(url.begin(), url.end(), [](char c) { return c <= ' ' || c == 0x7f; })) {
        throw refuse("the URL holds white space, a control character or a character outside ASCII");
    }
    if (url.empty()) throw refuse("the URL is empty");
    BaseUrl parsed;
    const auto scheme_end = url.find("://");
    std::string scheme(url.substr(0, scheme_end == std::string_view::npos ? 0 : scheme_end));
    std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    if (scheme != "http" && scheme != "https") throw refuse("the URL does not start with http:// or https://");
    parsed.secure = scheme == "https";
    url.remove_prefix(scheme_end + 3);

    const auto authority_end = std::min(url.find_first_of("/?#"), url.size());
    std::string_view authority = url.substr(0, authority_end), path = url.substr(authority_end);
    if (authority.find('@') != std::string_view::npos) {
        shown.clear(); // a password must not stand in a message
        throw refuse(
            "the URL holds a user name or password; a key comes from the environment variable that key_env names");
    }
    if (path.find_first_of("?#") != std::string_view::npos) {
        shown.clear(); // a query may hold a key
        throw refuse("the URL holds a query or a fragment (? or #)");
    }
    std::string_view port;
    if (authority.starts_with('[')) {
        const auto closing = authority.find(']');
        if (closing == std::string_view::npos) throw refuse("the bracket of the IPv6 address is not closed");
        parsed.host = authority.substr(1, closing - 1);
        const bool plausible = parsed.host.find(':') != std::string::npos &&
                               std::all_of(parsed.host.begin(), parsed.host.end(),
                                           [&](char c) { return one_of(c, "0123456789abcdefABCDEF:."); });
        if (!plausible) throw refuse("what stands in brackets is no IPv6 address");
        authority.remove_prefix(closing + 1);
        if (!authority.empty() && authority.front() != ':')
            throw refuse("a colon and a port were expected after the bracket");
        port = authority.substr(std::min<std::size_t>(1, authority.size()));
        if (!authority.empty() && port.empty()) throw refuse("the port is missing after the colon");
    } else {
        const auto colon = authority.find(':');
        parsed.host = authority.substr(0, colon);
        if (colon != std::string_view::npos) {
            port = authority.substr(colon + 1);
            if (port.find(':') != std::string_view::npos) throw refuse("an IPv6 address must stand in brackets");
            if (port.empty()) throw refuse("the port is missing after the colon");
        }
    }
    if (parsed.host.empty()) throw refuse("the host is missing");
    const bool host_fine =
        std::none_of(parsed.host.begin(), parsed.host.end(), [&](char c) { return one_of(c, "\"<>\\^`{|}%"); });
    if (!host_fine) throw refuse("the host holds a character that no host name has");
    parsed.port = parsed.secure ? 443 : 80;
    if (!port.empty()) {
        const auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), parsed.port);
        if (problem != std::errc() || end != port.data() + port.size() || parsed.port < 1 || parsed.port > 65535) {
            throw refuse("the port is no number from 1 to 65535");
        }
    }
    while (path.ends_with('/')) path.remove_suffix(1);
    parsed.path = path;
    return parsed;
}

} // namespace familiar::transport
