#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/kernel/processor.hpp>
#include <autograd/run/build_info.hpp>
#include <autograd/run/compile/code.hpp>
#include <autograd/run/compile/loops.hpp>
#include <nn/nn.hpp>

// Processes that the system lets execute nothing that they wrote: from the start, by the kernel's own switch and by a
// filter of system calls, and from some moment on. They train as others do, to the same bits, and say why there is no
// machine code. The exit status tells.
namespace {

using namespace xgrad;

#ifndef PR_SET_MDWE
constexpr int PR_SET_MDWE = 65;
#endif
constexpr unsigned long refuse_exec_gain = 1;

/// Linux's switch against executing what was written, which kernels have from 6.3 on.
bool forbid_by_kernel() { return ::prctl(PR_SET_MDWE, refuse_exec_gain, 0, 0, 0) == 0; }

/// A filter that refuses mmap, mprotect and pkey_mprotect with PROT_EXEC, as systemd's MemoryDenyWriteExecute has it.
bool forbid_by_filter() {
  constexpr auto load = [](std::size_t offset) {
    return sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset));
  };
  constexpr unsigned refused = SECCOMP_RET_ERRNO | EPERM;
  sock_filter code[] = {
      load(offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pkey_mprotect, 0, 3),
      load(offsetof(seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, refused),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{.len = sizeof(code) / sizeof(code[0]), .filter = code};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// Steps of training with every loop compiled, where it can be.
class Training {
 public:
  void steps(int count) {
    for (int i = 0; i < count; ++i) {
      const Tape tape;
      const Tensor x = randn({60, 30}), y = randint(0, 10, {60});
      adam_.step(tape.gradient(nn::cross_entropy(model_(x), y), model_.parameters()));
    }
  }
  /// The parameters after more steps, which have programs of other shapes.
  std::string bits() {
    std::string all;
    for (const nn::Parameter& parameter : model_.parameters()) {
      const std::vector<float> values = parameter.value().to_vector<float>();
      all.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    }
    const Tensor x = rand({33, 30});
    const std::vector<float> values = tanh(model_(x) * 3 - exp(-square(model_(x)))).to_vector<float>();
    all.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    return all;
  }

 private:
  struct Seeded {
    Seeded() { manual_seed(3); }
  } seeded_;
  nn::Sequential model_{nn::Linear(30, 50), nn::BatchNorm1d(50), nn::Tanh(), nn::Linear(50, 10)};
  optim::Adam adam_{model_.parameters(), {.lr = 0.01}};
};

/// What a process of its own writes to a file; empty where it fails.
std::string answer_of(std::string (*process)()) {
  int ends[2];
  if (::pipe(ends) != 0) return "";
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    std::string answer;
    try {
      set_compiling(Compiling::always);
      answer = process();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
    }
    const bool written = ::write(ends[1], answer.data(), answer.size()) == static_cast<ssize_t>(answer.size());
    ::_exit(written ? 0 : 1);
  }
  ::close(ends[1]);
  std::string answer;
  char part[4096];
  for (ssize_t count; (count = ::read(ends[0], part, sizeof(part))) > 0;)
    answer.append(part, static_cast<std::size_t>(count));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? answer : "";
}

bool failed = false;

void check(bool holds, const char* process, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s: %s\n", process, what);
  failed = true;
}

/// Of a child that may execute nothing from its start.
std::string train_forbidden(const char* by) {
  const BuildInfo info = build_info();
  check(!info.compiles_loops, by, "build_info says that loops are compiled");
  const std::string reason = info.why_not_compiled;
  if (run::code_is_supported() && run::use_avx2())
    check(reason.find("the system forbids") == 0, by, ("build_info says: " + reason).c_str());
  Training training;
  training.steps(3);
  const std::string bits = training.bits();
  check(run::codes_made() == 0, by, "machine code was made");
  return failed ? "" : bits;
}

}  // namespace

int main() {
  const std::string free = answer_of([]() -> std::string {
    Training training;
    training.steps(3);
    const std::string bits = training.bits();
    check(run::can_compile() == (run::codes_made() > 0), "a free process", "no machine code was made");
    check(run::can_compile() == build_info().why_not_compiled.empty(), "a free process", "build_info tells otherwise");
    return failed ? "" : bits;
  });
  check(!free.empty(), "a free process", "no answer");

  const std::string filtered = answer_of([]() -> std::string {
    check(forbid_by_filter(), "a filter", "the system has none");
    return train_forbidden("a filter");
  });
  check(filtered == free, "a filter", "other bits than those of a free process");

  const std::string by_kernel = answer_of([]() -> std::string {
    if (!forbid_by_kernel()) return "this kernel cannot";
    return train_forbidden("the kernel's switch");
  });
  if (by_kernel != "this kernel cannot")
    check(by_kernel == free, "the kernel's switch", "other bits than those of a free process");

  const std::string later = answer_of([]() -> std::string {
    Training training;
    training.steps(2);
    const std::size_t made = run::codes_made();
    check(forbid_by_filter(), "a filter put on later", "the system has none");
    training.steps(1);
    const std::string bits = training.bits();  // of programs that are new
    check(run::codes_made() == made, "a filter put on later", "machine code was made");
    return failed ? "" : bits;
  });
  check(later == free, "a filter put on later", "other bits than those of a free process");
  return failed ? 1 : 0;
}
