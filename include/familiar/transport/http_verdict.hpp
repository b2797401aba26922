#pragma once

#include <familiar/core/result.hpp>
#include <familiar/transport/api_key.hpp>
#include <familiar/transport/base_url.hpp>
#include <familiar/transport/http_outcome.hpp>
#include <familiar/transport/openai_api.hpp>
#include <familiar/transport/retry_schedule.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace familiar::transport {

/// What is to be done about the outcome of one POST.
struct HttpVerdict {
    enum class Do {
        take,       ///< `reply` is there
        again,      ///< try again as often as allowed
        again_once, ///< try again once: it takes long, or has been paid for
        give_up,
    };
    Do what = Do::give_up;
    std::optional<LlmReply> reply;
    Failure failure;                               ///< where no further try follows
    std::optional<std::chrono::milliseconds> wait; ///< that the endpoint asks for before the next request
    bool closes = false;                           ///< no later request can succeed: none is to be sent
};

/// Judges outcomes of one endpoint. Pure: no clock, no connection.
class HttpJudge {
  public:
    struct Circumstances {
        BaseUrl url;
        OpenAiApi api = OpenAiApi::chat;
        std::string key_env;
        std::chrono::milliseconds timeout{0};
        std::chrono::milliseconds longest_wait{0};
    };

    HttpJudge(Circumstances circumstances, ApiKey key) : about_(std::move(circumstances)), key_(std::move(key)) {}

    [[nodiscard]] HttpVerdict judge(const HttpOutcome& outcome, std::chrono::system_clock::time_point now) const {
        using Kind = HttpOutcome::Kind;
        using Do = HttpVerdict::Do;
        switch (outcome.kind) {
        case Kind::answered:
            return judge_status(outcome, now);
        case Kind::unreachable:
            return {Do::again,
                    {},
                    failure(ErrorCode::endpoint_unreachable, "cannot be reached (" + outcome.detail + ")"),
                    {},
                    false};
        case Kind::broken:
            return {Do::again,
                    {},
                    failure(ErrorCode::endpoint_failed, "broke the connection off within the reply"),
                    {},
                    false};
        case Kind::timed_out:
            return {Do::again_once,
                    {},
                    failure(ErrorCode::endpoint_timeout,
                            "has not replied in time (timeout " + seconds(about_.timeout) + ")"),
                    {},
                    false};
        case Kind::too_long:
            return {
                Do::give_up, {}, failure(ErrorCode::malformed_reply, "sends a reply longer than 16 MiB"), {}, false};
        case Kind::untrusted:
            return {Do::give_up,
                    {},
                    failure(ErrorCode::endpoint_unreachable,
                            "cannot be trusted: its certificate does not hold or is another host's (" + outcome.detail +
                                "). Check base_url, or name the authority's certificate as ca_file",
                            FailureScope::run),
                    {},
                    true};
        case Kind::cancelled:
            break;
        }
        return {Do::give_up, {}, cancelled(), {}, false};
    }

    [[nodiscard]] static Failure cancelled() { return {ErrorCode::cancelled, "cancelled", FailureScope::run}; }

  private:
    [[nodiscard]] HttpVerdict judge_status(const HttpOutcome& outcome,
                                           std::chrono::system_clock::time_point now) const {
        using Do = HttpVerdict::Do;
        const int status = outcome.status;
        if (status >= 200 && status < 300) {
            auto reply = parse_reply(about_.api, outcome.body, key_);
            if (reply) return {Do::take, std::move(*reply), {}, {}, false};
            return {Do::again_once,
                    {},
                    failure(reply.failure().code, said_status(status) + ", but " + reply.failure().message),
                    {},
                    false};
        }
        if (status == 408 || status == 409 || status == 429 || status >= 500) {
            HttpVerdict verdict{Do::again, {}, failure(ErrorCode::endpoint_failed, said(outcome)), {}, false};
            if (!outcome.retry_after.empty()) verdict.wait = parse_retry_after(outcome.retry_after, now);
            if (verdict.wait && *verdict.wait > about_.longest_wait) {
                verdict.what = Do::give_up;
                verdict.failure.scope = FailureScope::run;
                verdict.failure.message += ". It asks for a wait of " + seconds(*verdict.wait) +
                                           ", more than longest_wait (" + seconds(about_.longest_wait) +
                                           "): run the same command again later";
            }
            return verdict;
        }
        if (status == 401 || status == 402 || status == 403) {
            const std::string advice = about_.key_env.empty() ? "Name the variable that holds the key as key_env"
                                                              : "Check the key in " + about_.key_env;
            return {Do::give_up,
                    {},
                    failure(ErrorCode::endpoint_unauthorized, said(outcome) + ". " + advice, FailureScope::run),
                    {},
                    true};
        }
        if (status >= 300 && status < 400) {
            return {Do::give_up,
                    {},
                    failure(ErrorCode::endpoint_refused,
                            said_status(status) + ", a redirection to " + detail::excerpt(outcome.location, 200, key_) +
                                ", which is not followed. Set base_url to where the API is",
                            FailureScope::run),
                    {},
                    true};
        }
        if (status == 404 || status == 405 || status == 410) {
            return {Do::give_up,
                    {},
                    failure(ErrorCode::endpoint_refused, said(outcome) + ". Check base_url, model and api",
                            FailureScope::run),
                    {},
                    true};
        }
        return {Do::give_up, {}, failure(ErrorCode::endpoint_refused, said(outcome)), {}, false};
    }

    [[nodiscard]] Failure failure(ErrorCode code, const std::string& what,
                                  FailureScope scope = FailureScope::row) const {
        return {code, about_.url.text() + " " + what, scope};
    }

    [[nodiscard]] static std::string said_status(int status) { return "answered " + std::to_string(status); }

    [[nodiscard]] std::string said(const HttpOutcome& outcome) const {
        const std::string message = error_message(outcome.body, key_);
        return said_status(outcome.status) + (message.empty() ? "" : ": " + message);
    }

    [[nodiscard]] static std::string seconds(std::chrono::milliseconds time) {
        const auto tenths = (time.count() + 50) / 100;
        return std::to_string(tenths / 10) + (tenths % 10 != 0 ? "." + std::to_string(tenths % 10) : "") + " s";
    }

    Circumstances about_;
    ApiKey key_;
};

} // namespace familiar::transport
