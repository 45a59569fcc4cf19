#include "scanner/app/agent_signals.h"

#include <csignal>
#include <initializer_list>

namespace scanner {
namespace {

volatile std::sig_atomic_t asked_to_end = 0, asked_to_reload = 0;

void note_end(int signal) {
  asked_to_end = 1;
  std::signal(signal, SIG_DFL);
}
void note_reload(int) { asked_to_reload = 1; }

sigset_t agent_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void block_agent_signals() {
  const sigset_t set = agent_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

AgentSignals::AgentSignals() {
  asked_to_end = 0;
  asked_to_reload = 0;
  handle(SIGTERM, note_end);
  handle(SIGINT, note_end);
  handle(SIGHUP, note_reload);
  const sigset_t set = agent_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

AgentSignals::~AgentSignals() {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) handle(signal, SIG_DFL);
}

bool AgentSignals::stop() const { return asked_to_end != 0; }

bool AgentSignals::take_reload() {
  const bool asked = asked_to_reload != 0;
  asked_to_reload = 0;
  return asked;
}

}  // namespace scanner
