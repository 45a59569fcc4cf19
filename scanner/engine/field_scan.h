// Observations with names and texts → signature hits and list entries: the field half of
// matching. Runs in the flow stage, so that the judgement stage sees only what matters.
//
// A process's hits follow the observation of its start (of its image's facts, where these came
// later), and name the process.
#pragma once

#include "scanner/model/observation.h"
#include "scanner/signature/matcher.h"

#include <string_view>
#include <utility>
#include <vector>

namespace scanner {

class FieldScan final : public ObservationSink {
 public:
  // One thread at a time, with that thread's scratch.
  FieldScan(const Matcher& matcher, ObservationSink& next) : matcher_(&matcher), next_(next) {}
  void use(Scratch& scratch) { scratch_ = &scratch; }
  // Another matcher from the next observation on; a scratch of that one must follow.
  void use(const Matcher& matcher) {
    matcher_ = &matcher;
    held_back_.clear();
  }
  // Signatures, by index in the ruleset, whose hits are left out and counted; outlives it.
  void hold_back(const std::vector<std::uint8_t>& suspended) { suspended_ = &suspended; }
  // Whether a hit of this signature is to be left out; counts it.
  bool holds_back(std::uint32_t signature);
  const std::vector<std::uint64_t>& held_back() const { return held_back_; }  // by signature; may be shorter
  // Whether a hit was left out since the last call.
  bool take_held_back() { return std::exchange(left_out_, false); }

  // Passes on what detectors want and what hits; names that mean nothing end here.
  void take(Observation&& observation) override;

 private:
  void scan(const Observation& at, Field field, std::string_view text);
  void scan_process(const Observation& at, const ProcessStarted& started);
  void scan_image(const Observation& at, const std::vector<std::string>& strings);
  void look_up(const Observation& at, Field field, std::string_view host);

  const Matcher* matcher_;
  ObservationSink& next_;
  Scratch* scratch_ = nullptr;
  std::vector<SignatureMatch> matches_;
  const std::vector<std::uint8_t>* suspended_ = nullptr;  // null: none
  std::vector<std::uint64_t> held_back_;
  bool left_out_ = false;
};

}  // namespace scanner
