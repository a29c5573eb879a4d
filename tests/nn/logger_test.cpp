#include <doctest/doctest.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <autograd/autograd.hpp>
#include <nn/logger.hpp>
#include <nn/nn.hpp>

#include "../autograd/expect.hpp"
#include "../data/files.hpp"

namespace xgrad::nn {
namespace {

using test::error_of;
using test::lacks;
using test::TemporaryDirectory;

/// A clock that is told the time.
struct Clock {
  std::shared_ptr<double> now = std::make_shared<double>(100);
  double operator()() const { return *now; }
};

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file, path.string());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::size_t event_files(const std::filesystem::path& folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    count += entry.path().filename().string().starts_with("events.out.tfevents.") ? 1 : 0;
  return count;
}

/// A row of scalars.csv and of log.jsonl, at the time 100.
std::string csv_row(std::int64_t step, const std::string& tag, const std::string& value) {
  return "100," + std::to_string(step) + "," + tag + "," + value + "\n";
}
std::string json_row(std::int64_t step, const std::string& tag, const std::string& value) {
  return R"({"kind":"scalar","wall_time":100,"step":)" + std::to_string(step) + R"(,"tag":")" + tag + R"(","value":)" +
         value + "}\n";
}

const std::string header = "wall_time,step,tag,value\n";

}  // namespace

TEST_CASE("a logger writes scalars to CSV and JSONL files") {
  const TemporaryDirectory directory;
  const std::filesystem::path folder = directory.path() / "runs" / "first";
  const Clock clock;
  {
    Logger log(folder.string(), {.clock = clock});
    CHECK(log.folder() == folder.string());
    log.scalar("loss/train", 1, 0.1);
    *clock.now = 1732917600.25;
    log.scalar("loss/train", 2, sum(tensor({1, 2})));
    log.scalar("a \"b\", c", -3, 1e-30);
    log.scalar("nan", 4, -std::numeric_limits<double>::quiet_NaN());
    log.scalar("inf", 4, std::numeric_limits<double>::infinity());
    log.scalar("-inf", 4, -std::numeric_limits<double>::infinity());
    log.scalar("ü", 5, tensor({7}, int64));
  }
  CHECK(contents(folder / "scalars.csv") == header + csv_row(1, "loss/train", "0.1") +
                                                "1732917600.25,2,loss/train,3\n"
                                                "1732917600.25,-3,\"a \"\"b\"\", c\",1e-30\n"
                                                "1732917600.25,4,nan,nan\n"
                                                "1732917600.25,4,inf,inf\n"
                                                "1732917600.25,4,-inf,-inf\n"
                                                "1732917600.25,5,ü,7\n");
  const std::string begin = R"({"kind":"scalar","wall_time":1732917600.25,"step":)";
  CHECK(contents(folder / "log.jsonl") ==
        json_row(1, "loss/train", "0.1") + begin + R"(2,"tag":"loss/train","value":3})" + "\n" + begin +
            R"(-3,"tag":"a \"b\", c","value":1e-30})" + "\n" + begin + R"(4,"tag":"nan","value":"nan"})" + "\n" +
            begin + R"(4,"tag":"inf","value":"inf"})" + "\n" + begin + R"(4,"tag":"-inf","value":"-inf"})" + "\n" +
            begin + R"(5,"tag":"ü","value":7})" + "\n");
  CHECK(event_files(folder) == 1);
}

TEST_CASE("a logger writes histograms, images, texts and hyper-parameters to JSONL files") {
  const TemporaryDirectory directory;
  {
    Logger log(directory.path().string(), {.clock = Clock()});
    log.hyperparameters({{"lr", 0.1f}, {"name", "a \"b\"\n"}, {"deep", false}, {"epochs", std::size_t{3}}});
    log.histogram("w", 2, tensor({-1, 0, 0, INFINITY}));
    log.image("x", 3, tensor({{0, 1}}));
    log.text("t", 4, "two\nlines");
  }
  CHECK(contents(directory / "scalars.csv") == header);
  std::istringstream lines(contents(directory / "log.jsonl"));
  std::string line;
  std::getline(lines, line);
  CHECK(line == R"({"kind":"hyperparameters","wall_time":100,"values":{"lr":0.10000000149011612,"name":"a \"b\"\n",)"
                R"("deep":false,"epochs":3}})");
  std::getline(lines, line);
  CHECK(lacks(line, {R"({"kind":"histogram","wall_time":100,"step":2,"tag":"w","min":-1,"max":0,"num":3,"sum":-1,)"
                     R"("sum_squares":1,"not_finite":1,"bucket_limit":[)",
                     R"(,1e-12],"bucket":[0,1,0,2]})"}) == "");
  std::getline(lines, line);
  // The PNG of two grey pixels begins with its signature and header.
  CHECK(lacks(line, {R"({"kind":"image","wall_time":100,"step":3,"tag":"x","height":1,"width":2,"channels":1,)"
                     R"("png":"iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCA)",
                     R"(SUVORK5CYII="})"}) == "");
  std::getline(lines, line);
  CHECK(line == R"({"kind":"text","wall_time":100,"step":4,"tag":"t","text":"two\nlines"})");
  CHECK_FALSE(std::getline(lines, line));
}

