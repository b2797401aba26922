#include <familiar/plugin/linear_head.hpp>

#include "unit/weights/model_files.hpp"

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <string>

using namespace familiar;
using Catch::Matchers::Contains;
using plugin::LinearHead;

namespace {

LinearHead head() {
    LinearHead head;
    head.model.classes = 3;
    head.model.features = 2;
    head.model.present = {0, 1, 2};
    head.model.examples = 12;
    head.model.coefficients = {0.1, -2.5, 1.0 / 3.0, 4e-300, 5.0, -0.0};
    head.model.intercepts = {1.0, -1.0, 1e-17};
    head.labels = {"ja", "nein", "vielleicht \"?\""};
    head.temperature = 0.7;
    head.encoder = "sentence-encoder(x@1, mean)";
    return head;
}

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

} // namespace

TEST_CASE("a head comes back from its file to the last bit") {
    const tests::ScratchFolder folder;
    const auto path = folder.path() / "head.safetensors";
    const auto saved = head();
    saved.save(path);
    const auto loaded = LinearHead::load(path);
    CHECK(loaded.model.coefficients == saved.model.coefficients);
    CHECK(loaded.model.intercepts == saved.model.intercepts);
    CHECK(loaded.model.present == saved.model.present);
    CHECK(loaded.model.classes == 3);
    CHECK(loaded.model.features == 2);
    CHECK(loaded.model.examples == 12);
    CHECK(loaded.labels == saved.labels);
    CHECK(loaded.temperature == 0.7);
    CHECK(loaded.encoder == saved.encoder);
    loaded.save(folder.path() / "again.safetensors");
    CHECK(bytes_of(folder.path() / "again.safetensors") == bytes_of(path));
}

TEST_CASE("heads of two classes and of one come back too") {
    const tests::ScratchFolder folder;
    auto two = head();
    two.model.present = {0, 2};
    two.model.coefficients = {1.0, 2.0};
    two.model.intercepts = {3.0};
    two.save(folder.path() / "two");
    CHECK(LinearHead::load(folder.path() / "two").model.coefficients == two.model.coefficients);
    auto one = head();
    one.model.present = {1};
    one.model.coefficients.clear();
    one.model.intercepts.clear();
    one.save(folder.path() / "one");
    CHECK(LinearHead::load(folder.path() / "one").model.present == std::vector<std::size_t>{1});
}

TEST_CASE("a file that is cut, changed or of another kind is refused by name") {
    const tests::ScratchFolder folder;
    const auto path = folder.path() / "head.safetensors";
    head().save(path);
    const auto intact = bytes_of(path);
    for (std::size_t size = 0; size < intact.size(); size += 7) {
        folder.write("cut.safetensors", intact.substr(0, size));
        CHECK_THROWS_WITH(LinearHead::load(folder.path() / "cut.safetensors"), Contains("cut.safetensors"));
    }
    const auto lie = [&](const std::string& from, const std::string& to) {
        auto bytes = intact;
        const auto at = bytes.find(from);
        REQUIRE(at != std::string::npos);
        REQUIRE(from.size() == to.size());
        bytes.replace(at, from.size(), to);
        folder.write("lie.safetensors", bytes);
        INFO(from << " -> " << to);
        CHECK_THROWS_WITH(LinearHead::load(folder.path() / "lie.safetensors"), Contains("lie.safetensors"));
    };
    lie("linear head 1", "linear head 2");
    lie("\\\"features\\\":2", "\\\"features\\\":3");
    lie("[0,1,2]", "[0,2,1]");
    lie("[0,1,2]", "[0,1,3]");
    lie("\\\"temperature\\\":0.7", "\\\"temperature\\\":0.0");
    lie("\\\"ja\\\",", "\\\"ja\\\" "); // broken JSON within
    lie("\"coefficients\"", "\"coefficientz\"");
    auto bytes = intact;
    bytes.replace(bytes.size() - 8, 8, std::string(6, '\0') + "\xf0\x7f"); // infinity
    folder.write("lie.safetensors", bytes);
    CHECK_THROWS_WITH(LinearHead::load(folder.path() / "lie.safetensors"), Contains("infinity"));
    folder.write("other.safetensors", tests::small_safetensors());
    CHECK_THROWS_WITH(LinearHead::load(folder.path() / "other.safetensors"), Contains("no linear head"));
    CHECK_THROWS_WITH(LinearHead::load(folder.path() / "gone"), Contains("gone"));
}

TEST_CASE("a place that cannot be written is named") {
    CHECK_THROWS_WITH(head().save("/nowhere/at/all/head"), Contains("/nowhere/at/all/head"));
}
