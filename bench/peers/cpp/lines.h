// What both programs share: each message on the wire and each event of the session is a
// line on standard output, '|' for SOH, and standard input is a list of commands.
#pragma once

#include <quickfix/Application.h>
#include <quickfix/FileStore.h>
#include <quickfix/Log.h>
#include <quickfix/Session.h>
#include <quickfix/SessionSettings.h>

#include <algorithm>
#include <iostream>
#include <mutex>
#include <sstream>
#include <string>

inline void say(const std::string& word, std::string text = "") {
  static std::mutex mutex;
  std::replace(text.begin(), text.end(), '\x01', '|');
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::lock_guard<std::mutex> lock(mutex);
  std::cout << word << ' ' << text << std::endl;
}

class LineLog : public FIX::Log {
 public:
  void clear() {}
  void backup() {}
  void onIncoming(const std::string& m) { say("in", m); }
  void onOutgoing(const std::string& m) { say("out", m); }
  void onEvent(const std::string& text) { say("event", text); }
};

class LineLogFactory : public FIX::LogFactory {
 public:
  FIX::Log* create() { return new LineLog; }
  FIX::Log* create(const FIX::SessionID&) { return new LineLog; }
  void destroy(FIX::Log* log) { delete log; }
};

// Commands of the session, for both roles:
//   gap N     leaves out N numbers: the peer asks for them, QuickFIX fills the gap
//   forget N  expects N numbers again: QuickFIX asks the peer for them
//   reset N   the same by a SequenceReset of Reset mode, 123=N
//   drop      closes the connection without a Logout
//   numbers   says the next numbers, out and in
inline bool sessionCommand(FIX::Session& s, const std::string& word, std::istream& rest) {
  int n = 0;
  if (word == "gap" && rest >> n) {
    s.setNextSenderMsgSeqNum(s.getExpectedSenderNum() + n);
  } else if (word == "forget" && rest >> n) {
    s.setNextTargetMsgSeqNum(std::max(1, s.getExpectedTargetNum() - n));
  } else if (word == "reset" && rest >> n) {
    const int next = s.getExpectedSenderNum() + n;
    FIX::Message m;
    m.getHeader().setField(35, "4");
    m.setField(123, "N");
    m.setField(36, std::to_string(next));
    s.send(m);
    s.setNextSenderMsgSeqNum(next);
  } else if (word == "drop") {
    s.disconnect();
  } else if (word == "numbers") {
    say("numbers", std::to_string(s.getExpectedSenderNum()) + " " + std::to_string(s.getExpectedTargetNum()));
  } else {
    return false;
  }
  return true;
}
