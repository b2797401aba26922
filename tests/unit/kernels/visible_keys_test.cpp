#include <familiar/kernels/visible_keys.hpp>

#include <catch2/catch.hpp>

#include <array>

using namespace familiar::kernels;

TEST_CASE("a query sees the shared spans and, where causal, its own rows up to itself", "[kernels][attention]") {
    std::array<float, 100> keys{}, values{};
    const KeyValueSpan shared[] = {
        {keys.data(), values.data(), 3, 2}, {}, {keys.data() + 50, values.data() + 50, 2, 4}};
    AttentionTask task;
    task.visible = shared;
    task.own = {keys.data() + 20, values.data() + 20, 4, 5};
    SECTION("everything") {
        const VisibleKeys all(task);
        CHECK(all.count() == 9);
        for (std::size_t i = 0; i < 4; ++i) {
            CHECK(all.position(i) == 5 + i);
            CHECK(all.range(i).first == 0);
            CHECK(all.range(i).last == 9);
        }
        CHECK(all.key(0) == keys.data());
        CHECK(all.key(2) == keys.data() + 4);
        CHECK(all.key(3) == keys.data() + 50);
        CHECK(all.value(4) == values.data() + 54);
        CHECK(all.key(5) == keys.data() + 20);
        CHECK(all.value(8) == values.data() + 35);
    }
    SECTION("causal") {
        task.causal = true;
        CHECK(VisibleKeys(task).range(0).last == 6);
        CHECK(VisibleKeys(task).range(3).last == 9);
        task.own_offset = 2;
        CHECK(VisibleKeys(task).range(0).last == 8);
        CHECK(VisibleKeys(task).range(1).last == 9);
        CHECK(VisibleKeys(task).range(5).last == 9);
    }
    SECTION("a window counts the query's own position") {
        task.causal = true;
        task.window = 2;
        CHECK(VisibleKeys(task).range(0).first == 4);
        CHECK(VisibleKeys(task).range(0).last == 6);
        CHECK(VisibleKeys(task).range(3).first == 7);
        task.window = 100;
        CHECK(VisibleKeys(task).range(3).first == 0);
    }
    SECTION("a window that ends before a query far behind all keys leaves nothing") {
        task.window = 1;
        task.own_offset = 20;
        const KeyRange range = VisibleKeys(task).range(0);
        CHECK(range.first == range.last);
    }
}
