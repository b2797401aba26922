#pragma once

#include <familiar/core/cancellation.hpp>
#include <familiar/core/random.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/transport/api_key.hpp>
#include <familiar/transport/base_url.hpp>
#include <familiar/transport/clock.hpp>
#include <familiar/transport/http_connection.hpp>
#include <familiar/transport/http_verdict.hpp>
#include <familiar/transport/llm_transport.hpp>
#include <familiar/transport/openai_api.hpp>
#include <familiar/transport/rate_limiter.hpp>
#include <familiar/transport/retry_schedule.hpp>
#include <familiar/transport/usage_meter.hpp>

#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>

namespace familiar::transport {

/// Where an endpoint is, how it is asked, and how long for.
struct HttpParameters {
    BOOST_HANA_DEFINE_STRUCT(HttpParameters, (std::string, base_url), (std::string, model), (std::string, api),
                             (std::string, key_env), (double, timeout), (double, connect_timeout),
                             (double, read_timeout), (std::size_t, retries), (double, longest_wait),
                             (std::size_t, concurrency), (std::size_t, requests_per_minute),
                             (std::size_t, tokens_per_minute), (std::size_t, context),
                             (double, price_per_million_prompt_tokens), (double, price_per_million_completion_tokens),
                             (std::string, max_tokens_field), (std::string, ca_file));

    HttpParameters()
        : api("chat"), key_env("OPENAI_API_KEY"), timeout(120), connect_timeout(10), read_timeout(0), retries(5),
          longest_wait(120), concurrency(8), requests_per_minute(0), tokens_per_minute(0), context(0),
          price_per_million_prompt_tokens(0), price_per_million_completion_tokens(0), max_tokens_field("max_tokens") {}

