#pragma once

#include <familiar/transport/http_transport.hpp>

#include <httplib.h>
#include <nlohmann/json.hpp>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace familiar::tests {

struct Asked {
    std::string path, authorization, host;
    nlohmann::json body;
};

/// A reply as the chat API gives it.
inline std::string chat_reply(const std::string& text) {
    return nlohmann::json{
        {"choices",
         {{{"index", 0}, {"finish_reason", "stop"}, {"message", {{"role", "assistant"}, {"content", text}}}}}},
        {"usage", {{"prompt_tokens", 11}, {"completion_tokens", 2}, {"total_tokens", 13}}}}
        .dump();
}

inline std::string api_error(const std::string& message) {
    return nlohmann::json{{"error", {{"message", message}, {"type", "test"}}}}.dump();
}

/// A cpp-httplib server on this machine that answers as its script says and remembers what it was asked. To be
/// destroyed after the transports that ask it: it waits for their connections to close.
template <class Server = httplib::Server> class Endpoint {
  public:
    /// @param script called with the response to fill in and how many requests came before this one
    using Script = std::function<void(httplib::Response&, std::size_t)>;

    template <class... Arguments>
    explicit Endpoint(Script script, Arguments&&... arguments)
        : script_(std::move(script)), server_(std::forward<Arguments>(arguments)...) {
        server_.set_tcp_nodelay(true);
        server_.set_keep_alive_timeout(1);
        server_.Post(".*", [this](const httplib::Request& request, httplib::Response& response) {
            std::size_t earlier = 0;
            {
                const std::lock_guard lock(mutex_);
                earlier = asked_.size();
                asked_.push_back({request.path, request.get_header_value("Authorization"),
                                  request.get_header_value("Host"),
                                  nlohmann::json::parse(request.body, nullptr, false)});
            }
            script_(response, earlier);
        });
        port_ = server_.bind_to_any_port("127.0.0.1");
        if (port_ <= 0) throw std::runtime_error("no port for a test server");
        thread_ = std::thread([this] { server_.listen_after_bind(); });
        while (!server_.is_running()) std::this_thread::yield();
    }

    ~Endpoint() {
        server_.stop();
        thread_.join();
    }

    [[nodiscard]] int port() const { return port_; }

    [[nodiscard]] std::vector<Asked> asked() const {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

  private:
    Script script_;
    mutable std::mutex mutex_;
    std::vector<Asked> asked_;
    Server server_;
    int port_ = 0;
    std::thread thread_;
};

/// A listening socket below HTTP, for replies that no server library would send.
class RawEndpoint {
  public:
    /// What is done with a connection, once its request has come; how many connections came before.
    using Script = std::function<void(const RawEndpoint&, int socket, std::size_t)>;

    explicit RawEndpoint(Script script) : script_(std::move(script)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            throw std::runtime_error("no port for a test server");
        }
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread([this] { accept_all(); });
    }

    ~RawEndpoint() {
        stopping_ = true;
        acceptor_.join();
        for (auto& thread : threads_) thread.join();
        ::close(listener_);
    }

    [[nodiscard]] int port() const { return port_; }
    [[nodiscard]] std::size_t connections() const { return connections_; }

    /// Whether the test is over, or the other side has closed: what endless replies look at.
    [[nodiscard]] bool finished(int socket) const {
        pollfd waiting{socket, POLLIN, 0};
        char byte = 0;
        return stopping_ || (::poll(&waiting, 1, 0) > 0 && ::recv(socket, &byte, 1, MSG_PEEK) <= 0);
    }

    /// False where the other side has closed, or has not read for some seconds.
    static bool send(int socket, std::string_view bytes) {
        for (int patience = 500; !bytes.empty() && patience > 0;) {
            const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
                --patience; // 20 ms have gone by; a busy machine may need many of them
                continue;
            }
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return bytes.empty();
    }

  private:
    void accept_all() {
        while (!stopping_) {
            pollfd waiting{listener_, POLLIN, 0};
            if (::poll(&waiting, 1, 20) <= 0) continue;
            const int socket = ::accept(listener_, nullptr, nullptr);
            if (socket < 0) continue;
            threads_.emplace_back([this, socket, earlier = connections_++] {
                const timeval patience{0, 20000};
                ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
                if (read_request(socket)) script_(*this, socket, earlier);
                ::close(socket);
            });
        }
    }

    /// Reads to the end of the request's body.
    bool read_request(int socket) const {
        std::string text;
        char buffer[4096];
        for (;;) {
            if (const auto end = text.find("\r\n\r\n"); end != std::string::npos) {
                const auto at = text.find("Content-Length: ");
                if (at != std::string::npos && text.size() >= end + 4 + std::stoul(text.substr(at + 16))) return true;
            }
            pollfd waiting{socket, POLLIN, 0};
            if (stopping_) return false;
            if (::poll(&waiting, 1, 20) <= 0) continue;
            const auto got = ::recv(socket, buffer, sizeof buffer, 0);
            if (got <= 0) return false;
            text.append(buffer, static_cast<std::size_t>(got));
        }
    }

    Script script_;
    int listener_ = -1, port_ = 0;
    std::atomic<bool> stopping_{false};
    std::atomic<std::size_t> connections_{0};
    std::thread acceptor_;
    std::vector<std::thread> threads_;
};

} // namespace familiar::tests
