#include <familiar/data/xnli.hpp>

#include <support/error_of.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;

namespace {

const std::string kHeader =
    "language\tgold_label\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\tsentence2_parse\t"
    "sentence1\tsentence2\tpromptID\tpairID\tgenre\n";

} // namespace

TEST_CASE("the rows of one language are read") {
    const ScratchFolder scratch;
    const auto path = scratch.write(
        "xnli.dev.tsv", kHeader +
                            "ar\tneutral\t\t\t\t\tأ\tب\t1\t1\tf\nde\tcontradiction\t\t\t\t\tUnd \"er\"\tNein\t1\t2\tf\n"
                            "de\tentailment\t\t\t\t\tJa\tJa\t1\t3\tf\n");
    const auto rows = data::read_xnli(path, "de");
    REQUIRE(rows.size() == 2);
    CHECK(rows[0] == Example{"\"2\"", "Und \"er\"", "Nein", "contradiction"});
    CHECK(data::read_xnli(path, "ar").size() == 1);
    const auto unknown = error_of([&] { (void)data::read_xnli(path, "xx"); });
    CHECK(unknown.code() == ErrorCode::empty_data);
    CHECK_THAT(unknown.what(), Catch::Contains("ar, de"));
}

TEST_CASE("a file of another layout or with an unknown label is an error that says where") {
    const ScratchFolder scratch;
    const auto other = scratch.write("a.tsv", "language\tsentence1\nde\tx\n");
    CHECK_THAT(error_of([&] { (void)data::read_xnli(other, "de"); }).what(), Catch::Contains("gold_label"));
    const auto unknown = scratch.write("b.tsv", kHeader + "de\tmaybe\t\t\t\t\ta\tb\t1\t2\tf\n");
    CHECK_THAT(error_of([&] { (void)data::read_xnli(unknown, "de"); }).what(),
               Catch::Contains("maybe") && Catch::Contains("line 2"));
}
