// Package deploy takes a deployment from queued to live, one step at a time.
//
// The queue is the database: Enqueue writes a row, a worker claims it by
// compare-and-swap, and every change of status is a row or a conflict. What is
// in memory may be lost at any moment: Recover puts right what a crash left.
//
//	queued → cloning → building → pushing → starting → probing → live
//
// A deployment is a list of steps (see steps.go). Each has a deadline, hears of
// its cancellation through its context, and writes to one masked log. Until the
// switch at the end nothing that is live is touched.
//
// How an image is built is the builder's business, how it runs the runtime's,
// how it is spoken to the runner's.
package deploy
