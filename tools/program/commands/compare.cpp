#include "../command.hpp"
#include "../exit_status.hpp"

#include <familiar/data/output_sink.hpp>
#include <familiar/report/comparison_table.hpp>
#include <familiar/report/read_report.hpp>

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
    [[nodiscard]] std::string about() const override { return "The reports of several runs side by side"; }

    void declare(CLI::App& app) override {
        app.add_option("FOLDER", folders_, "Folders that `familiar run` wrote")->required()->expected(1, -1);
    }

    int run(const CommonOptions& common) override {
        std::vector<std::pair<std::string, report::Report>> rows;
        for (const auto& folder : folders_) {
            auto read = report::read_report(folder);
            rows.emplace_back(read.run.parameters.value("method", folder.filename().string()), std::move(read));
        }
        familiar::data::OutputSink sink;
        if (common.json) {
            auto list = nlohmann::ordered_json::array();
            for (std::size_t i = 0; i < rows.size(); ++i) {
                auto json = to_json(rows[i].second);
                json["folder"] = folders_[i].string();
                list.push_back(std::move(json));
            }
            sink.write_line(list.dump(2));
        } else {
            sink.write(report::comparison_table(rows));
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
