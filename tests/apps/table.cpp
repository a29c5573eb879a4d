#include <apps/common/table.hpp>

#include <doctest/doctest.h>

#include <autograd/error.hpp>

using namespace xgrad;
using namespace xgrad::apps;

TEST_CASE("a table's columns stand in line, whatever letters they have") {
  Table table({"setting", "end"});
  table.add({"N(0, 0.1²)", "–"});
  table.add({"b", "0.961"});
  CHECK(table.text() ==
        "setting       end\n"
        "----------  -----\n"
        "N(0, 0.1²)      –\n"
        "b           0.961\n");
  CHECK_THROWS_AS(table.add({"x"}), Error);
}
