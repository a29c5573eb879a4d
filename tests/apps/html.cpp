#include <apps/common/html.hpp>

#include <doctest/doctest.h>

#include "scratch.hpp"

using namespace xgrad::apps;

TEST_CASE("a report escapes what it shows") {
  const Scratch scratch;
  Table table({"a<b"});
  table.add({"\"x\" & y"});
  HtmlPage("<title>").paragraph("1 > 0").table(table).figure("a.svg", "c").save(scratch / "r.html");
  const std::string html = contents(scratch / "r.html");
  for (const char* text : {"<h1>&lt;title&gt;</h1>", "<p>1 &gt; 0</p>", "<th>a&lt;b</th>",
                           "<td>&quot;x&quot; &amp; y</td>", "<img src=\"a.svg\" alt=\"c\">"})
    CHECK_MESSAGE(html.find(text) != std::string::npos, text);
}
