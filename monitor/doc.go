// Package monitor finds out how the servers are that run: it asks their
// instances, judges, and has written down what it found. A server of which
// nothing runs is not asked: no container is started to see whether it would
// answer. While it asks, it also reads what a server lists that may list
// something else than before.
//
// How an instance is asked is package runner's business, where it is written
// down that of the store, and how it is shown that of handlers.
package monitor
