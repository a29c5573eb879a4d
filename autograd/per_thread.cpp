#include <autograd/per_thread.hpp>

#include <pthread.h>

#include <vector>

#include <autograd/error.hpp>

namespace xgrad {
namespace {

struct End {
  void (*end)(void* object) noexcept;
  void* object;
};

using Ends = std::vector<End>;

pthread_key_t key();

/// The system calls it with a thread's list after the thread's thread_local objects are gone.
void call_ends(void* list) noexcept {
  const std::unique_ptr<Ends> ends(static_cast<Ends*>(list));
  pthread_setspecific(key(), list);  // so that what is called can still add to the list
  while (!ends->empty()) {
    const End last = ends->back();
    ends->pop_back();
    last.end(last.object);
  }
  pthread_setspecific(key(), nullptr);
}

pthread_key_t key() {
  static const pthread_key_t instance = [] {
    pthread_key_t made{};
    if (pthread_key_create(&made, [](void* list) { call_ends(list); }) != 0)
      fail("thread", "the system has no storage for what belongs to a thread (pthread_key_create)");
    return made;
  }();
  return instance;
}

}  // namespace

void at_thread_end(void (*end)(void* object) noexcept, void* object) {
  auto* ends = static_cast<Ends*>(pthread_getspecific(key()));
  if (!ends) {
    auto made = std::make_unique<Ends>();
    made->reserve(16);
    if (pthread_setspecific(key(), made.get()) != 0)
      fail("thread", "the system has no storage for what belongs to a thread (pthread_setspecific)");
    ends = made.release();
  }
  ends->push_back({end, object});
}

}  // namespace xgrad
