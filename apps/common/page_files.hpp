#pragma once

#include <string_view>

/// The files of page/, put into the program by cmake/embed_page.cmake.
namespace xgrad::apps::page_files {

extern const std::string_view style;
/// Draws the figures that stand in a page.
extern const std::string_view report_script;
/// Draws the figures that a program sends.
extern const std::string_view live_script;

}  // namespace xgrad::apps::page_files
