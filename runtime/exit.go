package runtime

import (
	"fmt"

	"moorage"
)

// Exit is how a container ended.
type Exit struct {
	Code      int
	OOMKilled bool // the engine's word; older engines sometimes miss it: then the code is 137
}

// Ended is the error, or a cause of it, of who talked to a server that ended
// meanwhile by itself.
type Ended struct{ Exit }

func (e Ended) Error() string { return fmt.Sprintf("the container ended with code %d", e.Code) }

// Codes by which an init says that it could not run the command, as shells do (POSIX).
const (
	exitNotExecutable = 126
	exitNotFound      = 127
	exitKilled        = 128 + 9 // by SIGKILL
)

// Explain says in a sentence how a server ended that nobody asked to, and what
// to try. It is never nil.
func (e Exit) Explain() *moorage.Error {
	switch {
	case e.OOMKilled:
		return moorage.Errorf(moorage.Limited, "The server needed more memory than it may use.").
			Try("Raise its memory limit in the settings of the server.")
	case e.Code == exitKilled:
		return moorage.Errorf(moorage.Limited, "The server was killed, most likely because it needed more memory than it may use.").
			Try("Raise its memory limit in the settings of the server.")
	case e.Code == exitNotFound:
		return moorage.Errorf(moorage.Invalid, "The command of the server is not in the image.").
			Try("Check the command, and what the Dockerfile copies.")
	case e.Code == exitNotExecutable:
		return moorage.Errorf(moorage.Invalid, "The command of the server may not be executed.").
			Try("Add chmod +x to the Dockerfile.")
	case e.Code == 0:
		return moorage.Errorf(moorage.Invalid, "The server ended by itself.").
			Try("Check that its command starts a server and does not wait for a terminal.")
	}
	return moorage.Errorf(moorage.Invalid, "The server ended with code %d.", e.Code).
		Try("Read what it printed last.")
}