TEST_CASE("a logger writes the files that it is asked for, and those only") {
  for (const int which : {0, 1, 2}) {
    const TemporaryDirectory directory;
    {
      Logger log(directory.path().string(), {.events = which == 0, .csv = which == 1, .jsonl = which == 2});
      log.scalar("a", 1, 2);
      log.histogram("a", 1, ones({2}));
    }
    CHECK(event_files(directory.path()) == (which == 0 ? 1 : 0));
    CHECK(std::filesystem::exists(directory / "scalars.csv") == (which == 1));
    CHECK(std::filesystem::exists(directory / "log.jsonl") == (which == 2));
  }
}

TEST_CASE("what is logged is written by flush, after the time that was asked for, or when the logger goes") {
  const TemporaryDirectory directory;
  const Clock clock;
  const std::string row = csv_row(1, "a", "2");
  Logger log(directory.path().string(), {.clock = clock, .flush_seconds = 5});
  CHECK(contents(directory / "scalars.csv") == header);
  log.scalar("a", 1, 2);
  CHECK(contents(directory / "scalars.csv") == header);
  log.flush();
  CHECK(contents(directory / "scalars.csv") == header + row);
  CHECK(contents(directory / "log.jsonl") == json_row(1, "a", "2"));
  *clock.now = 104;
  log.scalar("b", 2, 3);
  CHECK(contents(directory / "scalars.csv") == header + row);
  *clock.now = 105;
  log.scalar("c", 3, 4);
  CHECK(contents(directory / "scalars.csv") == header + row + "104,2,b,3\n105,3,c,4\n");
  *clock.now = 50;  // a clock that was set back keeps nothing waiting
  log.scalar("d", 4, 5);
  CHECK(contents(directory / "scalars.csv").ends_with("\n50,4,d,5\n"));
  log.scalar("e", 5, 6);
  Logger moved = std::move(log);
  moved.scalar("f", 6, 7);
  CHECK(lacks(error_of([&] { log.scalar("a", 1, 1); }), {"Logger: it was moved from"}) == "");
  CHECK(lacks(error_of([&] { log.flush(); }), {"Logger: it was moved from"}) == "");
  moved = Logger((directory / "other").string());
  CHECK(contents(directory / "scalars.csv").ends_with("\n50,5,e,6\n50,6,f,7\n"));
}

