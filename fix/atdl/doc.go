// Package atdl has the one schema of the algorithms' parameters: the gateway parses
// and judges incoming orders by it, the FIXatdl 1.1 document that a desk loads is
// made from it, and so is the table in docs/desk-fix.md. The three cannot differ.
//
// Units of parsed values are those of fix.Command: parts per million, thousandths,
// Unix nanoseconds. Start reading at Strategies.
package atdl
