#include <autograd/io/appender.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <autograd/io/file.hpp>

namespace xgrad::io {

Appender::Appender(const char* function, std::string path, Open how)
    : function_(function),
      path_(std::move(path)),
      file_(::open(path_.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC | (how == Open::must_be_new ? O_EXCL : 0),
                   0666)) {
  if (file_ < 0)
    Place{function_, path_}.refuse(fmt::format("cannot be opened ({})", std::generic_category().message(errno)));
}

Appender::~Appender() {
  write();
  ::close(file_);
}

void Appender::append(std::string_view record) {
  with_memory(Place{function_, path_}, waiting_.size() + record.size(), [&] { waiting_.append(record); });
}

void Appender::flush() {
  if (const int error = write(); error != 0)
    Place{function_, path_}.refuse(fmt::format("cannot be written ({})", std::generic_category().message(error)));
}

/// 0, or why not all was written.
int Appender::write() noexcept {
  std::size_t done = 0;
  int error = 0;
  while (done < waiting_.size() && error == 0) {
    const ssize_t count = ::write(file_, waiting_.data() + done, waiting_.size() - done);
    if (count > 0)
      done += static_cast<std::size_t>(count);
    else if (count == 0 || errno != EINTR)
      error = count == 0 ? EIO : errno;
  }
  waiting_.erase(0, done);
  return error;
}

}  // namespace xgrad::io
