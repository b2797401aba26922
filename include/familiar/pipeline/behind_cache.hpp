#pragma once

#include <familiar/core/spec.hpp>
#include <familiar/transport/any_transport.hpp>
#include <familiar/transport/caching.hpp>
#include <familiar/transport/recorded.hpp>
#include <familiar/transport/reply_cache.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

namespace familiar::pipeline {

/// A transport behind the reply cache in `file`, the user's own without one. A recording and an LLM that is absent stay
/// as they are: there is nobody to be spared a question. Throws Error where the cache cannot be opened.
/// @param spec that the transport was made of
[[nodiscard]] inline transport::AnyTransport behind_cache(transport::AnyTransport transport, const Spec& spec,
                                                          const std::optional<std::filesystem::path>& file) {
    if (transport.is_absent() || spec.name == transport::Recorded::kName) return transport;
    auto cache = std::make_shared<transport::ReplyCache>(file.value_or(transport::ReplyCache::default_path()));
    return transport::Caching(std::move(transport), std::move(cache));
}

} // namespace familiar::pipeline
