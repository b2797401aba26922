#pragma once

#include <familiar/data/atomic_file.hpp>
#include <familiar/data/descriptor_writer.hpp>

#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

namespace familiar::data {

/// Where results go: a file that appears whole (AtomicFile), or a descriptor that the caller has open (standard
/// output). Throws Error (file_unwritable): a full disk or pipe never passes for success.
class OutputSink {
  public:
    /// To a file; nothing stands in its place until `finish`.
    explicit OutputSink(std::filesystem::path path, bool durable = false) { file_.emplace(std::move(path), durable); }

    /// To standard output, which stays open.
    OutputSink() { stream_.emplace(STDOUT_FILENO, "standard output", false); }

    /// To `path`, or to standard output where there is none.
    static OutputSink to(const std::optional<std::filesystem::path>& path) {
        return path ? OutputSink(*path) : OutputSink();
    }

    void write(std::string_view text) {
        if (file_) {
            file_->write(text);
        } else {
            stream_->write(text);
        }
    }

    /// Writes `text` and a line feed.
    void write_line(std::string_view text) {
        write(text);
        write("\n");
    }

    /// Hands what was written so far to a stream's reader; a file waits for `finish`.
    void flush() {
        if (stream_) stream_->flush();
    }

    /// Everything is written: the file takes its place. To be called once, at the end of successful work.
    void finish() {
        if (file_) {
            file_->commit();
        } else {
            stream_->flush();
        }
    }

  private:
    std::optional<AtomicFile> file_;
    std::optional<DescriptorWriter> stream_;
};

} // namespace familiar::data