TEST_CASE("a logger writes where much waits") {
  const TemporaryDirectory directory;
  const std::filesystem::path csv = directory / "scalars.csv";
  Logger log(directory.path().string(), {.flush_seconds = 1e9});
  const std::string tag(1000, 't');
  for (int step = 0; step < 60; ++step) log.scalar(tag, step, 1);
  CHECK(contents(csv) == header);
  for (int step = 60; step < 70; ++step) log.scalar(tag, step, 1);
  CHECK(contents(csv).size() > 60'000);
}

TEST_CASE("what cannot be written waits, and other files do not wait for it") {
  const TemporaryDirectory directory;
  Logger log(directory.path().string(), {.events = false, .clock = Clock()});
  log.scalar("a", 1, 2);
  log.scalar("a", 2, 2);
  // No file may be longer than one row of the JSONL file and a part of the next.
  const std::string first = json_row(1, "a", "2"), second = json_row(2, "a", "2");
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  rlimit small = before;
  small.rlim_cur = first.size() + 5;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const std::string message = error_of([&] { log.flush(); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(lacks(message, {"Logger: '", "log.jsonl': cannot be written"}) == "");
  CHECK(contents(directory / "scalars.csv") == header + csv_row(1, "a", "2") + csv_row(2, "a", "2"));
  CHECK(contents(directory / "log.jsonl") == first + second.substr(0, 5));
  log.flush();
  CHECK(contents(directory / "log.jsonl") == first + second);
}

TEST_CASE("a run that goes on drops rows of the step and behind, and what a killed one left of a row") {
  const TemporaryDirectory directory;
  const std::string folder = directory.path().string();
  {
    Logger log(folder, {.clock = Clock()});
    log.hyperparameters({{"lr", 1}});
    for (const std::int64_t step : {1, 2, 3, 2, 4}) log.scalar("a,b", step, 0.5);
    log.text("t", 3, "gone");
  }
  std::ofstream(directory / "scalars.csv", std::ios::app) << "100,1,c";
  std::ofstream(directory / "log.jsonl", std::ios::app) << R"({"kind":"scal)";
  { Logger(folder, {.resume_at = 3, .clock = Clock()}).scalar("d", 3, 9); }
  const auto row = [](std::int64_t step) { return csv_row(step, "\"a,b\"", "0.5"); };
  CHECK(contents(directory / "scalars.csv") == header + row(1) + row(2) + row(2) + csv_row(3, "d", "9"));
  CHECK(contents(directory / "log.jsonl") == R"({"kind":"hyperparameters","wall_time":100,"values":{"lr":1}})"
                                             "\n" +
                                                 json_row(1, "a,b", "0.5") + json_row(2, "a,b", "0.5") +
                                                 json_row(2, "a,b", "0.5") + json_row(3, "d", "9"));
  CHECK(event_files(directory.path()) == 2);

  // Where nothing is to be dropped, and where there is nothing at all.
  const std::string before = contents(directory / "scalars.csv");
  { Logger(folder, {.resume_at = 100}); }
  CHECK(contents(directory / "scalars.csv") == before);
  { Logger(folder, {.resume_at = std::numeric_limits<std::int64_t>::min()}); }
  CHECK(contents(directory / "scalars.csv") == header);
  const TemporaryDirectory fresh;
  { Logger(fresh.path().string(), {.resume_at = 5, .clock = Clock()}).scalar("x", 5, 1); }
  CHECK(contents(fresh / "scalars.csv") == header + csv_row(5, "x", "1"));
  write(fresh / "scalars.csv", "wall_time,st");
  { Logger(fresh.path().string(), {.resume_at = 5, .clock = Clock()}).scalar("y", 6, 1); }
  CHECK(contents(fresh / "scalars.csv") == header + csv_row(6, "y", "1"));
}

TEST_CASE("files that no logger wrote are left as they are") {
  const TemporaryDirectory directory;
  const std::string folder = directory.path().string();
  const auto refused = [&](const std::string& name, const std::string& bytes, const std::string& why) {
    write(directory / "scalars.csv", header);
    write(directory / "log.jsonl", "");
    write(directory / name, bytes);
    const std::string message = error_of([&] { Logger(folder, {.resume_at = 1}); });
    CHECK(contents(directory / name) == bytes);
    return lacks(message, {"Logger: '", name, why});
  };
  CHECK(refused("scalars.csv", "step,value\n1,2\n", "begin with 'wall_time,step,tag,value'") == "");
  CHECK(refused("scalars.csv", header + "100,1,a,2\n100,x,a,2\n", "line 3") == "");
  CHECK(refused("scalars.csv", header + "100\n", "line 2") == "");
  CHECK(refused("log.jsonl", json_row(1, "a", "2") + "{\n", "line 2") == "");
  CHECK(refused("log.jsonl", "[]\n", "line 1") == "");
  CHECK(refused("log.jsonl", "{\"kind\":\"scalar\",\"step\":\"x\"}\n", "line 1") == "");
}

TEST_CASE("a run takes the place of another where it is asked to, and never by mistake") {
  const TemporaryDirectory directory;
  const std::string folder = directory.path().string();
  { Logger(folder, {.clock = Clock()}).scalar("a", 1, 2); }
  write(directory / "notes.txt", "mine");
  CHECK(lacks(error_of([&] { Logger log(folder); }), {"Logger: '", "scalars.csv", "resume_at", "overwrite"}) == "");
  CHECK(lacks(error_of([&] { Logger log(folder, {.csv = false}); }), {"scalars.csv"}) == "");
  CHECK(contents(directory / "scalars.csv") == header + csv_row(1, "a", "2"));
  { Logger(folder, {.overwrite = true, .clock = Clock()}).scalar("b", 1, 2); }
  CHECK(contents(directory / "scalars.csv") == header + csv_row(1, "b", "2"));
  CHECK(contents(directory / "log.jsonl") == json_row(1, "b", "2"));
  CHECK(event_files(directory.path()) == 1);
  CHECK(contents(directory / "notes.txt") == "mine");
}

TEST_CASE("a logger says what it cannot write") {
  const TemporaryDirectory directory;
  write(directory / "file", "");
  const std::string file = directory / "file";
  CHECK(lacks(error_of([&] { Logger log(file); }), {"Logger: the folder '" + file, "cannot be made"}) == "");
  CHECK(lacks(error_of([&] { Logger log(file + "/inner"); }), {"Logger: the folder '", "cannot be made"}) == "");
  CHECK(lacks(error_of([&] { Logger log(""); }), {"Logger: the folder '' is empty"}) == "");
  const std::string folder = directory / "run";
  CHECK(lacks(error_of([&] { Logger log(folder, {.events = false, .csv = false, .jsonl = false}); }),
              {"Logger: neither"}) == "");
  CHECK(lacks(error_of([&] { Logger log(folder, {.resume_at = 1, .overwrite = true}); }), {"Logger: resume_at"}) == "");
  CHECK(lacks(error_of([&] { Logger log(folder, {.flush_seconds = -1}); }), {"Logger: flush_seconds is -1"}) == "");
  CHECK_FALSE(std::filesystem::exists(folder));

  Logger log(folder);
  CHECK(lacks(error_of([&] { log.scalar("", 1, 1); }), {"Logger::scalar: the tag is empty"}) == "");
  CHECK(lacks(error_of([&] { log.scalar("a\nb", 1, 1); }), {"Logger::scalar: the tag", "control character"}) == "");
  CHECK(lacks(error_of([&] { log.scalar("\xff", 1, 1); }), {"Logger::scalar: the tag", "UTF-8"}) == "");
  CHECK(lacks(error_of([&] { log.scalar("a", 1, ones({2})); }), {"Logger::scalar", "(2,)", "one element"}) == "");
  CHECK(lacks(error_of([&] { log.scalar("a", 1, Tensor()); }), {"Logger::scalar", "undefined"}) == "");
  CHECK(lacks(error_of([&] { log.histogram("a", 1, Tensor()); }), {"Logger::histogram", "undefined"}) == "");
  CHECK(lacks(error_of([&] { log.text("a", 1, "\xc3"); }), {"Logger::text: the text", "UTF-8"}) == "");
  CHECK(lacks(error_of([&] { log.image("a", 1, ones({3})); }), {"Logger::image", "(3,)", "(H, W)"}) == "");
  CHECK(lacks(error_of([&] { log.image("a", 1, ones({5, 2, 2})); }), {"Logger::image", "(5, 2, 2)"}) == "");
  CHECK(lacks(error_of([&] { log.image("a", 1, ones({1, 0, 2})); }), {"Logger::image", "(1, 0, 2)"}) == "");
  CHECK_NOTHROW(log.image("a", 1, ones({2, 2}) * 256));
  CHECK(lacks(error_of([&] { log.image("a", 1, tensor({{256}}, int64)); }), {"Logger::image", "256"}) == "");
  CHECK(lacks(error_of([&] { log.image("a", 1, zeros({1 << 15, 1 << 14})); }), {"Logger::image", "268435456"}) == "");
  CHECK(lacks(error_of([&] {
                log.hyperparameters({{"a", 1}, {"a", 2}});
              }),
              {"Logger::hyperparameters", "twice"}) == "");
  CHECK(lacks(error_of([&] { log.hyperparameters({{"", 1}}); }), {"Logger::hyperparameters: a name is empty"}) == "");
  CHECK(lacks(error_of([&] { log.hyperparameters({{"a", "\xff"}}); }), {"Logger::hyperparameters: a value"}) == "");
  // What is refused is not written.
  log.flush();
  CHECK(contents(directory.path() / "run" / "scalars.csv") == header);
}

TEST_CASE("threads share a logger, whose rows stay whole") {
  const TemporaryDirectory directory;
  constexpr int rows = 2000;
  {
    Logger log(directory.path().string(), {.flush_seconds = 0});
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&log, thread] {
        for (int i = 0; i < rows; ++i) log.scalar("thread/" + std::to_string(thread), i, i);
      });
    for (std::thread& thread : threads) thread.join();
  }
  std::istringstream lines(contents(directory / "scalars.csv"));
  std::string line;
  std::getline(lines, line);
  std::vector<int> next(4);
  while (std::getline(lines, line)) {
    const std::size_t tag = line.find(",thread/");
    REQUIRE(tag != std::string::npos);
    const auto thread = static_cast<std::size_t>(line[tag + 8] - '0');
    REQUIRE(thread < 4);
    const std::string number = std::to_string(next[thread]++);
    CHECK(line.substr(line.find(',')) == "," + number + ",thread/" + std::to_string(thread) + "," + number);
  }
  CHECK(next == std::vector<int>(4, rows));
}

}  // namespace xgrad::nn
