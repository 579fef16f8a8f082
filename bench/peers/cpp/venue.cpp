// A venue on QuickFIX C++: an acceptor with a fixed habit, so that every answer comes up.
//
//   venue SETTINGS
//
// Of the new orders each fifth is rejected; a day order is filled by a third at once and rests;
// an IOC fills in two parts, each fourth by half only. Of the replaces each fourth is refused, the
// others fill a half of what is open. Of the cancels each fourth comes too late. Prices are the orders'
// limits. Commands are those of lines.h; it ends when standard input ends.
#include "lines.h"

#include <quickfix/SocketAcceptor.h>

#include <ctime>
#include <map>
#include <memory>
#include <set>

namespace {

struct Order {
  std::string id, clOrdID, symbol, side, px;
  long qty = 0, cum = 0;
  bool open = true;
  char status() const { return cum == qty ? '2' : !open ? '4' : cum > 0 ? '1' : '0'; }
};

class Venue : public FIX::NullApplication {
 public:
  void onLogon(const FIX::SessionID&) { say("logon"); }
  void onLogout(const FIX::SessionID&) { say("logout"); }

  void fromApp(const FIX::Message& m, const FIX::SessionID& id)
      throw(FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue, FIX::UnsupportedMessageType) {
    session_ = id;
    const std::string type = m.getHeader().getField(35), clOrdID = m.getField(11);
    if (type == "H") return status(m, clOrdID);
    if (type != "D" && type != "G" && type != "F") throw FIX::UnsupportedMessageType();
    if (!taken_.insert(clOrdID).second) say("duplicate", clOrdID);
    if (type == "D") return enter(m, clOrdID);
    std::shared_ptr<Order> o = orders_[m.getField(41)];
    if (type == "G") return replace(m, clOrdID, o);
    cancel(m, clOrdID, o);
  }

 private:
  void enter(const FIX::Message& m, const std::string& clOrdID) {
    auto o = std::make_shared<Order>();
    o->id = "V" + run_ + "-" + std::to_string(++news_);
    o->clOrdID = clOrdID, o->symbol = m.getField(55), o->side = m.getField(54), o->px = m.getField(44);
    o->qty = std::stol(m.getField(38));
    orders_[clOrdID] = o;
    const bool ioc = m.isSetField(59) && m.getField(59) == "3";
    if (news_ % 5 == 3) {
      o->open = false;
      return report(*o, '8', {{39, "8"}, {103, "99"}, {58, "not today"}});
    }
    report(*o, '0', {});
    fill(*o, ioc ? o->qty / 2 : o->qty / 3);
    if (!ioc) return;
    if (++iocs_ % 4 != 0) return fill(*o, o->qty - o->cum);
    o->open = false;
    report(*o, '4', {});
  }

  void replace(const FIX::Message& m, const std::string& clOrdID, const std::shared_ptr<Order>& o) {
    const bool refuse = ++replaces_ % 4 == 2;
    if (!o || !o->open || refuse) return reject(m, clOrdID, o, "2", refuse ? "99" : "0");
    const std::string orig = o->clOrdID;
    o->clOrdID = clOrdID, o->px = m.getField(44), o->qty = std::max(o->cum, std::stol(m.getField(38)));
    o->open = o->cum < o->qty;
    orders_[clOrdID] = o;
    report(*o, '5', {{41, orig}});
    fill(*o, (o->qty - o->cum) / 2);
  }

  void cancel(const FIX::Message& m, const std::string& clOrdID, const std::shared_ptr<Order>& o) {
    if (o && o->open && ++cancels_ % 4 == 2) fill(*o, o->qty - o->cum);
    if (!o || !o->open) return reject(m, clOrdID, o, "1", o ? "0" : "1");
    const std::string orig = o->clOrdID;
    o->open = false, o->clOrdID = clOrdID;
    orders_[clOrdID] = o;
    report(*o, '4', {{41, orig}});
  }

  void status(const FIX::Message& m, const std::string& clOrdID) {
    if (std::shared_ptr<Order> o = orders_[clOrdID]) return report(*o, 'I', {});
    Order none;
    none.id = "NONE", none.clOrdID = clOrdID, none.symbol = m.getField(55), none.side = m.getField(54), none.open = false;
    report(none, 'I', {{39, "8"}, {103, "5"}});
  }

  void fill(Order& o, long qty) {
    if (qty <= 0) return;
    o.cum += qty;
    o.open = o.cum < o.qty;
    report(o, 'F', {{32, std::to_string(qty)}, {31, o.px}});
  }

  void report(const Order& o, char type, const std::map<int, std::string>& more) {
    FIX::Message r;
    r.getHeader().setField(35, "8");
    r.setField(37, o.id);
    r.setField(11, o.clOrdID);
    r.setField(17, run_ + "-" + std::to_string(++execs_));
    r.setField(150, std::string(1, type));
    r.setField(39, std::string(1, o.status()));
    r.setField(55, o.symbol);
    r.setField(54, o.side);
    r.setField(38, std::to_string(o.qty));
    r.setField(14, std::to_string(o.cum));
    r.setField(151, std::to_string(o.open ? o.qty - o.cum : 0));
    r.setField(6, o.cum > 0 ? o.px : "0");
    r.setField(FIX::TransactTime(FIX::UtcTimeStamp(), 3));
    for (const auto& field : more) r.setField(field.first, field.second);
    FIX::Session::sendToTarget(r, session_);
  }

  void reject(const FIX::Message& m, const std::string& clOrdID, const std::shared_ptr<Order>& o, const char* to, const char* why) {
    FIX::Message r;
    r.getHeader().setField(35, "9");
    r.setField(37, o ? o->id : "NONE");
    r.setField(11, clOrdID);
    r.setField(41, m.getField(41));
    r.setField(39, o ? std::string(1, o->status()) : "8");
    r.setField(434, to);
    r.setField(102, why);
    FIX::Session::sendToTarget(r, session_);
  }

  FIX::SessionID session_;
  const std::string run_ = std::to_string(std::time(nullptr));  // so that no id comes twice
  std::map<std::string, std::shared_ptr<Order>> orders_;  // by each ClOrdID it has had
  std::set<std::string> taken_;
  long news_ = 0, iocs_ = 0, replaces_ = 0, cancels_ = 0, execs_ = 0;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::cerr << "usage: venue SETTINGS" << std::endl;
    return 2;
  }
  FIX::SessionSettings settings(argv[1]);
  Venue venue;
  FIX::FileStoreFactory stores(settings);
  LineLogFactory logs;
  FIX::SocketAcceptor acceptor(venue, stores, settings, logs);
  acceptor.start();
  say("open");
  const FIX::SessionID id = *settings.getSessions().begin();
  for (std::string line, word; std::getline(std::cin, line);) {
    std::istringstream in(line);
    in >> word;
    if (!sessionCommand(*FIX::Session::lookupSession(id), word, in)) say("unknown", line);
  }
  acceptor.stop();
  return 0;
} catch (const std::exception& e) {
  std::cerr << e.what() << std::endl;
  return 1;
}
