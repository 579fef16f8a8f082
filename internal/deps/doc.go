// Package deps holds, as tests over the source, what the architecture forbids: the
// import line, who may use which outside module, and what the pure core may never
// do (docs/adr/0003-pure-core.md); and pages whose links lead nowhere. It has no code of its own.
//
// Every rule stands in a table with its reason and with snippets that it must
// catch and must let pass: a check that cannot fail is worth nothing. Start reading
// at line_test.go, then rules_test.go.
package deps
