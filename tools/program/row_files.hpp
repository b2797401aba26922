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

/// Rows of a file, each with the texts that a command needs; everything is checked before any output appears.
struct TextRows {
    std::vector<familiar::data::JsonRow> rows;
    std::vector<familiar::Example> examples;

    explicit TextRows(const std::filesystem::path& path)
        : rows(familiar::data::read_jsonl(path)), examples(familiar::data::plain_examples(rows, path)) {}

    [[nodiscard]] std::size_t size() const noexcept { return rows.size(); }
};

} // namespace program
