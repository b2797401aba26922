#pragma once

#include <familiar/profile/recorder.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>

namespace familiar::profile {

/// What was recorded in the Trace Event Format, which chrome://tracing and Perfetto open: one complete event an
/// operation, on its worker's line, microseconds.
inline nlohmann::ordered_json chrome_trace(const Recorder& recorder, const std::string& process) {
    using Json = nlohmann::ordered_json;
    Json events = Json::array();
    events.push_back({{"name", "process_name"}, {"ph", "M"}, {"pid", 1}, {"tid", 0}, {"args", {{"name", process}}}});
    for (std::size_t worker = 0; worker < recorder.workers(); ++worker) {
        events.push_back({{"name", "thread_name"},
                          {"ph", "M"},
                          {"pid", 1},
                          {"tid", worker},
                          {"args", {{"name", "worker " + std::to_string(worker)}}}});
    }
    for (const Event& event : recorder.events()) {
        const Operation& o = event.operation;
        Json arguments{{"rows", o.rows}, {"outputs", o.outputs}, {"inputs", o.inputs}};
        if (o.layer != Operation::kNoLayer) arguments["layer"] = o.layer;
        if (o.flop > 0.0) {
            arguments["flop"] = o.flop;
            const double microseconds = event.end - event.begin;
            if (microseconds > 0.0) arguments["gigaflops"] = o.flop / microseconds * 1e-3;
        }
        events.push_back({{"name", o.name},
                          {"cat", o.flop > 0.0 ? "product" : "rows"},
                          {"ph", "X"},
                          {"pid", 1},
                          {"tid", event.worker},
                          {"ts", event.begin},
                          {"dur", event.end - event.begin},
                          {"args", std::move(arguments)}});
    }
    return {{"displayTimeUnit", "ms"}, {"traceEvents", std::move(events)}};
}

} // namespace familiar::profile
