package builder

import bk "github.com/moby/buildkit/client"

// maxBacklog is as much output as a log keeps.
const maxBacklog = 128 << 20

// backlog passes batches on in their order, and keeps those that nobody has time
// for yet, until in is closed. BuildKit's client drops what is left of a build's
// output when five seconds after its end nobody has taken a batch; on a busy
// machine it may take longer to store one.
func backlog(in <-chan *bk.SolveStatus, out chan<- *bk.SolveStatus) {
	defer close(out)
	var waiting []*bk.SolveStatus
	for bytes, more := 0, true; more || len(waiting) > 0; {
		var from <-chan *bk.SolveStatus
		if more && bytes < maxBacklog {
			from = in
		}
		var to chan<- *bk.SolveStatus
		var next *bk.SolveStatus
		if len(waiting) > 0 {
			to, next = out, waiting[0]
		}
		select {
		case batch, ok := <-from:
			if more = ok; ok {
				waiting = append(waiting, batch)
				bytes += outputOf(batch)
			}
		case to <- next:
			waiting[0] = nil // the array behind lives on
			waiting = waiting[1:]
			bytes -= outputOf(next)
		}
	}
}

// outputOf is how many bytes of output a batch holds.
func outputOf(batch *bk.SolveStatus) (n int) {
	for _, l := range batch.Logs {
		n += len(l.Data)
	}
	return n
}
