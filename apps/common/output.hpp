#pragma once

#include <string_view>

/// What the programs say: results on stdout, all else on stderr. Nothing here buffers, so the order of both holds where
/// they go to one place.
namespace xgrad::apps {

/// To be called first in a program. A standard stream that the caller has closed stays unusable: without this the next
/// file to be opened would take its number, and what is printed would end up in that file. A reader of ours that goes
/// away (`| head`) becomes an error of print() instead of the program's end.
void secure_streams();

/// Writes results to stdout. Throws Error where they cannot all be written, so that the program's exit code says so.
void print(std::string_view text);

/// Writes a line of results that more will follow: a training does not end for want of a reader. What cannot be written
/// is lost; print() of the last results tells.
void say(std::string_view text) noexcept;

/// Writes a remark to stderr, as far as that can be written.
void note(std::string_view text) noexcept;

/// Writes what ends the program to stderr, as far as that can be written.
void complain(std::string_view text) noexcept;

/// From now on only complain() writes: of several processes that do the same work, one tells of it.
void say_nothing() noexcept;

}  // namespace xgrad::apps
