#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/suggest.hpp>
#include <familiar/data/atomic_file.hpp>
#include <familiar/data/text_file.hpp>
#include <familiar/grimoire/grimoire_file.hpp>
#include <familiar/grimoire/grimoire_name.hpp>
#include <familiar/store/content_hash.hpp>
#include <familiar/text/printable_text.hpp>
#include <familiar/text/utf8.hpp>
#include <familiar/text/white_space.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace familiar::grimoire {

/// The grimoires in a folder: one file `NAME.md` each (grimoire_file.hpp), and those of the published archive
/// (`*.json`, two each). Other files, hidden ones and subfolders are left alone. A folder that is not there is an empty
/// store; it is made by the first `put`.
///
/// The files are the store: whoever edits one changes the grimoire. Not for use from two threads at once; several
/// processes may read while one writes, for files appear whole.
class GrimoireStore {
  public:
    /// Reads every file. Throws Error naming file and line: malformed_grimoire (two files of one name too),
    /// malformed_json, invalid_utf8, file_unreadable (the path is no folder, say).
    explicit GrimoireStore(std::filesystem::path folder) : folder_(std::move(folder)) {
        std::error_code problem;
        const auto status = std::filesystem::status(folder_, problem);
        if (status.type() == std::filesystem::file_type::not_found) return;
        if (!std::filesystem::is_directory(status))
            throw Error(ErrorCode::file_unreadable, "a store of grimoires is a folder, this is not", folder_.string());
        std::vector<std::filesystem::path> files;
        for (std::filesystem::directory_iterator at(folder_, problem), end; !problem && at != end;
             at.increment(problem)) {
            std::error_code ignored;
            const bool hidden = at->path().filename().string().starts_with('.');
            if (!hidden && !std::filesystem::is_directory(at->path(), ignored)) files.push_back(at->path());
        }
        if (problem) throw Error(ErrorCode::file_unreadable, problem.message(), folder_.string());
        std::sort(files.begin(), files.end());
        for (const auto& file : files) {
            if (file.extension() == ".md") {
                add(parse_grimoire_file(data::read_text_file(file), file));
            } else if (file.extension() == ".json") {
                for (auto& stored : parse_archived_file(data::read_text_file(file), file)) add(std::move(stored));
            }
        }
    }

    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

    /// Sorted by name.
    [[nodiscard]] const std::vector<StoredGrimoire>& entries() const noexcept { return entries_; }

    /// Null where there is none of this name. O(log n).
    [[nodiscard]] const StoredGrimoire* find(std::string_view name) const {
        const auto at = place(name);
        return at != entries_.end() && at->grimoire.name == name ? &*at : nullptr;
    }

    /// Throws Error (unknown_name), with the nearest name, where there is none.
    [[nodiscard]] const StoredGrimoire& require(std::string_view name) const {
        if (const auto* found = find(name)) return *found;
        std::vector<std::string_view> names;
        for (const auto& stored : entries_) names.push_back(stored.grimoire.name);
        if (names.empty()) {
            throw Error(ErrorCode::unknown_name, "there is no grimoire " + text::quoted_text(name) + ", nor any other",
                        folder_.string(), "Write one with `familiar grimoire write`");
        }
        const std::string nearest = *nearest_name(name, names);
        throw Error(ErrorCode::unknown_name, "there is no grimoire " + text::quoted_text(name), folder_.string(),
                    names.size() > 20 ? "Did you mean " + nearest + "? `familiar grimoire list` has all of them"
                                      : suggestion(name, names));
    }

    /// Writes the hash of each text that was changed by hand into its file and gives their names. A file that may not
    /// be written stays as it is, and is told of each time.
    std::vector<std::string> bring_hashes_up_to_date() {
        std::vector<std::string> edited;
        for (auto& stored : entries_) {
            if (!stored.edited) continue;
            edited.push_back(stored.grimoire.name);
            stored.text_hash = store::sha256(stored.grimoire.text);
            try {
                data::write_file(stored.file,
                                 with_text_hash(data::read_text_file(stored.file), stored.text_hash, stored.file));
                stored.edited = false;
            } catch (const Error& error) {
                if (error.code() != ErrorCode::file_unwritable) throw;
            }
        }
        return edited;
    }

    /// Throws Error, as `put` does, where a grimoire of this name could not be put: before its text is paid for.
    void require_free(const std::string& name) const {
        require_grimoire_name(name, "--name");
        std::error_code problem;
        if (find(name) != nullptr || std::filesystem::exists(file_of(name), problem)) {
            throw Error(ErrorCode::conflicting_run, "the grimoire is there already", file_of(name).string(),
                        "Choose another name with --name, or delete the file");
        }
    }

    /// Writes a new grimoire to `NAME.md`, whole or not at all. Throws Error: invalid_argument (a name that will not
    /// do, an empty text), conflicting_run (the name or the file is there already), file_unwritable.
    const StoredGrimoire& put(StoredGrimoire stored) {
        require_free(stored.grimoire.name);
        if (text::strip(stored.grimoire.text).empty())
            throw Error(ErrorCode::invalid_argument, "a grimoire without a text is not stored", stored.grimoire.name);
        stored.file = file_of(stored.grimoire.name);
        std::error_code problem;
        stored.grimoire.text = text::to_well_formed(stored.grimoire.text);
        stored.text_hash = store::sha256(stored.grimoire.text);
        stored.edited = false;
        std::filesystem::create_directories(folder_, problem);
        if (problem) {
            throw Error(ErrorCode::file_unwritable, "the folder cannot be made (" + problem.message() + ")",
                        folder_.string(), "Name another one with --store");
        }
        data::write_file(stored.file, to_grimoire_file(stored), true);
        return add(std::move(stored));
    }

  private:
    [[nodiscard]] std::filesystem::path file_of(const std::string& name) const { return folder_ / (name + ".md"); }

    [[nodiscard]] std::vector<StoredGrimoire>::const_iterator place(std::string_view name) const {
        return std::lower_bound(
            entries_.begin(), entries_.end(), name,
            [](const auto& stored, std::string_view wanted) { return stored.grimoire.name < wanted; });
    }

    const StoredGrimoire& add(StoredGrimoire stored) {
        const auto at = place(stored.grimoire.name);
        if (at != entries_.end() && at->grimoire.name == stored.grimoire.name) {
            throw Error(ErrorCode::malformed_grimoire,
                        "the name " + stored.grimoire.name + " is that of " + at->file.filename().string() + " too",
                        stored.file.string(), "Change the name in one of the two files");
        }
        return *entries_.insert(at, std::move(stored));
    }

    std::filesystem::path folder_;
    std::vector<StoredGrimoire> entries_;
};

} // namespace familiar::grimoire
