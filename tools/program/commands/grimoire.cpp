#include "../command.hpp"
#include "../exit_status.hpp"
#include "../grimoire_options.hpp"

#include <familiar/data/output_sink.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <string>

namespace program {

namespace {

class GrimoireCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "grimoire"; }
    [[nodiscard]] std::string about() const override { return "Write, list, show and rank the notes of a task"; }

    void declare(CLI::App& app) override {
        app.require_subcommand(1);
        list_ = app.add_subcommand("list", "Name the grimoires of a store");
        where_.declare(*list_);
        show_ = app.add_subcommand("show", "Print a grimoire's text alone");
        where_.declare(*show_);
        show_->add_option("NAME", wanted_, "Name of the grimoire")->required();
    }

    int run(const CommonOptions& common) override {
        if (list_->parsed()) return list(common);
        return show(common);
    }

  private:
    int list(const CommonOptions& common) {
        const auto grimoires = where_.open(common.quiet);
        familiar::data::OutputSink sink;
        if (common.json) {
            auto rows = nlohmann::ordered_json::array();
            for (const auto& stored : grimoires.entries()) {
                nlohmann::ordered_json row;
                row["name"] = stored.grimoire.name;
                row["strategy"] = stored.provenance.strategy;
                row["length"] = stored.grimoire.text.size();
                row["samples"] = stored.provenance.samples.size();
                row["parent"] = stored.provenance.parent;
                row["strong"] = stored.provenance.strong;
                row["weak"] = stored.provenance.weak;
                row["file"] = stored.file.string();
                rows.push_back(std::move(row));
            }
            sink.write_line(rows.dump(2));
        } else {
            std::size_t widest = 4;
            for (const auto& stored : grimoires.entries()) widest = std::max(widest, stored.grimoire.name.size());
            const auto line = [&](const std::string& first, const std::string& strategy, const std::string& length) {
                sink.write_line(first + std::string(widest - first.size() + 2, ' ') + strategy +
                                std::string(11 - std::min<std::size_t>(strategy.size(), 10), ' ') + length);
            };
            if (!grimoires.entries().empty()) line("name", "strategy", "bytes");
            for (const auto& stored : grimoires.entries()) {
                line(stored.grimoire.name, stored.provenance.strategy, std::to_string(stored.grimoire.text.size()));
            }
        }
        sink.finish();
        return kDone;
    }

    int show(const CommonOptions& common) {
        const auto grimoires = where_.open(common.quiet);
        familiar::data::OutputSink sink;
        sink.write_line(grimoires.require(wanted_).grimoire.text);
        sink.finish();
        return kDone;
    }

    GrimoireOptions where_;
    CLI::App *list_ = nullptr, *show_ = nullptr;
    std::string wanted_;
};

} // namespace

std::unique_ptr<Command> make_grimoire_command() {
    return std::make_unique<GrimoireCommand>();
}

} // namespace program
