#include "process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <system_error>

extern char** environ;

namespace bench {
namespace {

/// Both ends close when another program starts, except where they are passed on.
std::array<int, 2> new_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  return ends;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments) : name_(arguments.front()) {
  const auto [its_input, to_it] = new_pipe();
  const auto [from_it, its_output] = new_pipe();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, its_input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, its_output, STDOUT_FILENO);
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  const int error = posix_spawnp(&id_, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(its_input);
  close(its_output);
  in_ = fdopen(to_it, "w");
  out_ = fdopen(from_it, "r");
  if (error == 0) return;
  std::fclose(in_);
  std::fclose(out_);
  throw std::system_error(error, std::generic_category(), name_);
}

Process::~Process() {
  std::fclose(in_);
  std::fclose(out_);
  waitpid(id_, nullptr, 0);
}

void Process::write_line(const std::string& line) {
  std::fputs((line + "\n").c_str(), in_);
  std::fflush(in_);
}

std::string Process::read_line() {
  std::string line;
  for (int c = std::fgetc(out_); c != '\n'; c = std::fgetc(out_)) {
    if (c == EOF) throw std::runtime_error(name_ + " ended without an answer");
    line += static_cast<char>(c);
  }
  return line;
}

}  // namespace bench
