#pragma once

#include "common_options.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace program {

/// One command: its options, bound to variables that `run` reads.
class Command {
  public:
    virtual ~Command() = default;
    Command() = default;
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;

    [[nodiscard]] virtual std::string name() const = 0;
    [[nodiscard]] virtual std::string about() const = 0;
    virtual void declare(CLI::App& app) = 0;
    /// Does the work; returns the exit status or throws `familiar::Error`.
    virtual int run(const CommonOptions& common) = 0;
};

/// All commands, in the order in which --help lists them.
std::vector<std::unique_ptr<Command>> make_commands();

std::unique_ptr<Command> make_tokenize_command();
std::unique_ptr<Command> make_embed_command();
std::unique_ptr<Command> make_classify_command();
std::unique_ptr<Command> make_complete_command();
std::unique_ptr<Command> make_score_command();
std::unique_ptr<Command> make_run_command();
std::unique_ptr<Command> make_grimoire_command();
std::unique_ptr<Command> make_compare_command();
std::unique_ptr<Command> make_glue_command();
std::unique_ptr<Command> make_xnli_command();
std::unique_ptr<Command> make_profile_command();
std::unique_ptr<Command> make_models_command();
std::unique_ptr<Command> make_policies_command();

} // namespace program
