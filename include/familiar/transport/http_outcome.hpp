#pragma once

#include <string>

namespace familiar::transport {

/// What became of one POST.
struct HttpOutcome {
    enum class Kind {
        answered,    ///< a whole response came: `status` and `body`
        unreachable, ///< no connection: refused, no such host, no route, or too slow to come about
        untrusted,   ///< TLS: the certificate does not hold, or is another host's
        broken,      ///< the connection ended in the middle
        timed_out,
        too_long, ///< the response is longer than allowed
        cancelled,
    };
    Kind kind = Kind::unreachable;
    int status = 0;
    std::string body;
    std::string retry_after; ///< header; empty where there is none
    std::string location;    ///< header; empty where there is none
    std::string detail;      ///< what the HTTP library says where nothing was answered
};

} // namespace familiar::transport
