// Log-ins of protocols that speak in lines: FTP (RFC 959), SMTP (RFC 4954), POP3 (RFC 1939),
// IMAP (RFC 9051). Requests by their command, answers by their code.
//
// A line is judged by its beginning (LineStart); passwords are hashed as they pass and not kept.
#pragma once

#include "scanner/protocol/line_start.h"
#include "scanner/protocol/parser.h"

#include <string_view>

namespace scanner {

class LoginLines {
 public:
  LoginLines(FlowSession& session, Direction sender) : session_(session), sender_(sender), greeting_(session.flow().start_seen) {}

  // Observes what lines in `text` say; they may be cut anywhere.
  void take(Bytes text, const Moment& moment);
  // What was begun is lost, and so is the rest of its line.
  void gap();

 private:
  void judge_request(std::string_view line, const Moment& moment);
  void judge_answer(std::string_view line, const Moment& moment);

  FlowSession& session_;
  Direction sender_;
  LineStart lines_;
  bool lost_ = false;  // the line that is being read has a hole
  bool greeting_;      // of the server: the next line is the first, and answers nothing
};

}  // namespace scanner
