#include "../command.hpp"
#include "../exit_status.hpp"

#include <familiar/data/output_sink.hpp>
#include <familiar/report/comparison.hpp>

#include <cstddef>
#include <filesystem>
#include <map>
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
        std::map<std::string, std::size_t> times;
        for (const auto& folder : folders_) {
            runs.push_back(report::read_run(folder, folder_name(folder)));
            auto& name = runs.back().name;
            name = runs.back().report.run.parameters.value("method", name);
            ++times[name];
        }
        for (std::size_t i = 0; i < runs.size(); ++i) { // runs of one method are told apart by their folders
            if (times[runs[i].name] > 1) runs[i].name += " (" + folder_name(folders_[i]) + ")";
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
    static std::string folder_name(const std::filesystem::path& folder) {
        return (folder / "").parent_path().filename().string(); // "a/b/" is b, too
    }

    std::vector<std::filesystem::path> folders_;
};

} // namespace

std::unique_ptr<Command> make_compare_command() {
    return std::make_unique<CompareCommand>();
}

} // namespace program
