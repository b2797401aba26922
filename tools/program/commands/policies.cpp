#include "../command.hpp"
#include "../exit_status.hpp"

#include <familiar/data/output_sink.hpp>
#include <familiar/pipeline/registry.hpp>

#include <string>

namespace program {

namespace {

class PoliciesCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "policies"; }
    [[nodiscard]] std::string about() const override {
        return "What --plugin, --llm, --select, --decision and --format can name";
    }
    void declare(CLI::App&) override {}

    int run(const CommonOptions& common) override {
        familiar::data::OutputSink sink;
        if (common.json) {
            sink.write_line(familiar::pipeline::policies_to_json().dump(2));
        } else {
            std::string slot;
            for (const auto& entry : familiar::pipeline::all_policies()) {
                if (entry.slot != slot) sink.write_line((slot.empty() ? "--" : "\n--") + entry.slot);
                slot = entry.slot;
                sink.write_line("  " + entry.name + (entry.argument.empty() ? "" : ":" + entry.argument));
                for (const auto& parameter : entry.parameters) {
                    sink.write_line("      " + parameter.at("name").get<std::string>() + "  " +
                                    parameter.at("type").get<std::string>() + ", default " +
                                    parameter.at("default").dump());
                }
            }
        }
        sink.finish();
        return kDone;
    }
};

} // namespace

std::unique_ptr<Command> make_policies_command() {
    return std::make_unique<PoliciesCommand>();
}

} // namespace program