    static constexpr std::string_view kArgument = "base_url";
};

/// Tokens of a request where the tokenizer is not known, those that may be generated included: one for every two bytes
/// of UTF-8, eight for each message. More than the truth for running text of any script and a tokenizer of 30,000
/// entries and more (English has about four bytes a token); long numbers and random characters may exceed it.
[[nodiscard]] inline std::size_t estimated_tokens(const LlmRequest& request) {
    constexpr std::size_t bytes_a_token = 2, tokens_a_message = 8;
    std::size_t bytes = 0, messages = 1;
    if (request.prompt.form == prompt::Form::text) {
        bytes = request.prompt.shared->text.size() + request.prompt.query.text.size();
    } else {
        for (const auto* const part : {request.prompt.shared.get(), &request.prompt.query}) {
            for (const auto& message : part->messages) {
                bytes += message.content.size();
                ++messages;
            }
        }
    }
    return (bytes + bytes_a_token - 1) / bytes_a_token + tokens_a_message * messages + request.max_tokens;
}

/// An LLM behind an OpenAI-compatible HTTP API: OpenAI itself, Novita AI, vLLM, llama.cpp's server, Ollama and others.
///
/// `ask` may be called from any number of threads; `concurrency` of their requests are under way at once, the others
/// wait. 408, 409, 429, 5xx, connections that do not come about and such that break are tried again, with growing,
/// jittered waits, or after what Retry-After asks for where that is within `longest_wait`; a timeout or a malformed
/// reply is tried again once, since it may have been paid for. 400 and 422 fail their row; 401, 402, 403, 404 and
/// certificates that do not hold fail the run, and so does an endpoint that was never reached: nothing more is sent
/// then. Messages hold the endpoint's own words and address, never a key.
///
/// @tparam C waits for back-off and rate limits; the timeouts of a request are real time
template <Clock C = SystemClock> class BasicHttpTransport {
  public:
    static constexpr std::string_view kName = "http";
    using Parameters = HttpParameters;

    /// Reads the key; asks nothing. `cancellation` may be null, and must outlive the transport.
    /// Throws Error: invalid_argument (a parameter out of its range), missing_environment (no key: names the variable).
    explicit BasicHttpTransport(const Parameters& parameters, const Cancellation* cancellation = nullptr, C clock = {})
        : state_(std::make_unique<State>(parameters, cancellation, std::move(clock))) {}

    [[nodiscard]] Result<LlmReply> ask(const LlmRequest& request) { return state_->ask(request); }

    /// Base URL, API and model: what a reply depends on beside the request. A server on this machine is known by its
    /// model's name, where one is given, and not by its port, which changes from one start to the next.
    [[nodiscard]] std::string identity() const {
        const BaseUrl& url = state_->url;
        const bool by_model = url.is_local() && !state_->parameters.model.empty();
        return nlohmann::json{{"type", kName},
                              {"base_url", by_model ? "local" + url.path : url.text()},
                              {"api", state_->parameters.api},
                              {"model", state_->parameters.model}}
            .dump();
    }

    [[nodiscard]] std::size_t concurrency() const noexcept { return state_->parameters.concurrency; }

    /// These APIs score no candidates: text is generated.
    [[nodiscard]] constexpr bool scores_labels() const noexcept { return false; }

    /// The parameter `context`; nothing where it is 0.
    [[nodiscard]] std::optional<std::size_t> context() const noexcept {
        return state_->parameters.context == 0 ? std::nullopt : std::optional(state_->parameters.context);
    }

    /// See `estimated_tokens`.
    [[nodiscard]] std::size_t count_tokens(const LlmRequest& request) const { return estimated_tokens(request); }

    [[nodiscard]] UsageMeter::Totals usage() const noexcept { return state_->meter.totals(); }

  private:
    /// All that threads share.
    class State {
      public:
        State(const Parameters& given, const Cancellation* cancel, C own_clock)
            : parameters(checked(given)), url(BaseUrl::parse(given.base_url)), key_(key_of(given, url)),
              api_(given.api == "chat" ? OpenAiApi::chat : OpenAiApi::completions),
              meter({given.price_per_million_prompt_tokens, given.price_per_million_completion_tokens}),
              cancellation_(cancel), clock_(std::move(own_clock)),
              limiter_(given.requests_per_minute, given.tokens_per_minute, clock_), pool_(url, given.ca_file),
              judge_({url, api_, given.key_env, milliseconds(given.timeout), milliseconds(given.longest_wait)}, key_),
              random_(std::random_device{}()) {
            limits_.connect = milliseconds(given.connect_timeout);
            limits_.silence = milliseconds(given.read_timeout);
            limits_.total = milliseconds(given.timeout);
        }

        [[nodiscard]] Result<LlmReply> ask(const LlmRequest& request) {
            using Do = HttpVerdict::Do;
            const std::string body = request_body(api_, parameters.model, request, parameters.max_tokens_field);
            const std::size_t tokens = estimated_tokens(request);
            bool again_once = true;
            for (std::size_t tries = 1;; ++tries) {
                HttpVerdict verdict = attempt(body, tokens, tries > 1);
                if (verdict.what == Do::take) return std::move(*verdict.reply);
                const bool another =
                    tries <= parameters.retries &&
                    (verdict.what == Do::again || (verdict.what == Do::again_once && std::exchange(again_once, false)));
                if (!another) return given_up(std::move(verdict.failure), tries);
                if (!clock_.sleep_until(clock_.now() + wait_before(tries, verdict), cancellation_))
                    return HttpJudge::cancelled();
            }
        }

        const Parameters parameters;
        const BaseUrl url;

      private:
        const ApiKey key_;
        const OpenAiApi api_;

      public:
        UsageMeter meter;

      private:
        using Milliseconds = std::chrono::milliseconds;

        static Milliseconds milliseconds(double seconds) {
            return Milliseconds(static_cast<long long>(std::ceil(seconds * 1000)));
        }

        static ApiKey key_of(const Parameters& given, const BaseUrl& url) {
            // A server on this machine mostly wants no key: the default variable may be missing then, a chosen one not.
            return ApiKey::from_environment(given.key_env, url.is_local() && given.key_env == Parameters().key_env);
        }

        static const Parameters& checked(const Parameters& given) {
            const auto require = [](bool holds, const char* name, const char* wanted) {
                if (!holds)
                    throw Error(ErrorCode::invalid_argument, std::string(wanted) + " expected",
                                std::string("http.") + name);
            };
            constexpr double day = 86400;
            require(!given.base_url.empty(), "base_url", "the URL of an API, as http://localhost:8080/v1,");
            require(given.api == "chat" || given.api == "completions", "api", "chat or completions");
            require(given.timeout >= 0.001 && given.timeout <= day, "timeout",
                    "seconds, more than 0 and at most a day,");
            require(given.connect_timeout >= 0.001 && given.connect_timeout <= day, "connect_timeout",
                    "seconds, more than 0 and at most a day,");
            require(given.read_timeout >= 0 && given.read_timeout <= day, "read_timeout",
                    "seconds, at most a day, or 0 for none");
            require(given.longest_wait >= 0 && given.longest_wait <= day, "longest_wait", "seconds, at most a day,");
            require(given.retries <= 100, "retries", "a number from 0 to 100");
            require(given.concurrency >= 1 && given.concurrency <= 1024, "concurrency", "a number from 1 to 1024");
            for (const double price :
                 {given.price_per_million_prompt_tokens, given.price_per_million_completion_tokens}) {
                require(price >= 0 && std::isfinite(price), "price_per_million_…", "a price");
            }
            require(given.max_tokens_field == "max_tokens" || given.max_tokens_field == "max_completion_tokens",
                    "max_tokens_field", "max_tokens or max_completion_tokens");
            if (!given.ca_file.empty() && !std::filesystem::is_regular_file(given.ca_file)) {
                throw Error(ErrorCode::file_not_found, "the file of certificates is not there", given.ca_file,
                            "Give http.ca_file a PEM file, or leave it out");
            }
            return given;
        }

        /// One request, when it is its turn.
        HttpVerdict attempt(const std::string& body, std::size_t tokens, bool again) {
            const Slot slot(*this);
            if (!slot.taken()) return stopped(HttpJudge::cancelled());
            const auto ticket = limiter_.acquire(tokens, cancellation_);
            if (!ticket) return stopped(HttpJudge::cancelled());
            if (auto closed = why_closed()) return stopped(std::move(*closed));
            meter.sent(again);
            auto connection = pool_.take();
            const HttpOutcome outcome = connection->post(url.path + std::string(endpoint_of(api_)),
                                                         key_.authorization(), body, limits_, watchdog_, cancellation_);
            if (outcome.kind == HttpOutcome::Kind::answered) {
                pool_.give_back(std::move(connection));
                reached_.store(true, std::memory_order_relaxed);
                lost_in_a_row_.store(0, std::memory_order_relaxed);
            }
            HttpVerdict verdict = judge_.judge(outcome, clock_.date());
            if (verdict.closes) close(verdict.failure);
            if (verdict.wait && verdict.what == HttpVerdict::Do::again)
                limiter_.pause_until(clock_.now() + *verdict.wait);
            if (verdict.reply) {
                meter.answered(verdict.reply->usage);
                const auto used = verdict.reply->usage.prompt + verdict.reply->usage.completion;
                if (used > 0) limiter_.settle(*ticket, used);
            }
            return verdict;
        }

        static HttpVerdict stopped(Failure failure) {
            return {HttpVerdict::Do::give_up, {}, std::move(failure), {}, false};
        }

        Milliseconds wait_before(std::size_t tries, const HttpVerdict& verdict) {
            const std::lock_guard lock(mutex_);
            if (verdict.wait && verdict.wait->count() > 0) {
                // A little more than asked for, so that those who were refused together do not come back together.
                const double more =
                    std::min(1000.0, 0.1 * static_cast<double>(verdict.wait->count())) * random_.uniform();
                return *verdict.wait + Milliseconds(static_cast<long long>(std::ceil(more)));
            }
            return schedule_.wait(tries, random_);
        }

        /// What the caller is told when no further try follows.
        Failure given_up(Failure failure, std::size_t tries) {
            if (failure.code == ErrorCode::endpoint_unreachable && failure.scope == FailureScope::row) {
                const auto lost = lost_in_a_row_.fetch_add(1, std::memory_order_relaxed) + 1;
                // One that was never there, or has been gone for that many requests, will not be there for the next.
                if (!reached_.load(std::memory_order_relaxed) || lost >= 2 * parameters.concurrency)
                    failure.scope = FailureScope::run;
                failure.message += ". Check base_url, and that the endpoint is up";
            }
            if (tries > 1 && failure.code != ErrorCode::cancelled)
                failure.message += " (" + std::to_string(tries) + " tries)";
            return failure;
        }

        void close(const Failure& why) {
            const std::lock_guard lock(mutex_);
            if (!closed_) closed_ = why;
        }

        std::optional<Failure> why_closed() {
            const std::lock_guard lock(mutex_);
            return closed_;
        }

        /// One of `concurrency` places; waits until one is free, unless cancelled.
        class Slot {
          public:
            explicit Slot(State& state) : state_(state) {
                std::unique_lock lock(state_.mutex_);
                const auto cancelled = [&] {
                    return state_.cancellation_ != nullptr && state_.cancellation_->requested();
                };
                const auto free = [&] { return cancelled() || state_.under_way_ < state_.parameters.concurrency; };
                // A signal handler can set the flag, but wake nobody.
                while (!state_.freed_.wait_for(lock, std::chrono::milliseconds(20), free)) {
                }
                taken_ = !cancelled();
                if (taken_) ++state_.under_way_;
            }
            Slot(const Slot&) = delete;
            Slot& operator=(const Slot&) = delete;
            ~Slot() {
                if (!taken_) return;
                {
                    const std::lock_guard lock(state_.mutex_);
                    --state_.under_way_;
                }
                state_.freed_.notify_one();
            }
            [[nodiscard]] bool taken() const noexcept { return taken_; }

          private:
            State& state_;
            bool taken_ = false;
        };

        const Cancellation* const cancellation_;
        C clock_;
        RateLimiter<C> limiter_;
        HttpLimits limits_;
        RequestWatchdog watchdog_;
        HttpConnectionPool pool_;
        const HttpJudge judge_;
        const RetrySchedule schedule_{};

        std::mutex mutex_; ///< of what follows
        std::condition_variable freed_;
        std::size_t under_way_ = 0;
        std::optional<Failure> closed_;
        Random random_; ///< jitter only: no result depends on it

        std::atomic<bool> reached_{false};
        std::atomic<std::size_t> lost_in_a_row_{0};
    };

    std::unique_ptr<State> state_; ///< behind a pointer: threads and connections refer to it, and transports are moved
};

using HttpTransport = BasicHttpTransport<>;

static_assert(ScoresLabels<HttpTransport> && KnowsContext<HttpTransport>);

} // namespace familiar::transport
