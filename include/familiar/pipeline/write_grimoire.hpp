#pragma once

#include <familiar/core/cancellation.hpp>
#include <familiar/core/error.hpp>
#include <familiar/core/progress.hpp>
#include <familiar/core/spec.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/data/split.hpp>
#include <familiar/data/task_card.hpp>
#include <familiar/demonstration/no_selector.hpp>
#include <familiar/grimoire/fixed_grimoire.hpp>
#include <familiar/grimoire/grimoire_name.hpp>
#include <familiar/grimoire/grimoire_store.hpp>
#include <familiar/grimoire/grimoire_strategy.hpp>
#include <familiar/grimoire/no_grimoire.hpp>
#include <familiar/grimoire/writing_plan.hpp>
#include <familiar/pipeline/any_pipeline.hpp>
#include <familiar/pipeline/behind_cache.hpp>
#include <familiar/pipeline/registry.hpp>
#include <familiar/pipeline/runner.hpp>
#include <familiar/pipeline/selector_words.hpp>
#include <familiar/pipeline/trial_rows.hpp>
#include <familiar/prompt/grimoire_prompts.hpp>
#include <familiar/retrieval/k_means.hpp>
#include <familiar/retrieval/unit_rows.hpp>
#include <familiar/store/content_hash.hpp>
#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/views.hpp>
#include <familiar/text/white_space.hpp>
#include <familiar/transport/prompt_tokens.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace familiar::pipeline {

/// What `familiar grimoire write` can be told; names and SPECs are text. The defaults are the program's.
struct WriteOptions {
    std::filesystem::path task;                 ///< folder with task.json or card.json and train
    std::optional<std::filesystem::path> store; ///< `grimoires` in the task's folder without it
    std::string strategy = "profound";
    std::string strong;            ///< SPEC of the LLM that writes; needed
    std::string weak;              ///< SPEC of the LLM that will read; needed by some strategies
    std::string select = "kcs";    ///< SPEC of the samples
    std::string plugin = "linear"; ///< SPEC of what judges samples that are generated, fitted on train
    std::size_t samples = 4;       ///< a label
    std::string name;              ///< made of strategy, selector and samples where empty
    std::uint64_t seed = 0;
    std::string format = "ours";                ///< of the requests: ours, original
    std::size_t max_tokens = 1024;              ///< of a reply
    std::optional<std::filesystem::path> cache; ///< of replies; transport::ReplyCache::default_path() without it
};

/// What came of it.
struct WriteOutcome {
    std::string name;
    std::filesystem::path file;
    bool known = false;               ///< it was there already, written with the same parameters; nothing was asked
    std::vector<std::string> remarks; ///< what the user should know
};

