#pragma once

#include <functional>
#include <string>
#include <string_view>

/// The system's operations that change what a disk holds. All writing of whole files goes through these few, so that
/// tests see their order and let each of them fail.
namespace xgrad::io::disk {

/// One of them, before it is done.
struct Operation {
  enum class Kind {
    create,       ///< an empty file of this name; one that is there is emptied
    write,        ///< bytes at a file's end
    sync,         ///< waits until the disk has a file's bytes
    rename,       ///< a file gets the name `to`, in place of another one
    remove,       ///< a file's name
    make_folder,  ///< an empty folder
    sync_folder   ///< waits until the disk has a folder's names
  };
  Kind kind;
  std::string_view path;
  std::string_view bytes = {};
  std::string_view to = {};
};

/// Is called with each operation, on the thread that does it. Returns 0, or the error (of errno) with which the
/// operation fails without being done.
using Observer = std::function<int(const Operation&)>;
/// Sets the observer of all threads, or none. Not while files are written.
void observe(Observer observer);

/// Each is false, with errno, where it fails.
bool announce_create(const std::string& path);  ///< before a file is opened for that
bool write(int file, const std::string& path, std::string_view bytes);
bool sync(int file, const std::string& path);
bool rename(const std::string& from, const std::string& to);
bool remove(const std::string& path);
bool make_folder(const std::string& path);
/// True, too, where the file system has no such thing, or nobody may read the folder.
bool sync_folder(const std::string& path);

}  // namespace xgrad::io::disk
