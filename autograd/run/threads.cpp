#include <atomic>
#include <cstdlib>
#include <string>

#include <autograd/error.hpp>
#include <autograd/run/run.hpp>

namespace xgrad {
namespace {

int initial_threads() {
  const char* text = std::getenv("XGRAD_NUM_THREADS");
  if (!text || !*text) return 1;
  char* end = nullptr;
  const long count = std::strtol(text, &end, 10);
  if (*end != '\0' || count < 1 || count > 1024)
    fail("XGRAD_NUM_THREADS", "is '" + std::string(text) + "'; expected a number from 1 to 1024");
  return static_cast<int>(count);
}

std::atomic<int>& thread_count() {
  static std::atomic<int> count{initial_threads()};
  return count;
}

}  // namespace

void set_num_threads(int count) {
  if (count < 1) fail("set_num_threads", "count is " + std::to_string(count) + "; expected 1 or more");
  thread_count() = count;
}

int num_threads() { return thread_count(); }

}  // namespace xgrad
