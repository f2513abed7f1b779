package runner

import (
	"fmt"

	"moorage/runtime"
)

// Cause is why a session ended.
type Cause string

const (
	CauseClosed   Cause = "closed"   // its client closed it
	CauseExited   Cause = "exited"   // the server ended, or stopped talking
	CauseReplaced Cause = "replaced" // a new deployment took over
	CauseStopped  Cause = "stopped"  // the server was stopped by its owner
	CauseRevoked  Cause = "revoked"  // its person may not call the server any more
	CauseShutdown Cause = "shutdown" // Moorage stops
)

// Ending is the error of a session that has ended.
type Ending struct {
	Cause  Cause
	Reason string // a sentence
}

func (e *Ending) Error() string { return e.Reason }

// endSentence says how the container of an instance ended, as far as it is
// known; after ended.
func (i *instance) endSentence() string {
	if i.lost {
		return "Docker stopped answering, and nobody can say how the server is. Connect again when it is back."
	}
	return exitSentence(i.exit, i.spec.Run.Limits.MemoryMB)
}

// exitSentence says how a container ended.
func exitSentence(exit runtime.Exit, memoryMB int) string {
	switch {
	case exit.OOMKilled && memoryMB > 0:
		return fmt.Sprintf("The server was ended because it needed more than its %d MB of memory.", memoryMB)
	case exit.OOMKilled:
		return "The server was ended because it needed more memory than it may use."
	case exit.Code == 0:
		return "The server ended by itself."
	default:
		return fmt.Sprintf("The server ended with exit code %d.", exit.Code)
	}
}
