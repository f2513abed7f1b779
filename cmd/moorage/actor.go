package main

import (
	"cmp"
	"os"
	"os/user"
	"strconv"

	"moorage"
)

// atTheMachine is who the audit log says that ran a command here.
func atTheMachine() moorage.Actor {
	a := moorage.Actor{Means: moorage.MeansCommand, Login: strconv.Itoa(os.Getuid())}
	if u, err := user.Current(); err == nil { // in a container the number may be all there is
		a.Login = cmp.Or(u.Username, a.Login)
	}
	return a
}
