// familiar's side of the comparison: loads a GGUF file once and answers requests, a line each, as llama_peer.py does.
// `decoder_peer MODEL THREADS WORK.json`; requests: `time JOB SECONDS` gives the seconds of a job, done again and
// again, `answers FILE` writes the log-probabilities that `score` gives, a line a query.
#include <familiar/core/thread_pool.hpp>
#include <familiar/core/version.hpp>
#include <familiar/decoder/causal_model.hpp>
#include <familiar/decoder/language_model.hpp>
#include <familiar/decoder/model_files.hpp>
#include <familiar/decoder/prefix_keeper.hpp>
#include <familiar/kernels/dispatched.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace familiar;
using Tokens = std::vector<std::int32_t>;

/// What both sides do: ids only, so that tokenizers play no part.
struct Work {
    Tokens prompt; ///< of the prefill; decoding goes on behind its first `context` tokens
    std::size_t context = 0;
    Tokens prefix; ///< what all queries share
    std::vector<Tokens> queries, candidates;

    explicit Work(const std::string& path) {
        std::ifstream file(path);
        const auto json = nlohmann::json::parse(file);
        json.at("prompt").get_to(prompt);
        json.at("context").get_to(context);
        json.at("prefix").get_to(prefix);
        json.at("queries").get_to(queries);
        json.at("candidates").get_to(candidates);
    }
};

class Peer {
  public:
    Peer(const std::string& path, std::size_t threads, const std::string& work)
        : work_(work), pool_(threads), files_(decoder::ModelFiles::open(path)), model_(read(files_, pool_)),
          store_(model_.shape(), work_.prompt.size()), language_(path, pool_) {
        for (const Tokens& query : work_.queries) {
            prompts_.push_back(work_.prefix);
            prompts_.back().insert(prompts_.back().end(), query.begin(), query.end());
        }
        for (const Tokens& prompt : prompts_) requests_.push_back({prompt, work_.candidates, work_.prefix.size()});
    }

    /// A job once; decoding takes the same step every time.
    void run(const std::string& job) {
        if (job == "prefill") {
            store_.shorten(0);
            const std::size_t last = decoder::run_in_passes(model_, work_.prompt, 0, {}, store_) - 1;
            logits(std::span(&last, 1));
        } else if (job == "decode") {
            decode(1);
        } else if (job == "decode8") {
            decode(8);
        } else {
            language_.score(requests_);
        }
    }

    double time(const std::string& job, double least) {
        if (job.starts_with("decode")) { // behind its context
            store_.shorten(0);
            decoder::run_in_passes(model_, std::span(work_.prompt).first(work_.context), 0, {}, store_);
        }
        run(job);
        const auto start = std::chrono::steady_clock::now();
        double taken = 0.0;
        int passes = 0;
        do {
            run(job);
            ++passes;
            taken = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        } while (taken < least);
        return taken / passes;
    }

    void answers(const std::string& path) {
        std::ofstream file(path);
        file << std::setprecision(9);
        for (const auto& scores : language_.score(requests_)) {
            if (!scores) throw std::runtime_error(scores.failure().message);
            for (const double logprob : scores->logprobs) file << logprob << ' ';
            file << '\n';
        }
    }

  private:
    using Model = decoder::CausalModel<kernels::Dispatched>;

    static Model read(const decoder::ModelFiles& files, ThreadPool& pool) {
        auto [shape, weights] = files.read();
        return {std::move(shape),      std::move(weights),        files.path().string(), pool,
                kernels::Dispatched(), decoder::Activations::int8};
    }

    void logits(std::span<const std::size_t> rows) {
        logits_.resize(rows.size() * model_.shape().vocabulary);
        model_.logits(rows, {logits_.data(), rows.size(), model_.shape().vocabulary});
    }

    /// One token more for so many sequences that share their context, forgotten afterwards.
    void decode(std::size_t streams) {
        const decoder::KeyValueView view{&store_, work_.context};
        std::vector<decoder::Segment> segments(streams);
        std::vector<std::size_t> rows(streams);
        for (std::size_t i = 0; i < streams; ++i) {
            segments[i].tokens = std::span(work_.prompt).subspan(work_.context + i, 1);
            segments[i].position = work_.context;
            segments[i].visible = std::span(&view, 1);
            rows[i] = i;
        }
        model_.run(std::span<const decoder::Segment>(segments));
        logits(rows);
    }

    Work work_;
    ThreadPool pool_;
    decoder::ModelFiles files_;
    Model model_;
    decoder::KeyValueStore store_;
    decoder::LanguageModel<> language_;
    std::vector<Tokens> prompts_;
    std::vector<decoder::ScoreRequest> requests_;
    std::vector<float> logits_;
};

} // namespace

int main(int count, char** arguments) {
    if (count != 4) {
        std::cerr << "decoder_peer MODEL THREADS WORK.json\n";
        return 2;
    }
    try {
        Peer peer(arguments[1], std::stoul(arguments[2]), arguments[3]);
        std::cout << "familiar " << kVersion << " (" << kernels::Dispatched().name() << ")" << std::endl;
        for (std::string request, name; std::cin >> request >> name;) {
            if (request == "time") {
                double least = 0.0;
                std::cin >> least;
                std::cout << peer.time(name, least) << std::endl;
            } else {
                peer.answers(name);
                std::cout << "written" << std::endl;
            }
        }
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
    return 0;
}
