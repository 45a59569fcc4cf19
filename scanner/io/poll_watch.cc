#include "scanner/io/poll_watch.h"

namespace scanner {
namespace {

class PollWatch final : public HostWatch {
 public:
  explicit PollWatch(std::unique_ptr<HostSurvey> survey) : survey_(std::move(survey)) {}

  std::string_view name() const override { return "poll"; }
  int descriptor() const override { return -1; }
  Duration period() const override { return survey_->options().poll_every; }
  WatchCounters counters() const override { return survey_->counters(); }
  Result<bool> collect(Timestamp now, std::vector<HostRecord>& records, std::size_t most) override {
    survey_->at_time(now);
    return survey_->work(records, records.size() + most);
  }

 private:
  std::unique_ptr<HostSurvey> survey_;
};

}  // namespace

Result<std::unique_ptr<HostWatch>> open_poll_watch(const HostWatchOptions& options) {
  auto survey = HostSurvey::open(options, options.poll_every, options.poll_every);
  if (!survey) return tl::unexpected<Error>(survey.error());
  return std::make_unique<PollWatch>(std::move(*survey));
}

}  // namespace scanner