namespace detail {

/// Calls `use` with the strategy that a SPEC names; one that condenses another grimoire is given `parent`.
template <class Use> auto with_strategy(const Spec& spec, const Grimoire& parent, const Use& use) {
    return with_policy(spec, StrategyPolicies{}, [&]<class S>(const typename S::Parameters& parameters) {
        if constexpr (std::is_constructible_v<S, typename S::Parameters, Grimoire>) {
            return use(S(parameters, parent));
        } else {
            return use(S(parameters));
        }
    });
}

/// Whether a selector that a SPEC names asks an LLM about the pool, itself or by what it wraps.
inline bool asks_llm(const Spec& select) {
    return with_policy(select, SelectorPolicies{}, []<class Policy>(const typename Policy::Parameters& parameters) {
        if constexpr (requires { parameters.judge; }) {
            return parameters.judge == "llm";
        } else if constexpr (requires { parameters.select; }) {
            return asks_llm(parse_spec(parameters.select, "select"));
        } else {
            return false;
        }
    });
}

/// Everything that writing needs, read and checked; nothing has been asked.
class Scriptorium {
  public:
    Scriptorium(const WriteOptions& options, ThreadPool& pool, const kernels::Dispatched& kernels,
                const ProgressSink& progress, const Cancellation* cancellation)
        : options_(options), strategy_(parse_spec(options.strategy, "--strategy")), progress_(progress),
          cancellation_(cancellation), resources_(pool, kernels, cancellation) {
        check_spec(strategy_, StrategyPolicies{});
        const Spec select = parse_spec(options.select, "--select"), strong = parse_spec(options.strong, "--strong");
        check_spec(strong, TransportPolicies{});
        check_spec(select, SelectorPolicies{});
        check_spec(parse_spec(options.plugin, "--plugin"), PluginPolicies{});
        if (options.format != "ours" && options.format != "original") {
            throw Error(ErrorCode::unknown_name, "unknown format " + options.format, "--format",
                        suggestion(options.format, std::array<std::string_view, 2>{"ours", "original"}));
        }
        if (options.samples == 0)
            throw Error(ErrorCode::invalid_argument, "0 samples teach nothing", "--samples",
                        "Give at least 1, or use --strategy zero-shot");
        const bool judged = uses_train() && asks_llm(select);
        const bool needs_weak = judged || with_strategy(strategy_, {}, [](const auto& s) { return s.kNeedsWeak; });
        if (needs_weak && options.weak.empty()) {
            throw Error(ErrorCode::invalid_argument,
                        (judged ? "--select " + select.name : "the strategy " + strategy_.name) +
                            " needs the LLM that will read the notes",
                        "--weak", "Name it: --weak embedded:F.gguf or --weak http:BASE_URL");
        }
        const Spec weak = parse_spec(needs_weak ? options.weak : "none", "--weak");
        check_spec(weak, TransportPolicies{});
        if (weak.name == "none" && needs_weak)
            throw Error(ErrorCode::invalid_argument, "nobody reads the notes", "--weak", "Name an LLM");
        if (strong.name == "none")
            throw Error(ErrorCode::invalid_argument, "nobody writes the notes", "--strong", "Name an LLM");
        name_ = options.name.empty() ? default_name(select) : options.name;
        grimoire::require_grimoire_name(name_, "--name");

        task_ = data::load_task(options.task);
        if (uses_train()) {
            train_ = data::load_split(options.task, task_, "train");
            std::erase_if(train_, [](const Example& example) { return !example.label; });
            if (train_.empty()) {
                throw Error(ErrorCode::empty_data, "no train row has a label, so that no sample can be shown",
                            data::find_split(options.task, "train")->string(), "Use --strategy zero-shot");
            }
        }
        const auto open = [&](const Spec& spec) {
            return behind_cache(make_transport(spec, resources_).policy, spec, options.cache);
        };
        strong_.emplace(open(strong));
        select_ = select;
        provenance_.task = task_.name;
        provenance_.strategy = strategy_.name;
        provenance_.seed = options.seed;
        provenance_.strong = strong_->identity();
        provenance_.prompt_hash = recipe(strategy_, select);
        if (needs_weak) {
            auto reader = open(weak);
            provenance_.weak = reader.identity();
            PipelineOptions how;
            how.demonstrations = 0;
            how.seed = options.seed;
            Resources& r = resources_;
            weak_.emplace(plugin::AnyPlugin(plugin::NoPlugin()),
                          demonstration::AnySelector(demonstration::NoSelector()),
                          grimoire::AnyRanker(grimoire::NoGrimoire()),
                          make_format(parse_spec(published() ? "sleicl" : "ours"), r).policy, std::move(reader),
                          decision::AnyDecision(decision::AlwaysAsk()), how);
            weak_->prepare(task_, {});
        }
    }

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] bool published() const noexcept { return options_.format == "original"; }

    /// Whether the store has what would be written. Throws Error (conflicting_run) where it has something else.
    [[nodiscard]] const grimoire::StoredGrimoire* known(const grimoire::GrimoireStore& grimoires) const {
        const auto* found = grimoires.find(name_);
        if (found == nullptr) {
            grimoires.require_free(name_);
            return nullptr;
        }
        const auto& is = found->provenance;
        std::string other;
        const auto compare = [&](const char* key, const auto& a, const auto& b) {
            if (!(a == b)) other += std::string(other.empty() ? "" : ", ") + key;
        };
        compare("task", is.task, line(provenance_.task));
        compare("strategy", is.strategy, provenance_.strategy);
        compare("strong", is.strong, line(provenance_.strong));
        compare("weak", is.weak, line(provenance_.weak));
        compare("seed", is.seed, provenance_.seed);
        if (other.empty()) compare("samples or prompts", is.prompt_hash, provenance_.prompt_hash);
        if (other.empty()) return found;
        throw Error(ErrorCode::conflicting_run,
                    "the grimoire " + name_ + " was written with other parameters (" + other + ")",
                    found->file.string(), "Choose another name with --name, or delete the file");
    }

    /// The profound grimoire that a simple one condenses, if the store has one of the same parameters.
    [[nodiscard]] const grimoire::StoredGrimoire* parent(const grimoire::GrimoireStore& grimoires) const {
        const std::string hash = recipe(parse_spec("profound"), select_);
        for (const auto& stored : grimoires.entries()) {
            const auto& is = stored.provenance;
            const bool same = is.strategy == "profound" && is.prompt_hash == hash && is.seed == provenance_.seed &&
                              is.strong == line(provenance_.strong) && is.task == line(provenance_.task);
            if (same) return &stored;
        }
        return nullptr;
    }

