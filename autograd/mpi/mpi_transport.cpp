#include <autograd/mpi/mpi_transport.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <thread>
#include <utility>

#include <autograd/error.hpp>

namespace xgrad::mpi {

using distributed::Collective;
using distributed::Exchange;

std::string text_of(std::chrono::duration<double> seconds) {
  std::array<char, 32> text;  // the longest double has 24
  const auto end = std::to_chars(text.data(), text.data() + text.size(), seconds.count()).ptr;
  return std::string(text.data(), end) + " s";
}

namespace {

MPI_Datatype type_of(DType dtype) {
  switch (dtype) {
    case DType::boolean:
      return MPI_BYTE;
    case DType::int64:
      return MPI_INT64_T;
    case DType::bfloat16:
      return MPI_UINT16_T;
    case DType::float32:
      return MPI_FLOAT;
    case DType::float64:
      return MPI_DOUBLE;
  }
  return MPI_BYTE;
}

int count_of(std::span<const std::byte> memory, DType dtype) {
  const std::size_t count = memory.size() / size_of(dtype);
  if (count > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    fail("mpi", "a collective has " + std::to_string(count) + " elements; MPI takes at most " +
                    std::to_string(std::numeric_limits<int>::max()) + " at once");
  }
  return static_cast<int>(count);
}

constexpr int report_tag = 1;
constexpr int tests_before_yielding = 200;
constexpr auto between_looks = std::chrono::milliseconds(2);

}  // namespace

MpiTransport::MpiTransport(MPI_Comm group, std::shared_ptr<Job> job, std::vector<int> ranks)
    : job_(std::move(job)), ranks_(std::move(ranks)), reports_(ranks_.size()) {
  MPI_Comm_dup(group, &values_);
  MPI_Comm_dup(group, &messages_);
  MPI_Comm_set_errhandler(values_, MPI_ERRORS_RETURN);
  MPI_Comm_set_errhandler(messages_, MPI_ERRORS_RETURN);
  MPI_Comm_rank(values_, &rank_);
}

MpiTransport::~MpiTransport() {
  int finalized = 0;
  MPI_Finalized(&finalized);
  if (finalized || job_->failed) return;
  if (values_ != MPI_COMM_NULL) MPI_Comm_free(&values_);
  if (messages_ != MPI_COMM_NULL) MPI_Comm_free(&messages_);
}

MPI_Request MpiTransport::start(const Exchange& exchange) const {
  const MPI_Datatype type = type_of(exchange.dtype);
  MPI_Request request = MPI_REQUEST_NULL;
  const void* const in = exchange.in.data();
  void* const out = exchange.out.data();
  const int in_count = count_of(exchange.in, exchange.dtype), out_count = count_of(exchange.out, exchange.dtype);
  switch (exchange.collective) {
    case Collective::all_reduce:
      check(MPI_Iallreduce(MPI_IN_PLACE, out, out_count, type, MPI_SUM, values_, &request), exchange);
      break;
    case Collective::reduce:
      check(rank_ == exchange.root
                ? MPI_Ireduce(MPI_IN_PLACE, out, out_count, type, MPI_SUM, exchange.root, values_, &request)
                : MPI_Ireduce(in, nullptr, in_count, type, MPI_SUM, exchange.root, values_, &request),
            exchange);
      break;
    case Collective::reduce_scatter:
      check(MPI_Ireduce_scatter_block(in, out, out_count, type, MPI_SUM, values_, &request), exchange);
      break;
    case Collective::all_gather:
      check(MPI_Iallgather(in, in_count, type, out, in_count, type, values_, &request), exchange);
      break;
    case Collective::broadcast:
      check(MPI_Ibcast(out, out_count, type, exchange.root, values_, &request), exchange);
      break;
    case Collective::all_to_all:
      check(MPI_Ialltoall(in, in_count / size(), type, out, in_count / size(), type, values_, &request), exchange);
      break;
    case Collective::barrier:
      check(MPI_Ibarrier(values_, &request), exchange);
      break;
  }
  return request;
}

void MpiTransport::run(const Exchange& exchange) {
  if (job_->failed) fail("mpi", "a collective has failed before; end the program");
  ++number_;
  if (job_->check_calls) compare_calls(exchange);
  MPI_Request request = start(exchange);
  wait(request, exchange);
  if (exchange.collective == Collective::reduce && rank_ != exchange.root) std::ranges::fill(exchange.out, std::byte{});
}

std::shared_ptr<distributed::Transport> MpiTransport::split(int color, int key) {
  run({});  // so that a rank that does not come is noticed: MPI_Comm_split waits for ever
  std::vector<int> ranks(ranks_.size());
  MPI_Comm part = MPI_COMM_NULL;
  check(MPI_Comm_split(values_, color, key, &part), {});
  int part_size = 1;
  MPI_Comm_size(part, &part_size);
  std::vector<int> members(static_cast<std::size_t>(part_size));
  const int own = ranks_[static_cast<std::size_t>(rank_)];
  MPI_Allgather(&own, 1, MPI_INT, members.data(), 1, MPI_INT, part);
  auto transport = std::make_shared<MpiTransport>(part, job_, std::move(members));
  MPI_Comm_free(&part);
  return transport;
}

void MpiTransport::compare_calls(const Exchange& exchange) {
  const Report own = own_report(exchange);
  std::vector<Report> all(ranks_.size());
  MPI_Request request = MPI_REQUEST_NULL;
  constexpr int bytes = sizeof(Report);
  check(MPI_Iallgather(&own, bytes, MPI_BYTE, all.data(), bytes, MPI_BYTE, values_, &request), exchange);
  wait(request, exchange);
  reports_ = all;
  check_reports(exchange, own);
}

/// Tests the request until it is done. Where others need its core, this rank soon yields to them; later it sleeps.
void MpiTransport::wait(MPI_Request& request, const Exchange& exchange) {
  const Clock::time_point start = Clock::now();
  const auto deadline = std::chrono::duration_cast<Clock::duration>(job_->deadline);
  const auto patience = std::min<Clock::duration>(deadline / 4, std::chrono::seconds(1));
  const Report own = own_report(exchange);
  bool told = false;
  Clock::time_point looked = start;
  for (int tests = 0;; ++tests) {
    int done = 0;
    check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), exchange);
    if (done) return;
    // Short messages are there sooner than this rank would have a core again.
    if (tests < tests_before_yielding) continue;
    if (job_->shares_cores) std::this_thread::yield();
    if (tests % 16 != 0) continue;
    const Clock::time_point now = Clock::now();
    if (now - looked < between_looks) continue;
    looked = now;
    read_reports();
    check_reports(exchange, own);
    const bool asked = std::ranges::any_of(reports_, [&](const Report& other) { return other.number == number_; });
    if (!told && (asked || now - start > patience)) {
      tell(own);
      told = true;
    }
    if (now - start > deadline) give_up(exchange, own);
    if (now - start > std::chrono::milliseconds(20)) std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
}

