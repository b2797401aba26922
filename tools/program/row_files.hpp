#pragma once

#include "common_options.hpp"
#include "exit_status.hpp"
#include "progress_display.hpp"

#include <familiar/core/error.hpp>
#include <familiar/core/example.hpp>
#include <familiar/data/example_rows.hpp>
#include <familiar/data/jsonl.hpp>
#include <familiar/data/output_sink.hpp>

#include <CLI/CLI.hpp>

#include <cstddef>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

namespace program {

/// `--input` and `--output` of the commands that turn rows into rows.
struct RowFileOptions {
    std::filesystem::path input;
    std::optional<std::filesystem::path> output;

    void declare(CLI::App& app, bool input_required = true) {
        auto* const option = app.add_option("--input", input, "JSONL file, one object a line");
        if (input_required) option->required();
        app.add_option("--output", output, "File to write (default: standard output)");
    }
};

/// Writes output rows in order, counts those that failed, and says so at the end.
class RowOutput {
  public:
    RowOutput(const std::optional<std::filesystem::path>& path, const CommonOptions& common)
        : sink_(familiar::data::OutputSink::to(path)), json_(common.json) {
        if (json_) sink_.write("[");
    }

    void write(std::string_view row) {
        if (json_) {
            sink_.write(rows_ == 0 ? "\n" : ",\n");
            sink_.write(row);
        } else {
            sink_.write_line(row);
        }
        ++rows_;
    }

    /// A row that could not be done: an error in its place, told on standard error too (the first few).
    void write_failed(std::string_view row, const std::string& message) {
        constexpr std::size_t told = 5;
        if (failed_ < told) std::cerr << "familiar: row " << rows_ << ": " << message << '\n';
        ++failed_;
        write(row);
    }

    void flush() { sink_.flush(); }

    /// The exit status of the command.
    int finish() {
        if (json_) sink_.write(rows_ == 0 ? "]\n" : "\n]\n");
        sink_.finish();
        if (failed_ == 0) return kDone;
        std::cerr << "familiar: " << failed_ << " of " << rows_ << " rows failed; each has an \"error\" in its place\n";
        return kSomeRowsFailed;
    }

  private:
    familiar::data::OutputSink sink_;
    bool json_;
    std::size_t rows_ = 0, failed_ = 0;
};

/// Rows of a file, each with the texts that a command needs, some at a time: memory holds the file's text and one
/// chunk. Everything is checked before any output appears.
class TextRows {
  public:
    TextRows(const std::filesystem::path& path, std::size_t chunk)
        : path_(path), text_(familiar::data::read_text_file(path)), reader_(text_, path), chunk_(chunk) {
        for (familiar::data::JsonlReader check(text_, path); const auto row = check.next(); ++size_) {
            (void)example_of(*row, size_);
        }
    }
    TextRows(const TextRows&) = delete;
    TextRows& operator=(const TextRows&) = delete;

    std::vector<familiar::data::JsonRow> rows; ///< of the present chunk
    std::vector<familiar::Example> examples;   ///< of its rows

    /// Rows in all.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Rows up to the end of the present chunk.
    [[nodiscard]] std::size_t done() const noexcept { return done_; }

    /// Goes on to the next chunk; false where there is none.
    bool next() {
        rows.clear();
        examples.clear();
        while (rows.size() < chunk_) {
            auto row = reader_.next();
            if (!row) break;
            examples.push_back(example_of(*row, done_++));
            rows.push_back(std::move(*row));
        }
        return !rows.empty();
    }

  private:
    [[nodiscard]] familiar::Example example_of(const familiar::data::JsonRow& row, std::size_t number) const {
        try {
            return familiar::data::plain_example(row.value, number);
        } catch (const familiar::Error& error) {
            throw error.within(familiar::data::line_of(path_, row.line));
        }
    }

    std::filesystem::path path_;
    std::string text_;
    familiar::data::JsonlReader reader_;
    std::size_t chunk_, size_ = 0, done_ = 0;
};

} // namespace program