    [[nodiscard]] bool condenses() const noexcept { return strategy_.name == grimoire::SimpleStrategy::kName; }
    [[nodiscard]] std::string parent_name() const { return name_ + "-profound"; }

    /// Writes and stores; `parent` is what `simple` condenses.
    const grimoire::StoredGrimoire& write(grimoire::GrimoireStore& grimoires, const Spec& strategy,
                                          const std::string& name, const Grimoire* parent,
                                          std::vector<std::string>& remarks) {
        cut_ = false;
        grimoire::Draft draft = with_strategy(strategy, parent == nullptr ? Grimoire() : *parent,
                                              [&](const auto& s) { return s.write(desk()); });
        grimoire::StoredGrimoire stored;
        stored.grimoire = {name, std::move(draft.text)};
        stored.provenance = provenance_;
        stored.provenance.strategy = strategy.name;
        stored.provenance.prompt_hash = recipe(strategy, select_);
        stored.provenance.samples = std::move(draft.samples);
        if (parent != nullptr) stored.provenance.parent = parent->name;
        for (auto& remark : draft.remarks) remarks.push_back(name + ": " + std::move(remark));
        if (unheard_ > 0)
            remarks.push_back(name + ": " + std::to_string(unheard_) +
                              " train rows could not be judged, their requests failed; they were not shown");
        if (cut_)
            remarks.push_back(name + ": a reply was cut at " + std::to_string(options_.max_tokens) +
                              " tokens; read how it ends, or give a larger --max-tokens");
        return grimoires.put(std::move(stored));
    }

    [[nodiscard]] const Spec& strategy() const noexcept { return strategy_; }

    [[nodiscard]] grimoire::WritingPlan plan(const Spec& strategy, const Grimoire& parent) {
        grimoire::WritingMeasure measure;
        measure.reply_tokens = options_.max_tokens;
        measure.strong_tokens = [&](const std::string& message) {
            return transport::prompt_tokens(*strong_, strong_request(message));
        };
        measure.weak_tokens = [&](const Example& row, const Grimoire* notes) {
            show(notes);
            const Batch batch = weak_->consider(std::span(&row, 1));
            return transport::prompt_tokens(weak_->transport(), weak_->question(batch, 0).request);
        };
        grimoire::WritingPlan judging;
        planned_ = [&](const transport::LlmRequest& request) {
            ++judging.weak_calls;
            judging.prompt_tokens += transport::prompt_tokens(weak_->transport(), request);
        };
        judged_.clear();
        auto plan =
            with_strategy(strategy, parent, [&](const auto& s) { return grimoire::plan_writing(s, desk(), measure); });
        planned_ = nullptr;
        judged_.clear();
        plan.weak_calls += judging.weak_calls;
        plan.prompt_tokens += judging.prompt_tokens;
        return plan;
    }

  private:
    static std::string line(const std::string& value) { return grimoire::one_line(value); }

    [[nodiscard]] bool uses_train() const { return strategy_.name != grimoire::ZeroShotStrategy::kName; }

    [[nodiscard]] std::string default_name(const Spec& select) const {
        std::string name = strategy_.name;
        if (uses_train()) name += "-" + select.name + std::to_string(options_.samples);
        if (options_.seed != 0) name += "-seed" + std::to_string(options_.seed);
        return name;
    }

    /// What a grimoire of this strategy depends on beside the LLMs and the seed.
    [[nodiscard]] std::string recipe(const Spec& strategy, const Spec& select) const {
        store::ContentHash hash;
        hash.part(prompt::kWritingVersion).part(options_.format).part(std::to_string(options_.max_tokens));
        hash.part(canonical_spec(strategy, StrategyPolicies{}).dump());
        if (strategy.name == grimoire::GeneratedStrategy::kName)
            hash.part(canonical_spec(parse_spec(options_.plugin, "--plugin"), PluginPolicies{}).dump());
        hash.part(task_.name).part(task_.description).part(task_.type);
        for (const auto& label : task_.labels) hash.part("label").part(label);
        for (const auto& field : task_.fields) hash.part("field").part(field.title);
        if (strategy.name != grimoire::ZeroShotStrategy::kName) {
            hash.part(canonical_spec(select, SelectorPolicies{}).dump()).part(std::to_string(options_.samples));
            for (const auto& example : train_)
                hash.part(example.id).part(example.text).part(example.text_b.value_or("")).part(*example.label);
        }
        return hash.hex();
    }

