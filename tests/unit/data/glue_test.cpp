#include <familiar/data/glue.hpp>

#include <support/error_of.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <optional>
#include <string>

using namespace familiar;
using namespace familiar::tests;

TEST_CASE("the eight tasks have the published labels and titles") {
    CHECK(data::glue_task("mnli-m").labels == std::vector<std::string>{"entailment", "neutral", "contradiction"});
    CHECK(data::glue_task("mnli-mm").fields[1] == Field{"text_b", "Hypothesis"});
    CHECK(data::glue_task("sst2").fields == std::vector<Field>{{"text", "Sentence"}});
    CHECK(data::glue_task("qnli").fields[0].title == "Question");
    CHECK(data::glue_task("mrpc").labels[1] == "equivalent");
    CHECK(data::glue_task("qqp").fields[1].title == "Question 2");
    CHECK(data::glue_task("cola").metric == "matthews");
    CHECK(data::glue_task("rte").labels[0] == "entailment");
    CHECK(error_of([] { (void)data::glue_task("stsb"); }).code() == ErrorCode::unknown_name);
}

TEST_CASE("each official layout is read") {
    const ScratchFolder scratch;
    const auto first = [&](const char* name, const std::string& text) {
        const auto split = data::read_glue(scratch.write("f.tsv", text), data::glue_task(name));
        REQUIRE_FALSE(split.examples.empty());
        CHECK(split.skipped == 0);
        return split.examples.front();
    };
    CHECK(first("sst2", "sentence\tlabel\nit 's \"good\" \t1\n") ==
          Example{"0", "it 's \"good\" ", std::nullopt, "positive"});
    CHECK(first("sst2", "index\tsentence\n0\tno label here\n") ==
          Example{"0", "no label here", std::nullopt, std::nullopt});
    CHECK(first("cola", "gj04\t0\t*\tThem sleeps.\n") == Example{"0", "Them sleeps.", std::nullopt, "unacceptable"});
    CHECK(first("cola", "index\tsentence\n0\tBill sleeps.\n") ==
          Example{"0", "Bill sleeps.", std::nullopt, std::nullopt});
    CHECK(first("mnli-m",
                "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\t"
                "sentence2_parse\tsentence1\tsentence2\tlabel1\tgold_label\n0\tp\tq\tg\t(\t(\t(\t(\tA.\tB."
                "\tneutral\tcontradiction\n") == Example{"0", "A.", "B.", "contradiction"});
    CHECK(first("mnli-m", "index\tsentence1\tsentence2\tgold_label\n0\tA.\tB.\t-\n").label == std::nullopt);
    CHECK(first("qnli", "index\tquestion\tsentence\tlabel\n0\tQ?\tS.\tnot_entailment\n") ==
          Example{"0", "Q?", "S.", "not_entailment"});
    CHECK(first("mrpc", "\xef\xbb\xbfQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t7\t8\tOne.\tTwo.\n") ==
          Example{"0", "One.", "Two.", "equivalent"});
    CHECK(first("mrpc", "index\t#1 ID\t#2 ID\t#1 String\t#2 String\n0\t7\t8\tOne.\tTwo.\n").label == std::nullopt);
    CHECK(first("qqp", "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n9\t1\t2\tQ1?\tQ2?\t0\n") ==
          Example{"0", "Q1?", "Q2?", "not_duplicate"});
    CHECK(first("rte", "index\tsentence1\tsentence2\tlabel\n0\tA.\tB.\tentailment\n") ==
          Example{"0", "A.", "B.", "entailment"});
}

TEST_CASE("lines that lack a cell are counted, not hidden") {
    const ScratchFolder scratch;
    const auto path = scratch.write(
        "f.tsv",
        "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n1\t1\t2\tA?\tB?\t1\n2\tbroken\n3\t1\t2\tC?\tD?\t0\n");
    const auto split = data::read_glue(path, data::glue_task("qqp"));
    CHECK(split.skipped == 1);
    REQUIRE(split.examples.size() == 2);
    CHECK(split.examples[1] == Example{"2", "C?", "D?", "not_duplicate"});
}

TEST_CASE("a GLUE file that is not one is an error that says where") {
    const ScratchFolder scratch;
    const auto read = [&](const char* name, const std::string& text) {
        const auto path = scratch.write("f.tsv", text);
        return error_of([&] { (void)data::read_glue(path, data::glue_task(name)); });
    };
    CHECK(read("sst2", "").code() == ErrorCode::empty_data);
    CHECK(read("sst2", "sentence\tlabel\n").code() == ErrorCode::empty_data);
    CHECK(read("rte", "sentence\tlabel\na\t1\n").code() == ErrorCode::malformed_row);
    const auto unknown = read("sst2", "sentence\tlabel\nfine\t1\nodd\t7\n");
    CHECK(unknown.code() == ErrorCode::unknown_label);
    CHECK_THAT(unknown.what(), Catch::Contains("line 3") && Catch::Contains("\"7\""));
}
