#include "command.hpp"

namespace program {

std::vector<std::unique_ptr<Command>> make_commands() {
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(make_run_command());
    commands.push_back(make_grimoire_command());
    commands.push_back(make_compare_command());
    commands.push_back(make_glue_command());
    commands.push_back(make_xnli_command());
    commands.push_back(make_tokenize_command());
    commands.push_back(make_embed_command());
    commands.push_back(make_classify_command());
    commands.push_back(make_complete_command());
    commands.push_back(make_score_command());
    commands.push_back(make_profile_command());
    commands.push_back(make_models_command());
    commands.push_back(make_policies_command());
    return commands;
}

} // namespace program
