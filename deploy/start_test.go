package deploy_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"moorage"
	"moorage/builder"
	"moorage/runtime"
)

func TestVariablesThatAreNeededAreAskedForByName(t *testing.T) {
	r := newRig(t)
	r.variable("HARBOUR_KEY", "", true)
	r.variable("HARBOUR_USER", "", true)
	r.variable("HARBOUR_PIN", "", false)
	r.run()
	d := r.deploy()
	r.wants(d, moorage.StatusFailed)
	if d.Error != "The server needs the variables HARBOUR_KEY and HARBOUR_USER, which are not set." ||
		d.ErrorNext != "Set them under Variables, then redeploy." {
		t.Errorf("it says %q %q", d.Error, d.ErrorNext)
	}
	if r.script.times("start") != 0 {
		t.Error("it was started all the same")
	}

	r.variable("HARBOUR_KEY", "open sesame", true)
	r.variable("HARBOUR_USER", "ada lovelace", true)
	again, err := r.pipeline.Retry(r.ctx, d.ID, r.user)
	must(t, err)
	r.wants(r.settled(again.ID), moorage.StatusLive)
	if r.script.env["HARBOUR_KEY"] != "open sesame" || len(r.script.env) != 2 {
		t.Errorf("it was started with %d variables", len(r.script.env))
	}
}

func TestAVariableThatAServerDiedOfIsAskedFor(t *testing.T) {
	r := newRig(t)
	r.script.output = "error: missing required environment variable HARBOUR_KEY\n"
	r.script.exit = &runtime.Exit{Code: 1}
	r.script.on("probe", func(context.Context, builder.Progress) error { return errors.New("no answer") })
	r.run()
	r.wants(r.deploy(), moorage.StatusFailed)
	vars, err := r.db.Variables(r.ctx, r.server.ID)
	must(t, err)
	if len(vars) != 1 || vars[0].Name != "HARBOUR_KEY" || !vars[0].Secret || vars[0].IsSet() {
		t.Errorf("the server asks for %+v", vars)
	}
}

