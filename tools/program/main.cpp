// The `familiar` program: finds the command, reads its options, turns errors into messages and exit statuses.

#include "command.hpp"
#include "exit_status.hpp"

#include <familiar/core/suggest.hpp>
#include <familiar/core/version.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <vector>

namespace {

using program::Command;

/// The first signal ends the work in good order; a second one at once (all that was answered is already on disk).
void interrupt(int) {
    if (program::cancellation().requested()) std::_Exit(program::kInterrupted);
    program::cancellation().request();
}

int complain(int status, const std::string& message) {
    std::fflush(stdout);
    std::cerr << "familiar: " << message << '\n';
    return status;
}

/// The arguments that CLI11 did not take, each with the nearest name that it would have taken.
std::string explain_extras(const CLI::App& app) {
    std::vector<std::string> known;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    }
    std::string text;
    for (const std::string& extra : app.remaining()) {
        const std::string name = extra.substr(0, extra.find('='));
        text += text.empty() ? "" : "; ";
        text += (name.starts_with('-') ? "unknown option " : "unexpected argument ") + name;
        if (const auto nearest = familiar::nearest_name(name, known)) text += " (did you mean " + *nearest + "?)";
    }
    return text;
}

/// The part of a command that was named (`grimoire list`), or the command itself.
const CLI::App& innermost(const CLI::App& command) {
    const auto parts = command.get_subcommands();
    return parts.empty() ? command : *parts.front();
}

int parse_and_run(int argc, char** argv) {
    CLI::App app("Small plug-in models and grimoires that help a large language model to answer better.", "familiar");
    app.set_version_flag("--version", std::string("familiar ") + familiar::kVersion, "Print the version and stop");
    app.require_subcommand(1);
    app.fallthrough(false);

    const auto commands = program::make_commands();
    program::CommonOptions common;
    std::vector<std::string> names;
    for (const auto& command : commands) {
        CLI::App* const sub = app.add_subcommand(command->name(), command->about());
        sub->allow_extras();
        command->declare(*sub);
        const auto parts = sub->get_subcommands({});
        for (CLI::App* const part : parts) {
            part->allow_extras();
            common.declare(*part);
        }
        if (parts.empty()) common.declare(*sub);
        names.push_back(command->name());
    }

    if (argc < 2) {
        std::cerr << app.help();
        return complain(program::kWrongUse, "a command is needed");
    }
    const std::string first = argv[1];
    if (!first.starts_with('-') && std::find(names.begin(), names.end(), first) == names.end()) {
        const auto nearest = familiar::nearest_name(first, names);
        return complain(program::kWrongUse,
                        "unknown command " + first +
                            (nearest ? "; did you mean " + *nearest + "?" : "; see familiar --help"));
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForVersion& call) {
        std::cout << call.what() << '\n';
        return program::kDone;
    } catch (const CLI::Success& call) { // --help
        return app.exit(call);
    } catch (const CLI::ParseError& error) {
        for (const CLI::App* sub : app.get_subcommands()) { // a misspelt option explains a missing required one
            if (!innermost(*sub).remaining().empty())
                return complain(program::kWrongUse, explain_extras(innermost(*sub)));
        }
        return complain(program::kWrongUse, error.what());
    }
    for (std::size_t i = 0; i < commands.size(); ++i) {
        const CLI::App* const sub = app.get_subcommand(names[i]);
        if (!sub->parsed()) continue;
        if (!innermost(*sub).remaining().empty()) return complain(program::kWrongUse, explain_extras(innermost(*sub)));
        return commands[i]->run(common);
    }
    return complain(program::kWrongUse, "a command is needed; see familiar --help");
}

} // namespace

int main(int argc, char** argv) {
    std::signal(SIGINT, interrupt);
    std::signal(SIGTERM, interrupt);
    std::signal(SIGPIPE, SIG_IGN); // a closed pipe is a write that fails, with a message
    try {
        const int status = parse_and_run(argc, argv);
        std::cout.flush();
        if (!std::cout && status == program::kDone)
            return complain(program::kFailed, "standard output cannot be written; is the disk full?");
        return status;
    } catch (const familiar::Error& error) {
        return complain(program::exit_status_of(error.code()), error.what());
    } catch (const std::bad_alloc&) {
        return complain(program::kFailed, "out of memory; try a smaller --batch, or a smaller model");
    } catch (const std::exception& error) {
        return complain(program::kFailed, std::string("unexpected error: ") + error.what());
    }
}
