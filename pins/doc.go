// Package pins owns what it means that an offer of a server is the same as the
// one that was approved: it reads what a server lists, hashes each object as a
// whole, refuses what a person would not see, and shows two objects as a diff.
// What is stored of it, and what is held, is the store's; who lists and who is
// offered what, is the runner's.
package pins