    [[nodiscard]] transport::LlmRequest strong_request(const std::string& message) const {
        transport::LlmRequest request;
        request.prompt = prompt::user_prompt(message);
        request.max_tokens = options_.max_tokens;
        request.seed = options_.seed;
        return request;
    }

    void show(const Grimoire* notes) {
        weak_->change_ranker(notes == nullptr ? grimoire::AnyRanker(grimoire::NoGrimoire())
                                              : grimoire::AnyRanker(grimoire::FixedGrimoire(*notes)));
    }

    /// What the weak LLM says of some examples without notes; no example is asked about twice.
    [[nodiscard]] std::vector<demonstration::LlmWord> judged(std::span<const Example> pool,
                                                             std::span<const std::size_t> positions) {
        std::vector<Example> fresh;
        for (const std::size_t position : positions) {
            if (!judged_.contains(pool[position].id)) fresh.push_back(pool[position]);
        }
        if (!fresh.empty()) {
            show(nullptr);
            SelectorWords words;
            words.instead = planned_;
            const Batch batch = weak_->consider(fresh);
            const auto heard = hear(*weak_, batch, words, progress_, cancellation_);
            for (std::size_t i = 0; i < fresh.size(); ++i) judged_.emplace(fresh[i].id, heard[i]);
            unheard_ += words.failed;
        }
        std::vector<demonstration::LlmWord> words;
        for (const std::size_t position : positions) words.push_back(judged_.at(pool[position].id));
        return words;
    }

    [[nodiscard]] grimoire::WritingDesk desk() {
        grimoire::WritingDesk desk;
        desk.task = &task_;
        desk.train = train_;
        desk.samples = options_.samples;
        desk.seed = options_.seed;
        desk.style = published() ? prompt::WritingStyle::published : prompt::WritingStyle::ours;
        desk.select = [this](std::span<const Example> pool, std::size_t count, std::uint64_t seed) {
            if (!selector_) selector_.emplace(std::move(make_selector(select_, resources_).policy));
            if (const auto asked = selector_->asks_about(task_, pool, seed); !asked.empty())
                selector_->learn_words(asked, judged(pool, asked));
            selector_->prepare(task_, pool, seed);
            // A selector that chooses for a query has no query here: it chooses for the task.
            const Example query{
                "", task_.description, task_.fields.size() > 1 ? std::optional<std::string>("") : std::nullopt, {}};
            return selector_->select(std::span(&query, 1), count).front();
        };
        desk.label_by_label = select_.name != "hss" && select_.name != "uncertain";
        desk.group = [this](std::span<const Example> pool, std::size_t kinds, std::uint64_t seed) {
            auto encoder = resources_.encoder(resources_.selection_encoder());
            tensor::AlignedBuffer<float> values;
            values.resize(pool.size() * encoder.dimension());
            const tensor::MatrixView<float> rows(values.data(), pool.size(), encoder.dimension());
            encoder.embed(pool, rows);
            return retrieval::k_means(tensor::MatrixView<const float>(rows), kinds, seed, {}, &resources_.pool(),
                                      resources_.kernels())
                .labels;
        };
        const Spec judge = parse_spec(options_.plugin, "--plugin");
        if (judge.name != plugin::NoPlugin::kName) {
            desk.predict = [this, judge](std::span<const Example> rows) {
                if (!plugin_) {
                    plugin_.emplace(std::move(make_plugin(judge, resources_).policy));
                    plugin_->prepare(task_, std::span<const Example>(train_));
                }
                return plugin_->predict(rows);
            };
        }
        desk.embed = [this](std::span<const Example> rows) {
            auto encoder = resources_.encoder(resources_.selection_encoder());
            tensor::AlignedBuffer<float> values(rows.size() * encoder.dimension());
            const tensor::MatrixView<float> out(values.data(), rows.size(), encoder.dimension());
            encoder.embed(rows, out);
            retrieval::normalise_rows(out);
            std::vector<std::vector<float>> vectors;
            for (std::size_t r = 0; r < rows.size(); ++r) vectors.emplace_back(out[r].begin(), out[r].end());
            return vectors;
        };
        desk.ask_strong = [this](const std::string& message) {
            if (cancellation_ != nullptr) cancellation_->throw_if_requested();
            if (progress_) progress_({"strong", ++asked_, 0});
            auto reply = strong_->ask(strong_request(message));
            if (!reply) throw reply.failure().to_error();
            if (text::strip(reply->text).empty()) {
                throw Error(ErrorCode::malformed_reply, "the strong LLM's reply is empty; nothing is stored",
                            "--strong", "Try again, or another LLM");
            }
            cut_ = cut_ || reply->finish_reason == "length";
            return std::move(reply->text);
        };
        desk.ask_weak = [this](std::span<const Example> rows, const Grimoire* notes) {
            show(notes);
            NoStore nothing;
            RunSettings settings;
            settings.progress = progress_;
            settings.cancellation = cancellation_;
            std::vector<std::optional<std::size_t>> labels;
            for (const auto& row : trial_rows(*weak_, rows, nothing, settings)) {
                if (row.failure) throw row.failure->to_error();
                labels.push_back(row.answer->label);
            }
            return labels;
        };
        return desk;
    }