func TestAServerThatFailsItsProbeIsUnderstood(t *testing.T) {
	silence := errors.New("no answer")
	for name, c := range map[string]struct {
		output string
		exit   *runtime.Exit
		change func(*moorage.Config)
		cause  error
		says   string
		next   string
	}{
		"a key is missing": {
			output: "\x1b[31mError: WEATHER_API_KEY environment variable is required\x1b[0m\n    at main.js:3\n",
			exit:   &runtime.Exit{Code: 1}, cause: silence,
			says: "The server needs the variable WEATHER_API_KEY, which is not set.",
			next: "Set it under Variables, then redeploy.",
		},
		"a known variable is named": {
			output: "please provide token\nKeyError: 'TOKEN'\n", exit: &runtime.Exit{Code: 1}, cause: silence,
			says: "The server needs the variable TOKEN, which is not set.",
			next: "Set it under Variables, then redeploy.",
		},
		"a variable that is set is not asked for": {
			output: "HARBOUR_KEY is required to be valid\n", exit: &runtime.Exit{Code: 3}, cause: silence,
			says: "The server ended with code 3. Its last words: HARBOUR_KEY is required to be valid",
		},
		"a module is missing": {
			output: "Error [ERR_MODULE_NOT_FOUND]: Cannot find package\n", exit: &runtime.Exit{Code: 1}, cause: silence,
			says: "The server ended with code 1. Its last words: Error [ERR_MODULE_NOT_FOUND]: Cannot find package",
		},
		"the root is read-only": {
			output: "OSError: [Errno 30] Read-only file system: '/app/cache'\n", exit: &runtime.Exit{Code: 1}, cause: silence,
			says: "The server writes to its own file system, which is read-only: OSError: [Errno 30] Read-only file system: '/app/cache'",
			next: "Have it write below /tmp, or allow “Writable root file system” under Settings, then redeploy.",
		},
		"root is wanted": {
			output: "mkdir: /var/lib/x: Permission denied\n", exit: &runtime.Exit{Code: 1}, cause: silence,
			says: "The server was not allowed to do what it tried: mkdir: /var/lib/x: Permission denied",
			next: "It runs as an ordinary user. When it must be root, allow “Run as root” under Settings, then redeploy.",
		},
		"root was not enough": {
			output: "mkdir: /var/lib/x: Permission denied\n", exit: &runtime.Exit{Code: 1}, cause: silence,
			change: func(c *moorage.Config) { c.Run.RunAsRoot = true },
			says:   "The server ended with code 1. Its last words: mkdir: /var/lib/x: Permission denied",
		},
		"memory was short": {
			exit: &runtime.Exit{Code: 137, OOMKilled: true}, cause: silence,
			says: "The server needed more memory than it may use.",
		},
		"the prober knows": {
			output: "hello\n", cause: moorage.Errorf(moorage.Invalid, "The server speaks something else than MCP."),
			says: "The server speaks something else than MCP.",
		},
		"nothing is known": {
			cause: silence,
			says:  "The server did not answer on its standard input and output within 30 seconds.",
		},
		"nothing is known over HTTP": {
			cause: silence, change: func(c *moorage.Config) { *c = overHTTP() },
			says: "The server did not answer on port 8000 at /mcp within 30 seconds.",
		},
		"nothing is known over the old HTTP+SSE": {
			cause: silence, change: func(c *moorage.Config) { *c = overHTTP(); c.Run.Transport = moorage.TransportSSE },
			says: "The server did not answer on port 8000 at /sse within 30 seconds.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.variable("TOKEN", "", false)
			r.variable("HARBOUR_KEY", "open sesame", false)
			config := stdio()
			if c.change != nil {
				c.change(&config)
			}
			r.configure(config)
			r.script.output, r.script.exit = c.output, c.exit
			r.script.on("probe", func(context.Context, builder.Progress) error { return c.cause })
			r.run()
			d := r.deploy()
			r.wants(d, moorage.StatusFailed)
			if d.Error != c.says || (c.next != "" && d.ErrorNext != c.next) || d.ErrorNext == "" {
				t.Errorf("it says %q, %q", d.Error, d.ErrorNext)
			}
			for line := range strings.Lines(c.output) {
				if !strings.Contains(r.text(d.ID), strings.TrimSpace(line)) {
					t.Errorf("the log lacks %q", line)
				}
			}
			if r.script.alive() != 0 {
				t.Error("its container was left")
			}
		})
	}
}

func TestSecretsAreNeitherInTheLogNorInErrors(t *testing.T) {
	const secret = "kraken-7f3a9c"
	r := newRig(t)
	r.variable("HARBOUR_KEY", secret, true)
	r.script.output = "my key is kraken-7f3a9c\n"
	r.script.on("build", func(_ context.Context, p builder.Progress) error {
		n := p.Begin("RUN login "+secret, r.server.CreatedAt)
		p.Write(n, moorage.StreamStdout, r.server.CreatedAt, []byte("first krak"))
		p.Write(n, moorage.StreamStderr, r.server.CreatedAt, []byte("second kraken-7"))
		p.Write(n, moorage.StreamStdout, r.server.CreatedAt, []byte("en-7f3a9c\n"))
		p.Write(n, moorage.StreamStderr, r.server.CreatedAt, []byte("f3a9c"))
		p.End(n, moorage.StepDone, false, r.server.CreatedAt)
		return nil
	})
	r.script.on("probe", func(context.Context, builder.Progress) error {
		return moorage.Errorf(moorage.Invalid, "It hates %s.", secret).Try("Change %s.", secret).Because(fmt.Errorf("bad %s", secret))
	})
	r.run()
	d := r.deploy()
	r.wants(d, moorage.StatusFailed)
	text := r.text(d.ID)
	for _, want := range []string{"first ***\n", "second ***\n", "my key is ***\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %q:\n%s", want, text)
		}
	}
	steps, err := r.db.Steps(r.ctx, d.ID)
	must(t, err)
	for where, what := range map[string]string{
		"log": text, "error": d.Error + d.ErrorNext, "steps": fmt.Sprint(steps), "our own log": r.log.String(),
	} {
		if strings.Contains(what, secret) {
			t.Errorf("the %s shows it:\n%s", where, what)
		}
	}
}
