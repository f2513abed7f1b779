package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"moorage"
	"moorage/store"
)

const patience = time.Minute

// home is one Moorage: a data folder, and the process that serves it.
type home struct {
	*bench
	data string
	env  []string

	url  string
	cmd  *exec.Cmd
	link string // of the setup; "" when there is an operator
	log  *os.File
}

func (b *bench) newHome(name string, env ...string) *home {
	return &home{bench: b, data: filepath.Join(b.dir, name), env: append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + b.dir, "DOCKER_HOST=" + os.Getenv("DOCKER_HOST"),
		"MOORAGE_DATA=" + filepath.Join(b.dir, name), "MOORAGE_ADDR=127.0.0.1:0",
	}, env...)}
}

var linkPattern = regexp.MustCompile(`http://[^\s]+`)

// start starts the process and waits until it says where it is.
func (h *home) start(ctx context.Context) (began time.Time, err error) {
	if h.log, err = os.OpenFile(h.data+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return began, err
	}
	h.cmd = exec.CommandContext(ctx, h.binary, "serve")
	h.cmd.Env, h.cmd.Stderr = h.env, h.log
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdout, err := h.cmd.StdoutPipe()
	if err != nil {
		return began, err
	}
	began = time.Now()
	if err := h.cmd.Start(); err != nil {
		return began, err
	}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if link := linkPattern.FindString(lines.Text()); link != "" {
			u, err := url.Parse(link)
			if err != nil {
				return began, err
			}
			h.url, h.link = "http://"+u.Host, link
			return began, nil
		}
	}
	return began, fmt.Errorf("moorage serve ended; its log:\n%s", h.tail())
}

func (h *home) tail() string {
	text, err := os.ReadFile(h.data + ".log")
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-4000):])
}

// stop ends the process.
func (h *home) stop() error {
	err := h.cmd.Process.Signal(syscall.SIGTERM)
	return errors.Join(err, h.cmd.Wait(), h.log.Close())
}

// inside opens the database beside the process.
func (h *home) inside(ctx context.Context, do func(db *store.DB) error) error {
	db, err := store.Open(ctx, h.data, time.Now)
	if err != nil {
		return err
	}
	return errors.Join(do(db), db.Close())
}

// operator becomes the operator with the link of the first start, and returns a
// client that is signed in.
func (h *home) operator(ctx context.Context) (*http.Client, moorage.User, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, moorage.User{}, err
	}
	client := &http.Client{Jar: jar, Timeout: patience}
	link, err := url.Parse(h.link)
	if err != nil {
		return nil, moorage.User{}, err
	}
	if _, err := ask(ctx, client, http.MethodPost, h.url+"/setup", url.Values{"code": {link.Query().Get("code")}}); err != nil {
		return nil, moorage.User{}, err
	}
	var operator moorage.User
	err = h.inside(ctx, func(db *store.DB) error {
		people, err := db.Users(ctx)
		if err == nil && len(people) != 1 {
			err = fmt.Errorf("%d people are there after the setup", len(people))
		}
		if err == nil {
			operator = people[0]
		}
		return err
	})
	return client, operator, err
}

// token makes an API token of the operator.
func (h *home) token(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, h.binary, "token", "create", "--name", "bench")
	cmd.Env = h.env
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}

// ask sends a request, with a form when there is one, and returns the body of a
// good answer.
func ask(ctx context.Context, client *http.Client, method, address string, form url.Values) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= 400 {
		err = fmt.Errorf("%s %s: %s: %.300s", method, address, res.Status, body)
	}
	return body, err
}
