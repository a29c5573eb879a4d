#include <apps/common/page.hpp>

#include <doctest/doctest.h>

#include <autograd/error.hpp>

#include "scratch.hpp"

using namespace xgrad;
using namespace xgrad::apps;

namespace {

bool has(const std::string& html, std::string_view part) { return html.find(part) != std::string::npos; }

Figure small_figure() {
  return {{LinePlot{.title = "a < b",
                    .x = {.label = "step"},
                    .y = {.label = "loss"},
                    .lines = {{"l", palette::blue, {{1, 0.25}}}}}},
          "what & why"};
}

}  // namespace

TEST_CASE("a page escapes what it shows") {
  Table table({"a<b"});
  table.add({"\"x\" & y"});
  const std::string html =
      Page("<title>").heading("h & h").paragraph("1 > 0").table(table).preformatted("<p>\n").html();
  for (const char* text :
       {"<h1>&lt;title&gt;</h1>", "<title>&lt;title&gt;</title>", "<h2>h &amp; h</h2>", "<p>1 &gt; 0</p>",
        "<th scope=\"col\">a&lt;b</th>", "<th scope=\"row\">&quot;x&quot; &amp; y</th>", "&lt;p&gt;\n</pre>"})
    CHECK_MESSAGE(has(html, text), text);
}

TEST_CASE("a page holds its pictures") {
  CHECK(has(Page("t").picture("M", "\"m\"").html(), "src=\"data:image/png;base64,TQ==\" alt=\"&quot;m&quot;\""));
  CHECK(has(Page("t").picture("Ma", "").html(), "base64,TWE=\""));
  CHECK(has(Page("t").picture("Man", "").html(), "base64,TWFu\""));
  CHECK(has(Page("t").picture("\xff\xfe\xfd\xfc", "").html(), "base64,//79/A==\""));
}

TEST_CASE("a page refers to nothing outside of it, and forbids it") {
  for (const std::string& html : {Page("t").figure(small_figure()).picture("x", "y").html(), live_page("t")}) {
    for (const char* reference : {"http://", "https://", "src=\"/", "@import", "url(h", "url(/"}) {
      std::string rest = html;
      // The name of the SVG namespace, which nothing is fetched from.
      const std::string name = "http://www.w3.org/2000/svg";
      for (std::size_t at = rest.find(name); at != std::string::npos; at = rest.find(name)) rest.erase(at, name.size());
      CHECK_MESSAGE(!has(rest, reference), reference);
    }
    CHECK(has(html, "default-src 'none'"));
  }
}

TEST_CASE("a figure has its data for the script, and tables for readers without one") {
  const std::string html = Page("t").figure(small_figure()).html();
  CHECK(has(html, R"("title":"a \u003c b")"));
  CHECK(has(html, "<noscript>\n<div class=\"scroll\""));
  CHECK(has(html, "<caption>a &lt; b</caption>"));
  CHECK(has(html, "<td>0.25</td>"));
  CHECK(has(html, "<figcaption><p>what &amp; why</p></figcaption>"));
}

TEST_CASE("a page has a script only where it has something to draw") {
  CHECK(!has(Page("t").paragraph("p").html(), "<script"));
  CHECK(has(Page("t").figure(small_figure()).html(), "<script type=\"module\">"));
}

TEST_CASE("a live page may ask the server that it comes from, a report nobody") {
  CHECK(has(live_page("t"), "connect-src 'self'"));
  CHECK(!has(Page("t").figure(small_figure()).html(), "connect-src"));
}

TEST_CASE("a page is saved whole, or an error names it") {
  const Scratch scratch;
  Page("t").save(scratch / "r.html");
  CHECK(contents(scratch / "r.html").ends_with("</html>\n"));
  CHECK_THROWS_WITH_AS(Page("t").save(scratch / "no/such/r.html"), doctest::Contains("r.html"), Error);
}
