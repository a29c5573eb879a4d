#include <apps/common/html.hpp>

#include <fmt/format.h>

#include <autograd/io/file.hpp>

namespace xgrad::apps {

namespace {

constexpr std::string_view page = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{0}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; }}
h1 {{ font-size: 1.6rem; }}
h2 {{ font-size: 1.2rem; margin-top: 2.5rem; }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }}
th, td {{ padding: .3rem .7rem; text-align: right; border-bottom: 1px solid #ddd; }}
th:first-child, td:first-child {{ text-align: left; white-space: nowrap; }}
th {{ border-bottom: 2px solid #888; vertical-align: bottom; }}
figure {{ margin: 1.5rem 0; }}
figure img {{ max-width: 100%; height: auto; }}
figcaption {{ color: #555; font-size: .9rem; }}
</style>
</head>
<body>
<h1>{0}</h1>
{1}</body>
</html>
)";

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string row(std::string_view tag, const std::vector<std::string>& cells) {
  std::string html = "<tr>";
  for (const std::string& cell : cells) html += fmt::format("<{0}>{1}</{0}>", tag, escape(cell));
  return html + "</tr>\n";
}

}  // namespace

HtmlPage::HtmlPage(std::string_view title) : title_(escape(title)) {}

HtmlPage& HtmlPage::heading(std::string_view text) {
  body_ += fmt::format("<h2>{}</h2>\n", escape(text));
  return *this;
}

HtmlPage& HtmlPage::paragraph(std::string_view text) {
  body_ += fmt::format("<p>{}</p>\n", escape(text));
  return *this;
}

HtmlPage& HtmlPage::table(const Table& table) {
  body_ += "<div class=\"scroll\">\n<table>\n<thead>\n" + row("th", table.columns()) + "</thead>\n<tbody>\n";
  for (const auto& cells : table.rows()) body_ += row("td", cells);
  body_ += "</tbody>\n</table>\n</div>\n";
  return *this;
}

HtmlPage& HtmlPage::figure(std::string_view file, std::string_view caption) {
  body_ += fmt::format("<figure>\n<img src=\"{0}\" alt=\"{1}\">\n<figcaption>{1}</figcaption>\n</figure>\n",
                       escape(file), escape(caption));
  return *this;
}

HtmlPage& HtmlPage::links(const std::vector<std::string>& files) {
  std::string line;
  for (const std::string& file : files)
    line += fmt::format("{0}<a href=\"{1}\">{1}</a>", line.empty() ? "" : " · ", escape(file));
  body_ += "<p>" + line + "</p>\n";
  return *this;
}

void HtmlPage::save(const std::filesystem::path& path) const {
  io::write_file({"report", path.string()}, fmt::format(page, title_, body_));
}

}  // namespace xgrad::apps
