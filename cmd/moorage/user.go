package main

import (
	"cmp"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"moorage"
)

// runAs is the environment variable that says, by number, which user Moorage
// becomes when it is started as root. The image sets it. It is no setting of a
// command, because it holds for all of them and before any of them does anything.
const runAs = "MOORAGE_RUN_AS"

// becomeUser makes a process that was started as root the user that the
// environment names, and does nothing for any other. Root is needed to learn
// which group may use the engine's socket and to hand over the data folder, and
// for nothing after that: no way leads back, and children inherit it. Go
// changes all threads of the process.
func becomeUser(getenv func(string) string) error {
	user, err := userNumber(getenv(runAs))
	if err != nil || user == 0 || os.Geteuid() != 0 {
		return err
	}
	if data := getenv("MOORAGE_DATA"); data != "" {
		if err := handOver(data, user); err != nil {
			return moorage.Errorf(moorage.Forbidden, "The data folder %s cannot be handed over to the user %d.", data, user).
				Try("Hand it over yourself, from outside: chown -R %d:%d on the folder or the volume.", user, user).Because(err)
		}
	}
	groups := []int{}
	if group, ok := socketGroup(cmp.Or(getenv("DOCKER_HOST"), defaultEngine)); ok {
		groups = append(groups, group)
	}
	if err := errors.Join(syscall.Setgroups(groups), syscall.Setgid(user), syscall.Setuid(user)); err != nil {
		return moorage.Errorf(moorage.Forbidden, "Moorage was started as root and may not become the user %d.", user).
			Try("Give it the capabilities SETUID and SETGID, or start it as that user, with the group of the engine's socket.").Because(err)
	}
	return nil
}

// socketGroup returns the group of the engine's socket, if it has a socket here.
func socketGroup(host string) (int, bool) {
	u, err := url.Parse(host)
	if err != nil || u.Scheme != "unix" {
		return 0, false
	}
	info, err := os.Stat(u.Path)
	if err != nil {
		return 0, false // the engine's own check says it better
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return int(stat.Gid), ok
}

// handOver makes everything in a folder the user's, and the folder itself
// last: one that is the user's already is done, however the process before
// this one ended. The folder is made if there is none.
func handOver(folder string, user int) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	info, err := os.Lstat(folder)
	if err != nil || ownedBy(info, user) {
		return err
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		if e.IsDir() {
			err = handOver(path, user)
		} else {
			err = os.Lchown(path, user, user)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Lchown(folder, user, user)
}

func ownedBy(info fs.FileInfo, user int) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == user
}

// userNumber reads a number; "" is 0, for no other user.
func userNumber(v string) (int, error) {
	if v == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > 1<<31-2 {
		return 0, misused("%s is %q, which is not the number of a user other than root", runAs, v)
	}
	return n, nil
}
