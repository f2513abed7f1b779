// Package usage is what the owner of a server sees of its use: how often what
// was called, how long it took, what failed, and what its instances needed.
//
// Whoever hands on a call tells of it when it has ended, which costs no more
// than a place in a queue. One goroutine counts, and writes what it has counted
// down now and then. When it does not keep up, calls are left out and counted as
// such; no call ever waits.
//
// What was asked and answered is nobody's business. Only while the owner of a
// server keeps it, for ten minutes at most, it comes here: without the server's
// secrets, cut, into memory and nowhere else.
package usage
