#pragma once

#include <CLI/CLI.hpp>

#include <familiar/grimoire/grimoire_store.hpp>

#include <filesystem>
#include <iostream>
#include <optional>

namespace program {

/// Where grimoires are kept: the store of a task folder, unless another one is named.
struct GrimoireOptions {
    std::filesystem::path task;
    std::optional<std::filesystem::path> store;

    void declare(CLI::App& app) {
        app.add_option("TASK_DIR", task, "Folder with task.json (or card.json) and train.jsonl, dev.jsonl, test.jsonl")
            ->required();
        app.add_option("--store", store,
                       "Folder of the grimoires, or of the published archive (default: TASK_DIR/grimoires)");
    }

    [[nodiscard]] std::filesystem::path folder() const { return store.value_or(task / "grimoires"); }

    /// Opens the store; says which texts were edited by hand and that their hashes are brought up to date.
    [[nodiscard]] familiar::grimoire::GrimoireStore open(bool quiet) const {
        familiar::grimoire::GrimoireStore grimoires(folder());
        for (const auto& name : grimoires.bring_hashes_up_to_date()) {
            if (!quiet) {
                std::cerr << "familiar: grimoire " << name
                          << " was edited by hand; it is used as it is, and its text_hash brought up to date\n";
            }
        }
        return grimoires;
    }
};

} // namespace program
