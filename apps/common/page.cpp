#include <apps/common/page.hpp>

#include <fmt/format.h>

#include <apps/common/page_files.hpp>
#include <autograd/io/file.hpp>

namespace xgrad::apps {

namespace {

/// Rows of the tables that stand in a page for readers without scripts.
constexpr std::size_t rows_without_script = 200;

/// The policy forbids the page everything but itself: no request leaves it, except to the server of a live page.
constexpr std::string_view document = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'{connect}">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}</main>
{script}</body>
</html>
)";

constexpr std::string_view live_body =
    R"(<div class="live"><span id="connection" role="status">connecting</span> <span id="status"></span></div>
<progress id="progress" max="1" value="0" aria-label="Progress" hidden></progress>
<noscript><p>The plots of this page are drawn by a script.</p></noscript>
<div id="figures"></div>
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

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t three = 0;
    for (std::size_t j = i; j < i + 3; ++j)
      three = three << 8 | (j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) text += i + j > bytes.size() ? '=' : digits[three >> (18 - 6 * j) & 63];
  }
  return text;
}

std::string row(const std::vector<std::string>& cells, std::string_view tag) {
  std::string html = "<tr>";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (tag == "th")
      html += fmt::format("<th scope=\"col\">{}</th>", escape(cells[i]));
    else if (i == 0)
      html += fmt::format("<th scope=\"row\">{}</th>", escape(cells[i]));
    else
      html += fmt::format("<td>{}</td>", escape(cells[i]));
  }
  return html + "</tr>\n";
}

std::string table_html(const Table& table, std::string_view caption = "") {
  std::string html = fmt::format("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">\n<table>\n",
                                 caption.empty() ? "Table" : escape(caption));
  if (!caption.empty()) html += fmt::format("<caption>{}</caption>\n", escape(caption));
  html += "<thead>\n" + row(table.columns(), "th") + "</thead>\n<tbody>\n";
  for (const auto& cells : table.rows()) html += row(cells, "td");
  return html + "</tbody>\n</table>\n</div>\n";
}

std::string page_html(std::string_view title, std::string_view body, std::string_view script,
                      std::string_view connect) {
  const std::string element = script.empty() ? "" : fmt::format("<script type=\"module\">\n{}</script>\n", script);
  return fmt::format(document, fmt::arg("title", escape(title)), fmt::arg("style", page_files::style),
                     fmt::arg("body", body), fmt::arg("script", element), fmt::arg("connect", connect));
}

}  // namespace

Page::Page(std::string_view title) : title_(title) {}

Page& Page::heading(std::string_view text) {
  body_ += fmt::format("<h2>{}</h2>\n", escape(text));
  return *this;
}

Page& Page::paragraph(std::string_view text) {
  body_ += fmt::format("<p>{}</p>\n", escape(text));
  return *this;
}

Page& Page::table(const Table& table) {
  body_ += table_html(table);
  return *this;
}

Page& Page::preformatted(std::string_view text) {
  // HTML drops a line break that follows the tag.
  body_ += fmt::format("<pre tabindex=\"0\">\n{}</pre>\n", escape(text));
  return *this;
}

Page& Page::picture(std::string_view png, std::string_view caption) {
  body_ += fmt::format(
      "<figure>\n<img src=\"data:image/png;base64,{}\" alt=\"{}\">\n<figcaption>{}</figcaption>\n"
      "</figure>\n",
      base64(png), escape(caption), escape(caption));
  return *this;
}

Page& Page::figure(const Figure& figure) {
  draws_ = true;
  body_ += fmt::format("<figure class=\"plots\">\n<script type=\"application/json\">{}</script>\n<noscript>\n",
                       figure_json(figure));
  for (const auto& [title, table] : figure_tables(figure, rows_without_script)) body_ += table_html(table, title);
  body_ += fmt::format("</noscript>\n<figcaption><p>{}</p></figcaption>\n</figure>\n", escape(figure.text));
  return *this;
}

std::string Page::html() const {
  return page_html(title_, body_, draws_ ? page_files::report_script : std::string_view(), "");
}

void Page::save(const std::filesystem::path& path) const { io::write_file({"report", path.string()}, html()); }

std::string live_page(std::string_view title) {
  return page_html(title, live_body, page_files::live_script, "; connect-src 'self'");
}

}  // namespace xgrad::apps
