package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"

	"golang.org/x/term"

	"moorage"
	"moorage/handlers/api"
)

const deployHelp = `Asks the Moorage at MOORAGE_URL to bring a Git repository live. A server of yours
that has this name and comes from the same repository is deployed again. Prints
the id of the deployment; with --follow its log, until it is settled. Ctrl-C then
leaves it running.

The value of a secret is taken from the environment variable of its name, or else
asked for: without an echo at a terminal, as one line of a pipe. It is sealed by
Moorage and never shown again.

Exit status: 0 live (or, without --follow, in the queue); 1 failed, cancelled or
superseded; 2 not understood.

Examples:
  moorage deploy https://github.com/acme/weather --follow
  moorage deploy https://github.com/acme/tools --subdir mcp --branch next --name tools-next
  API_KEY=… moorage deploy https://github.com/acme/weather --env UNITS=metric --secret API_KEY
  moorage deploy example:greeter --follow` + remoteHelp

// deployRepository asks for a deployment.
func deployRepository(ctx context.Context, p process, args []string) error {
	order := api.DeploymentRequest{Env: map[string]string{}}
	var secret []string
	flags := newFlags(p, "deploy")
	flags.StringVar(&order.Branch, "branch", "", "`branch`, tag or commit; the default branch, or what the server has, when it is not given")
	flags.StringVar(&order.Subdir, "subdir", "", "the `folder` of the repository that holds the server")
	flags.StringVar(&order.Name, "name", "", "the `name` of the server; the repository's when it is not given")
	flags.Func("env", "a variable, `K=V`; may be repeated", func(pair string) error {
		k, v, ok := strings.Cut(pair, "=")
		if !ok || k == "" {
			return errors.New("it is K=V")
		}
		order.Env[k] = v
		return nil
	})
	flags.Func("secret", "the name `K` of a secret variable, never its value; may be repeated", func(k string) error {
		secret = append(secret, k) // checked later: the error of a flag repeats what was given
		return nil
	})
	follow := flags.Bool("follow", false, "print the log until the deployment is settled")
	found, err := flags.parse(args)
	if err != nil {
		return err
	}
	r, err := newRemote(p.getenv)
	if err != nil {
		return err
	}
	order.Repo = found[0]
	if order.Secrets, err = p.secrets(secret); err != nil {
		return err
	}
	var d api.Deployment
	if err := r.fetch(ctx, http.MethodPost, "/api/deployments", order, &d); err != nil {
		return err
	}
	if !*follow {
		fmt.Fprintf(p.stderr, "The deployment of %s is in the queue. To watch it: moorage logs %s --follow\n", d.Server, d.ID)
		_, err := fmt.Fprintln(p.stdout, d.ID)
		return err
	}
	fmt.Fprintf(p.stderr, "Deployment of %s: %s/deployments/%s\n", d.Server, r.base, d.ID)
	return followed(ctx, p, r, d.ID)
}

// secrets finds the values of secret variables: in the environment, or on stdin.
func (p process) secrets(names []string) (map[string]string, error) {
	values := map[string]string{}
	lines := bufio.NewReader(p.stdin)
	for _, k := range slices.Compact(slices.Sorted(slices.Values(names))) {
		if name, _, valued := strings.Cut(k, "="); valued || k == "" {
			return nil, misused("--secret takes the name of a variable alone: --secret %s, its value in the environment or on stdin.\nWhat stands in the arguments can be read by everybody on this machine: change the value if it was real", name)
		}
		if v := p.getenv(k); v != "" {
			values[k] = v
			continue
		}
		v, err := p.ask(k, lines)
		if err != nil {
			return nil, err
		}
		values[k] = v
	}
	return values, nil
}

// ask reads one secret: at a terminal without an echo, else a line.
func (p process) ask(name string, lines *bufio.Reader) (string, error) {
	var value string
	var err error
	if f, ok := p.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprintf(p.stderr, "Value of %s: ", name)
		var typed []byte
		typed, err = term.ReadPassword(int(f.Fd()))
		value = string(typed)
		fmt.Fprintln(p.stderr)
	} else {
		value, err = lines.ReadString('\n')
	}
	value = strings.TrimRight(value, "\r\n")
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return "", fmt.Errorf("read the value of %s: %w", name, err)
	case value == "":
		return "", misused("the secret %s has no value: set the environment variable %s, or give it as a line on stdin", name, name)
	}
	return value, nil
}

// followed prints the log of a deployment until it is settled; the error is
// its result. An interrupt ends the watching only.
func followed(ctx context.Context, p process, r remote, id moorage.DeploymentID) error {
	watching, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	end, err := r.follow(watching, id, p.stdout)
	if watching.Err() != nil && ctx.Err() == nil {
		fmt.Fprintf(p.stderr, "\nThe deployment goes on.\n  To watch it again:  moorage logs %s --follow\n  To cancel it:       moorage cancel %s\n", id, id)
		return status(exitInterrupted)
	}
	if err != nil {
		return err
	}
	return result(p.stderr, end)
}

// result says how a deployment ended; the error is the exit status.
func result(w io.Writer, d api.Deployment) error {
	switch d.Status {
	case moorage.StatusLive:
		fmt.Fprintf(w, "Live at %s\n", d.DeploymentURL)
		return nil
	case moorage.StatusRetired:
		fmt.Fprintln(w, "It was live, and another deployment has taken its place since.")
		return nil
	case moorage.StatusSuperseded:
		fmt.Fprintln(w, "The deployment is superseded: a newer one of the same server and branch goes first.")
		return status(1)
	}
	fmt.Fprintf(w, "The deployment is %s.\n", d.Status)
	if d.Error != nil {
		fmt.Fprintln(w, strings.TrimSpace(plain(d.Error.Message)+" "+plain(d.Error.Next)))
	}
	return status(1)
}
