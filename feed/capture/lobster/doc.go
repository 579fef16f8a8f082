// Package lobster turns a LOBSTER day (message file and N-level order book file in
// one zip) into TotalView-ITCH 5.0, and proves that the result is right.
//
// Units: Row counts from 1; prices are 1e-4 of the currency unit, as both formats
// have them; times are ns since midnight, New York, and market.Nanos where so named.
//
// A LOBSTER day is not a full feed: orders rest from before it starts, and orders
// enter and leave the N-level window without a message. So after each row's own
// messages the importer syncs its book with the row of the book file:
//   - A level that has too little gets a synthetic add: type F, Attribution SYNT, an
//     order reference with the top bit set. Its place in the queue is invented.
//   - A level that has too much loses orders (D, X); so does a level inside the window
//     that the file does not show. Levels deeper than the window stay.
//
// Events of an order that is not known (it rested before the day's file starts, or came
// while its price was out of sight) hit a stand-in at the same price: a synthetic order,
// or one that no later row names. An execution without a stand-in gets a synthetic add
// first, so that traded volume is never lost. The message file is read once beforehand
// to learn the last row that names each order: so the sync takes quantity off orders that
// are gone, not off those that later rows need.
//
// Layout of the output, which Verify and replay rely on:
//   - Everything has Stock Locate 1, system events 0.
//   - TrackingNumber is the row mod 65536; what comes before row 1 has 0, what comes
//     after the last row has the last row's. So a reader knows where a row ends even
//     when a row has no message. 65536 rows without any message are refused.
//   - S 'O', R, H 'T', S 'S' come first at the file's start time, S 'Q' before the first
//     row at or after 09:30, S 'M' after the last row when the file reaches 16:00, S 'C' last.
//
// Invariants:
//   - After each row the first N levels equal the book file's, price and size (Verify).
//   - Shares of E and P add up to those of LOBSTER types 4 and 5 (Verify).
//   - A file that is cut, or contradicts itself, is refused with file, row and reason.
//   - Same input, same bytes. Memory does not grow with the file but for a map entry per order id.
//
// A Day, a Tape and what they return belong to one goroutine. Start reading at
// converter.row.
package lobster
