#pragma once

#include <autograd/io/file.hpp>

/// Folders as programs need them that keep files in one: there after a power loss, and with one writer.
namespace xgrad::io {

/// Makes a folder, and those above it that are missing. Each is synced with the one above it. Throws Error.
void make_folder(const Place& place);

/// Removes a file, where it is there. Throws Error.
void remove_file(const Place& place);

/// A folder that is locked among all that ask for the lock, in this process and others, until this object goes. The end
/// of a process gives it back, also a kill. File systems without locks lock nothing.
class FolderLock {
 public:
  /// Throws Error where another one has the lock, or the folder cannot be opened.
  explicit FolderLock(const Place& place);
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock();

 private:
  int folder_;
};

}  // namespace xgrad::io