MpiTransport::Report MpiTransport::own_report(const Exchange& exchange) const {
  return {.number = number_,
          .collective = static_cast<std::int64_t>(exchange.collective),
          .dtype = static_cast<std::int64_t>(exchange.dtype),
          .root = exchange.root,
          .bytes = static_cast<std::int64_t>(exchange.in.size())};
}

/// Messages are so short that MPI takes them at once, also for ranks that never read them.
void MpiTransport::tell(const Report& report) {
  for (int r = 0; r < size(); ++r)
    if (r != rank_) MPI_Send(&report, sizeof(report), MPI_BYTE, r, report_tag, messages_);
}

void MpiTransport::read_reports() {
  for (;;) {
    int there = 0;
    MPI_Status status;
    if (MPI_Iprobe(MPI_ANY_SOURCE, report_tag, messages_, &there, &status) != MPI_SUCCESS || !there) return;
    Report report;
    MPI_Recv(&report, sizeof(report), MPI_BYTE, status.MPI_SOURCE, report_tag, messages_, MPI_STATUS_IGNORE);
    reports_[static_cast<std::size_t>(status.MPI_SOURCE)] = report;
  }
}

/// Throws where another rank is in the same call, and calls something else or has given up.
void MpiTransport::check_reports(const Exchange& exchange, const Report& own) {
  for (std::size_t r = 0; r < reports_.size(); ++r) {
    const Report& other = reports_[r];
    if (static_cast<int>(r) == rank_ || other.number != number_) continue;
    if (other.gave_up) give_up(exchange, own);
    if (other.same_call(own)) continue;
    end_by_itself();
    tell(own);
    const Exchange theirs{.collective = static_cast<Collective>(other.collective),
                          .dtype = static_cast<DType>(other.dtype),
                          .root = static_cast<int>(other.root),
                          .in = {exchange.in.data(), static_cast<std::size_t>(other.bytes)}};
    refuse("call number " + std::to_string(number_) + " is " + to_string(exchange) + " on this rank, " +
           std::to_string(ranks_[static_cast<std::size_t>(rank_)]) + ", and " + to_string(theirs) + " on " +
           name_of(static_cast<int>(r)) + "; all ranks have to call the same collectives in the same order");
  }
}

/// Says who has not come. The others that are here learn that this one gives up, and have a moment to do the same
/// before it ends the program.
void MpiTransport::give_up(const Exchange& exchange, Report own) {
  own.gave_up = 1;
  end_by_itself();
  tell(own);
  const auto all_gave_up = [&] {
    return std::ranges::all_of(reports_,
                               [&](const Report& other) { return other.number != number_ || other.gave_up != 0; });
  };
  const Clock::time_point start = Clock::now();
  do {
    std::this_thread::sleep_for(between_looks);
    read_reports();
  } while (Clock::now() - start < std::chrono::milliseconds(200) ||
           (!all_gave_up() && Clock::now() - start < std::chrono::seconds(2)));
  std::string missing;
  for (int r = 0; r < size(); ++r) {
    if (r == rank_ || reports_[static_cast<std::size_t>(r)].number >= number_) continue;
    missing += (missing.empty() ? "" : ", ") + name_of(r);
  }
  if (missing.empty()) missing = "no rank is missing, and MPI";
  refuse(missing + " did not come to " + to_string(exchange) + ", call number " + std::to_string(number_) +
         " of this group, within " + text_of(job_->deadline));
}

std::string MpiTransport::name_of(int rank) const {
  const auto of_world = static_cast<std::size_t>(ranks_[static_cast<std::size_t>(rank)]);
  const std::uint64_t own_host =
      job_->processes[static_cast<std::size_t>(ranks_[static_cast<std::size_t>(rank_)])].host;
  return described(static_cast<int>(of_world), fate_of(job_->processes[of_world], own_host));
}

void MpiTransport::refuse(const std::string& reason) const {
  job_->failed = true;
  fail("mpi", reason);
}

void MpiTransport::check(int code, const Exchange& exchange) const {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  refuse(to_string(exchange) + ", call number " + std::to_string(number_) +
         " of this group: " + std::string(text.data(), static_cast<std::size_t>(length)));
}

}  // namespace xgrad::mpi
