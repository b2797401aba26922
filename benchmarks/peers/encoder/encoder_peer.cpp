// familiar's side of the comparison: loads a model once and answers requests, a line each, as peer.py does.
// `encoder_peer MODEL PRECISION THREADS CASES.json`; requests: `time CASE SECONDS elapsed|processor` gives the seconds
// of a pass over the case's batches, `vectors CASE FILE` writes mean-pooled rows of length 1.
#include <familiar/core/error.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/core/version.hpp>
#include <familiar/encoder/encoder_model.hpp>
#include <familiar/encoder/pooling.hpp>
#include <familiar/encoder/ragged_batch.hpp>
#include <familiar/encoder/transformer.hpp>
#include <familiar/kernels/dispatched.hpp>

#include <nlohmann/json.hpp>

#include <ctime>

#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace {

using namespace familiar;

struct Case {
    bool first_only = false; ///< nothing but every sequence's first row is asked for
    std::vector<encoder::RaggedBatch> batches;
};

std::map<std::string, Case> read_cases(const std::string& path) {
    std::ifstream file(path);
    const auto document = nlohmann::json::parse(file);
    std::map<std::string, Case> cases;
    for (const auto& [name, value] : document.items()) {
        Case& one = cases[name];
        one.first_only = value.at("first_only").get<bool>();
        for (const auto& rows : value.at("batches")) {
            auto& batch = one.batches.emplace_back();
            for (const auto& row : rows) {
                batch.add(row.at(0).get<std::vector<std::int32_t>>(), row.at(1).get<std::vector<std::uint8_t>>());
            }
        }
    }
    return cases;
}

/// Seconds since some moment: on the wall, or those that this process computed.
double seconds(bool elapsed) {
    timespec now{};
    clock_gettime(elapsed ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

class Peer {
  public:
    Peer(const std::string& folder, const std::string& precision, std::size_t threads)
        : pool_(threads), model_(encoder::EncoderModel::load(folder, pool_, encoder::parse_precision(precision))),
          transformer_(model_->config(), model_->weights(), pool_) {}

    [[nodiscard]] std::string isa() const { return std::string(transformer_.kernels().name()); }

    double time(const Case& one, double least, bool elapsed) {
        for (int i = 0; i < 2; ++i) pass(one);
        const double start = seconds(elapsed);
        double taken = 0.0;
        int passes = 0;
        do {
            pass(one);
            ++passes;
            taken = seconds(elapsed) - start;
        } while (taken < least);
        return taken / passes;
    }

    void vectors(const Case& one, const std::string& path) {
        std::ofstream file(path, std::ios::binary);
        std::vector<float> row(model_->config().hidden);
        for (const auto& batch : one.batches) {
            const auto states = transformer_.forward(batch);
            for (std::size_t i = 0; i < batch.sequences(); ++i) {
                encoder::pool_rows(transformer_.kernels(), encoder::Pooling::mean,
                                   states.rows_from(batch.offsets[i], batch.length(i)), row.data());
                encoder::normalise_row(row.data(), row.size());
                file.write(reinterpret_cast<const char*>(row.data()),
                           static_cast<std::streamsize>(row.size() * sizeof(float)));
            }
        }
    }

  private:
    void pass(const Case& one) {
        for (const auto& batch : one.batches) {
            if (one.first_only) {
                transformer_.forward_first(batch);
            } else {
                transformer_.forward(batch);
            }
        }
    }

    ThreadPool pool_;
    std::shared_ptr<const encoder::EncoderModel> model_;
    encoder::Transformer<kernels::Dispatched> transformer_;
};

} // namespace

int main(int count, char** arguments) {
    if (count != 5) {
        std::cerr << "encoder_peer MODEL PRECISION THREADS CASES.json\n";
        return 2;
    }
    try {
        Peer peer(arguments[1], arguments[2], std::stoul(arguments[3]));
        const auto cases = read_cases(arguments[4]);
        std::cout << "familiar " << kVersion << " (" << peer.isa() << ")" << std::endl;
        for (std::string request, name; std::cin >> request >> name;) {
            const Case& one = cases.at(name);
            if (request == "time") {
                double least = 0.0;
                std::string clock;
                std::cin >> least >> clock;
                std::cout << peer.time(one, least, clock == "elapsed") << std::endl;
            } else {
                std::string path;
                std::cin >> path;
                peer.vectors(one, path);
                std::cout << "written" << std::endl;
            }
        }
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
    return 0;
}
