package builder

import (
	"testing"
	"testing/synctest"

	bk "github.com/moby/buildkit/client"
)

func batchOf(bytes int) *bk.SolveStatus {
	return &bk.SolveStatus{Logs: []*bk.VertexLog{{Data: make([]byte, bytes)}}}
}

func TestWhatABuildSaysIsTakenBeforeAnyoneHasTimeForIt(t *testing.T) {
	const batches = 1000
	synctest.Test(t, func(t *testing.T) {
		in, out := make(chan *bk.SolveStatus), make(chan *bk.SolveStatus)
		go backlog(in, out)
		for n := range batches { // nobody takes: a wait would be a deadlock
			in <- batchOf(n)
		}
		close(in)
		n := 0
		for batch := range out {
			if outputOf(batch) != n {
				t.Fatalf("batch %d comes as number %d", outputOf(batch), n)
			}
			n++
		}
		if n != batches {
			t.Errorf("%d of %d batches come", n, batches)
		}
	})
}

func TestTheBacklogIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := make(chan *bk.SolveStatus), make(chan *bk.SolveStatus)
		go backlog(in, out)
		in <- batchOf(maxBacklog)
		synctest.Wait()
		select {
		case in <- batchOf(1):
			t.Error("it takes more than it may keep")
		default:
		}
		<-out
		in <- batchOf(1)
		close(in)
		<-out
		if _, more := <-out; more {
			t.Error("something is left")
		}
	})
}
