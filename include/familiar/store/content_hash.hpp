#pragma once

#include <familiar/core/error.hpp>

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

namespace familiar::store {

/// SHA-256 of bytes that come piece by piece: what caches and runs are keyed by.
class ContentHash {
  public:
    ContentHash() : context_(EVP_MD_CTX_new()) {
        if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) fail();
    }

    ContentHash& update(std::string_view bytes) {
        if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) fail();
        return *this;
    }

    /// A part that cannot run into its neighbours: its length goes before it, so ("ab", "c") and ("a", "bc") differ.
    ContentHash& part(std::string_view bytes) { return update(std::to_string(bytes.size())).update(":").update(bytes); }

    using Digest = std::array<unsigned char, 32>;

    /// Nothing may be added afterwards.
    [[nodiscard]] Digest digest() {
        Digest bytes{};
        unsigned size = 0;
        if (EVP_DigestFinal_ex(context_.get(), bytes.data(), &size) != 1 || size != bytes.size()) fail();
        return bytes;
    }

    /// The same as 64 lower-case hexadecimal digits.
    [[nodiscard]] std::string hex() {
        constexpr std::string_view digits = "0123456789abcdef";
        std::string text;
        const Digest bytes = digest();
        text.reserve(2 * bytes.size());
        for (const unsigned char byte : bytes) {
            text += digits[byte >> 4];
            text += digits[byte & 15];
        }
        return text;
    }

  private:
    struct Free {
        void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
    };

    [[noreturn]] static void fail() { throw Error(ErrorCode::store_failed, "OpenSSL has no SHA-256 to offer"); }

    std::unique_ptr<EVP_MD_CTX, Free> context_;
};

/// SHA-256 of `bytes`, 64 hexadecimal digits.
[[nodiscard]] inline std::string sha256(std::string_view bytes) {
    return ContentHash().update(bytes).hex();
}

/// SHA-256 of a file's bytes; memory use does not depend on its size.
[[nodiscard]] inline std::string sha256_of_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path)) {
        throw Error(ErrorCode::file_not_found, "the file cannot be opened", path.string(),
                    "Check the path and its permissions");
    }
    ContentHash hash;
    std::string buffer(std::size_t{1} << 20, '\0');
    while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0) {
        hash.update({buffer.data(), static_cast<std::size_t>(file.gcount())});
    }
    if (file.bad()) throw Error(ErrorCode::file_unreadable, "the file cannot be read", path.string());
    return hash.hex();
}

} // namespace familiar::store
