// A desk on QuickFIX C++: an initiator that sends what standard input says.
//
//   desk SETTINGS
//   send 35=D|11=A1|...   one message; D, G and F get a TransactTime(60), a 958 begins an entry of the 957 group
//
// and the commands of lines.h. It ends, with a Logout, when standard input ends.
#include "lines.h"

#include <quickfix/Group.h>
#include <quickfix/SocketInitiator.h>

namespace {

class Desk : public FIX::NullApplication {
 public:
  void onLogon(const FIX::SessionID&) { say("logon"); }
  void onLogout(const FIX::SessionID&) { say("logout"); }
};

FIX::Message parse(const std::string& text) {
  FIX::Message m;
  FIX::Group entry(957, 958);
  std::istringstream fields(text);
  bool group = false;
  for (std::string field; std::getline(fields, field, '|');) {
    const std::string::size_type eq = field.find('=');
    const int tag = std::stoi(field.substr(0, eq));
    const std::string value = field.substr(eq + 1);
    if (tag == 35) {
      m.getHeader().setField(tag, value);
    } else if (tag < 958 || tag > 960) {
      m.setField(tag, value);
    } else {
      if (tag == 958 && group) {
        m.addGroup(entry);
        entry = FIX::Group(957, 958);
      }
      entry.setField(tag, value);
      group = true;
    }
  }
  if (group) m.addGroup(entry);
  const std::string type = m.getHeader().getField(35);
  if (type == "D" || type == "G" || type == "F") m.setField(FIX::TransactTime(FIX::UtcTimeStamp(), 3));
  return m;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::cerr << "usage: desk SETTINGS" << std::endl;
    return 2;
  }
  FIX::SessionSettings settings(argv[1]);
  Desk desk;
  FIX::FileStoreFactory stores(settings);
  LineLogFactory logs;
  FIX::SocketInitiator initiator(desk, stores, settings, logs);
  initiator.start();
  const FIX::SessionID id = *settings.getSessions().begin();
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream in(line);
    std::string word, rest;
    in >> word;
    if (word == "send" && std::getline(in >> std::ws, rest)) {
      FIX::Message m = parse(rest);
      if (!FIX::Session::sendToTarget(m, id)) say("unsent", rest);
    } else if (!sessionCommand(*FIX::Session::lookupSession(id), word, in)) {
      say("unknown", line);
    }
  }
  initiator.stop();
  return 0;
} catch (const std::exception& e) {
  std::cerr << e.what() << std::endl;
  return 1;
}