    const WriteOptions& options_;
    Spec strategy_, select_;
    ProgressSink progress_;
    const Cancellation* cancellation_;
    Resources resources_;
    std::string name_;
    Task task_;
    std::vector<Example> train_;
    grimoire::Provenance provenance_;
    std::optional<transport::AnyTransport> strong_;
    std::optional<AnyPipeline> weak_;
    std::optional<demonstration::AnySelector> selector_;
    std::optional<plugin::AnyPlugin> plugin_;              ///< made when it is needed
    std::map<std::string, demonstration::LlmWord> judged_; ///< by the example's id
    std::function<void(const transport::LlmRequest&)> planned_;
    std::size_t asked_ = 0, unheard_ = 0;
    bool cut_ = false;
};

[[nodiscard]] inline grimoire::GrimoireStore open_store(const WriteOptions& options,
                                                        std::vector<std::string>& remarks) {
    grimoire::GrimoireStore grimoires(options.store.value_or(options.task / "grimoires"));
    for (const auto& name : grimoires.bring_hashes_up_to_date())
        remarks.push_back("grimoire " + name + " was edited by hand; its text_hash is brought up to date");
    return grimoires;
}

} // namespace detail

/// Does what `familiar grimoire write` does: chooses samples, asks the strong LLM (and the weak one), and stores the
/// grimoire as `NAME.md`. The same call again asks nothing and leaves the file as it is; replies go through the reply
/// cache, so that what was answered before a kill or a failure is not asked again. Nothing is stored of what fails.
///
/// Throws Error: wrong options, data and models before anything is asked; conflicting_run where the name holds a
/// grimoire of other parameters; what a request fails with.
inline WriteOutcome write_grimoire(const WriteOptions& options, ThreadPool& pool, const kernels::Dispatched& kernels,
                                   const ProgressSink& progress = {}, const Cancellation* cancellation = nullptr) {
    WriteOutcome outcome;
    detail::Scriptorium writer(options, pool, kernels, progress, cancellation);
    grimoire::GrimoireStore grimoires = detail::open_store(options, outcome.remarks);
    outcome.name = writer.name();
    if (const auto* known = writer.known(grimoires)) {
        outcome.known = true;
        outcome.file = known->file;
        return outcome;
    }
    std::optional<Grimoire> parent;
    if (writer.condenses()) {
        const auto* found = writer.parent(grimoires);
        if (found == nullptr) {
            grimoires.require_free(writer.parent_name());
            found = &writer.write(grimoires, parse_spec("profound"), writer.parent_name(), nullptr, outcome.remarks);
        }
        parent = found->grimoire;
    }
    outcome.file =
        writer.write(grimoires, writer.strategy(), writer.name(), parent ? &*parent : nullptr, outcome.remarks).file;
    return outcome;
}

/// What `write_grimoire` would ask at most; nothing where the grimoire is there already. Asks nothing, writes nothing.
/// Throws Error as `write_grimoire`.
[[nodiscard]] inline grimoire::WritingPlan plan_grimoire(const WriteOptions& options, ThreadPool& pool,
                                                         const kernels::Dispatched& kernels,
                                                         const Cancellation* cancellation = nullptr) {
    detail::Scriptorium writer(options, pool, kernels, {}, cancellation);
    grimoire::GrimoireStore grimoires(options.store.value_or(options.task / "grimoires"));
    if (writer.known(grimoires) != nullptr) return {};
    if (!writer.condenses()) return writer.plan(writer.strategy(), {});
    if (const auto* found = writer.parent(grimoires)) return writer.plan(writer.strategy(), found->grimoire);
    grimoires.require_free(writer.parent_name());
    grimoire::WritingPlan plan = writer.plan(parse_spec("profound"), {});
    std::string longest;
    for (std::size_t i = 0; i < options.max_tokens; ++i) longest += "note ";
    const auto second = writer.plan(writer.strategy(), {writer.parent_name(), longest});
    plan.strong_calls += second.strong_calls;
    plan.prompt_tokens += second.prompt_tokens;
    plan.completion_tokens += second.completion_tokens;
    return plan;
}

} // namespace familiar::pipeline
