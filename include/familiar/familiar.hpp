#pragma once

/// The concepts, the light policies and the pipeline: all that composes, selects, formats, decides and answers. Not the
/// heavy parts, each of which has a header of its own and a CMake component:
///
///     familiar/plugin/linear_probe.hpp, encoder/sentence_encoder.hpp …   familiar::models
///     familiar/transport/embedded_transport.hpp                          familiar::models
///     familiar/transport/http_transport.hpp                              familiar::http
///     familiar/transport/reply_cache.hpp, pipeline/run_store.hpp         familiar::store
///     familiar/pipeline/run_task.hpp: all that `familiar run` does       familiar::all

#include <familiar/core/answer.hpp>
#include <familiar/core/cancellation.hpp>
#include <familiar/core/demonstration.hpp>
#include <familiar/core/error.hpp>
#include <familiar/core/example.hpp>
#include <familiar/core/grimoire.hpp>
#include <familiar/core/prediction.hpp>
#include <familiar/core/progress.hpp>
#include <familiar/core/random.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/core/result.hpp>
#include <familiar/core/suggest.hpp>
#include <familiar/core/task.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/core/version.hpp>
#include <familiar/decision/always_ask.hpp>
#include <familiar/decision/any_decision.hpp>
#include <familiar/decision/ask_when_unsure.hpp>
#include <familiar/decision/decision_policy.hpp>
#include <familiar/demonstration/any_selector.hpp>
#include <familiar/demonstration/balanced_selector.hpp>
#include <familiar/demonstration/demonstration_selector.hpp>
#include <familiar/demonstration/fixed_selector.hpp>
#include <familiar/demonstration/nearest_selector.hpp>
#include <familiar/demonstration/no_selector.hpp>
#include <familiar/demonstration/random_selector.hpp>
#include <familiar/encoder/any_encoder.hpp>
#include <familiar/encoder/text_encoder.hpp>
#include <familiar/grimoire/any_ranker.hpp>
#include <familiar/grimoire/fixed_grimoire.hpp>
#include <familiar/grimoire/grimoire_ranker.hpp>
#include <familiar/grimoire/no_grimoire.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/pipeline/compose.hpp>
#include <familiar/pipeline/pipeline.hpp>
#include <familiar/pipeline/runner.hpp>
#include <familiar/plugin/any_plugin.hpp>
#include <familiar/plugin/no_plugin.hpp>
#include <familiar/plugin/plugin_model.hpp>
#include <familiar/prompt/any_format.hpp>
#include <familiar/prompt/original_format.hpp>
#include <familiar/prompt/our_format.hpp>
#include <familiar/prompt/prompt.hpp>
#include <familiar/prompt/prompt_format.hpp>
#include <familiar/prompt/sleicl_format.hpp>
#include <familiar/text/encoding.hpp>
#include <familiar/text/tokenizer.hpp>
#include <familiar/transport/any_transport.hpp>
#include <familiar/transport/llm_request.hpp>
#include <familiar/transport/llm_transport.hpp>
#include <familiar/transport/no_transport.hpp>
#include <familiar/transport/scripted.hpp>
#include <familiar/weights/weight_source.hpp>
