#include "../command.hpp"
#include "../exit_status.hpp"

#include <familiar/data/output_sink.hpp>
#include <familiar/report/comparison.hpp>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace program {

namespace {

namespace report = familiar::report;

class CompareCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "compare"; }
    [[nodiscard]] std::string about() const override {
        return "Several runs side by side: intervals, McNemar against the first with Holm's correction, majority class "
               "and vote";
    }

    void declare(CLI::App& app) override {
        app.add_option("FOLDER", folders_, "Folders that `familiar run` wrote")->required()->expected(1, -1);
    }

    int run(const CommonOptions& common) override {
        std::vector<report::ComparedRun> runs;
        for (const auto& folder : folders_) {
            runs.push_back(report::read_run(folder, folder.filename().string()));
            auto& name = runs.back().name;
            name = runs.back().report.run.parameters.value("method", name);
        }
        const auto comparison = report::compare_runs(std::move(runs));
        familiar::data::OutputSink sink;
        if (common.json) {
            auto list = to_json(comparison);
            for (std::size_t i = 0; i < folders_.size(); ++i) list[i]["folder"] = folders_[i].string();
            sink.write_line(list.dump(2));
        } else {
            sink.write(report::comparison_table(comparison));
        }
        sink.finish();
        return kDone;
    }

  private:
    std::vector<std::filesystem::path> folders_;
};

} // namespace

std::unique_ptr<Command> make_compare_command() {
    return std::make_unique<CompareCommand>();
}

} // namespace program
