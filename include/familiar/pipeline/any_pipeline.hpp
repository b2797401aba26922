#pragma once

#include <familiar/decision/any_decision.hpp>
#include <familiar/demonstration/any_selector.hpp>
#include <familiar/grimoire/any_ranker.hpp>
#include <familiar/pipeline/pipeline.hpp>
#include <familiar/plugin/any_plugin.hpp>
#include <familiar/prompt/any_format.hpp>
#include <familiar/transport/any_transport.hpp>

namespace familiar::pipeline {

/// The pipeline whose slots are filled at run time.
using AnyPipeline = Pipeline<plugin::AnyPlugin, demonstration::AnySelector, grimoire::AnyRanker, prompt::AnyFormat,
                             transport::AnyTransport, decision::AnyDecision>;

} // namespace familiar::pipeline
