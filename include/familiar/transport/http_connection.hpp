#pragma once

#include <familiar/core/cancellation.hpp>
#include <familiar/core/error.hpp>
#include <familiar/core/version.hpp>
#include <familiar/transport/base_url.hpp>
#include <familiar/transport/http_outcome.hpp>
#include <familiar/transport/request_watchdog.hpp>

#include <httplib.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace familiar::transport {

/// Bounds of one POST.
struct HttpLimits {
    std::chrono::milliseconds connect{10'000}; ///< until the connection stands, an address
    std::chrono::milliseconds silence{0};      ///< longest wait for the next byte; 0: only `total`
    std::chrono::milliseconds total{120'000};  ///< from the beginning to the last byte
    std::size_t body_bytes = std::size_t{16} << 20;
};

namespace detail {

/// Writing to a connection that the other side has closed raises SIGPIPE, which ends a program that does not expect it.
/// While this lives the signal is held back from this thread, and one that came is dropped at the end.
class WithoutBrokenPipeSignal {
  public:
#if defined(__linux__)
    WithoutBrokenPipeSignal() {
        sigset_t pending;
        sigemptyset(&pipe_);
        sigaddset(&pipe_, SIGPIPE);
        sigpending(&pending);
        was_pending_ = sigismember(&pending, SIGPIPE) == 1;
        pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
    ~WithoutBrokenPipeSignal() {
        if (!was_pending_) {
            const timespec at_once{};
            while (sigtimedwait(&pipe_, nullptr, &at_once) == -1 && errno == EINTR) {
            }
        }
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
#else
    WithoutBrokenPipeSignal() = default;
    ~WithoutBrokenPipeSignal() {}
#endif
    WithoutBrokenPipeSignal(const WithoutBrokenPipeSignal&) = delete;
    WithoutBrokenPipeSignal& operator=(const WithoutBrokenPipeSignal&) = delete;

  private:
#if defined(__linux__)
    sigset_t pipe_{}, before_{};
    bool was_pending_ = false;
#endif
};

} // namespace detail

/// One keep-alive connection to an endpoint. One request at a time. Certificates are always verified.
class HttpConnection {
  public:
    /// @param certificate_authorities PEM file that is trusted in place of the system's; empty: the system's
    HttpConnection(const BaseUrl& url, const std::filesystem::path& certificate_authorities)
        : authority_(url.authority()) {
        if (url.secure) {
            client_ = std::make_unique<httplib::SSLClient>(url.host, url.port);
            client_->enable_server_certificate_verification(true);
            if (!certificate_authorities.empty()) client_->set_ca_cert_path(certificate_authorities.string());
        } else {
            client_ = std::make_unique<httplib::ClientImpl>(url.host, url.port);
        }
        client_->set_keep_alive(true);
        client_->set_follow_location(false); // a key must not go where the user has not sent it
        client_->set_tcp_nodelay(true);      // else small requests wait for acknowledgements
    }

    ~HttpConnection() {
        const detail::WithoutBrokenPipeSignal guard;
        client_.reset();
    }

    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;

    /// Sends and waits. `cancellation` may be null. Memory stays within the limits however much is sent back.
    [[nodiscard]] HttpOutcome post(const std::string& path, const std::string& authorization, const std::string& body,
                                   const HttpLimits& limits, RequestWatchdog& watchdog,
                                   const Cancellation* cancellation) {
        const detail::WithoutBrokenPipeSignal guard;
        HttpOutcome outcome;
        httplib::Request request;
        request.method = "POST";
        request.path = path;
        request.headers = {{"Host", authority_},
                           {"Accept", "application/json"},
                           {"Content-Type", "application/json"},
                           {"User-Agent", std::string("familiar/") + kVersion}};
        if (!authorization.empty()) request.headers.emplace("Authorization", authorization);
        // Handed over once the connection stands: making it can take seconds, and a run that was cancelled meanwhile
        // must not ask what nobody will hear the answer to.
        bool withheld = false;
        request.content_length_ = body.size();
        request.content_provider_ = [&](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
            withheld = cancellation != nullptr && cancellation->requested();
            return !withheld && (sink.write(body.data() + offset, length), true); // what fails, the library reports
        };
        bool too_long = false;
        auto heard = std::chrono::steady_clock::now();
        request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
            heard = std::chrono::steady_clock::now();
            too_long = too_long || size > limits.body_bytes - outcome.body.size();
            if (!too_long) outcome.body.append(data, size);
            return !too_long;
        };
        const auto silence = limits.silence.count() > 0 ? std::min(limits.silence, limits.total) : limits.total;
        client_->set_connection_timeout(std::min(limits.connect, limits.total));
        client_->set_read_timeout(silence);
        client_->set_write_timeout(silence);

        httplib::Response response;
        auto problem = httplib::Error::Success;
        bool sent = false;
        RequestWatchdog::Ended ended;
        {
            RequestWatchdog::Watch watch(watchdog, *client_, limits.total, cancellation);
            sent = client_->send(request, response, problem);
            ended = watch.end();
        }
        // The library tells a read that took too long from a broken one by nothing but the time that has gone by.
        if (problem == httplib::Error::Read && std::chrono::steady_clock::now() - heard >= silence &&
            ended == RequestWatchdog::Ended::by_itself) {
            ended = RequestWatchdog::Ended::timed_out;
        }
        // A reply that came whole counts, though the run was cancelled in the same moment: it will not be asked for
        // again.
        const bool whole = sent && (response.has_header("Content-Length") || response.has_header("Transfer-Encoding"));
        if (withheld) ended = RequestWatchdog::Ended::cancelled;
        if (whole && ended == RequestWatchdog::Ended::cancelled) ended = RequestWatchdog::Ended::by_itself;
        outcome.kind = kind_of(sent, problem, too_long, ended);
        outcome.detail = httplib::to_string(problem);
        if (outcome.kind == HttpOutcome::Kind::answered) {
            outcome.status = response.status;
            outcome.retry_after = response.get_header_value("Retry-After");
            outcome.location = response.get_header_value("Location");
        }
        return outcome;
    }

  private:
    static HttpOutcome::Kind kind_of(bool sent, httplib::Error problem, bool too_long, RequestWatchdog::Ended ended) {
        using Kind = HttpOutcome::Kind;
        if (too_long) return Kind::too_long;
        if (ended == RequestWatchdog::Ended::cancelled) return Kind::cancelled;
        if (ended == RequestWatchdog::Ended::timed_out) return Kind::timed_out;
        if (sent) return Kind::answered;
        switch (problem) {
        case httplib::Error::Connection:
        case httplib::Error::ConnectionTimeout:
        case httplib::Error::BindIPAddress:
        case httplib::Error::SSLConnection:
            return Kind::unreachable;
        case httplib::Error::SSLLoadingCerts:
        case httplib::Error::SSLServerVerification:
            return Kind::untrusted;
        default:
            return Kind::broken;
        }
    }

    std::string authority_;
    std::unique_ptr<httplib::ClientImpl> client_;
};

/// Connections that are not in use, for whoever asks next: as many stand as requests are under way at once.
class HttpConnectionPool {
  public:
    HttpConnectionPool(BaseUrl url, std::filesystem::path certificate_authorities)
        : url_(std::move(url)), certificate_authorities_(std::move(certificate_authorities)) {}

    [[nodiscard]] std::unique_ptr<HttpConnection> take() {
        {
            const std::lock_guard lock(mutex_);
            if (!idle_.empty()) {
                auto connection = std::move(idle_.back());
                idle_.pop_back();
                return connection;
            }
        }
        return std::make_unique<HttpConnection>(url_, certificate_authorities_);
    }

    void give_back(std::unique_ptr<HttpConnection> connection) {
        const std::lock_guard lock(mutex_);
        idle_.push_back(std::move(connection));
    }

  private:
    BaseUrl url_;
    std::filesystem::path certificate_authorities_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<HttpConnection>> idle_;
};

} // namespace familiar::transport
