package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"time"

	"moorage"
	"moorage/auth"
	"moorage/builder"
	"moorage/builder/clone"
	"moorage/doctor"
	"moorage/github"
	"moorage/runtime/docker"
	"moorage/secrets"
	"moorage/store"
)

const doctorHelp = `Looks at everything that Moorage leans on: the container engine, the registry,
GitHub, the data folder and its disk, the master key, the database, the clock, and
the process that clones. It changes nothing, and works before the first start and
beside a running Moorage; give it the same settings. The exit status is 1 when
something fails.

Examples:
  moorage doctor
  moorage doctor --data /var/lib/moorage --json`

// examine is moorage doctor.
func examine(ctx context.Context, p process, args []string) error {
	flags := newFlags(p, "doctor")
	asJSON := flags.Bool("json", false, "print one JSON document, for programs")
	readSettings := settingFlags(flags, p.getenv)
	if _, err := flags.parse(args); err != nil {
		return err
	}
	config, err := readSettings()
	if err != nil {
		return err
	}
	checks, done, err := checksAtRest(config)
	if err != nil {
		return err
	}
	defer done()
	results := doctor.Examine(ctx, checks)
	write := printResults
	if *asJSON {
		write = printResultsAsJSON
	}
	if err := write(p.stdout, results); err != nil {
		return err
	}
	if doctor.Worst(results) == doctor.Failing {
		return status(1)
	}
	return nil
}

// patient is what the doctor looks at, running or at rest.
type patient struct {
	config    Config
	docker    *docker.Docker
	builder   *builder.Engine
	github    *github.Client
	connected func(ctx context.Context) error
	database  func(ctx context.Context) (store.Condition, error)
}

func (x patient) checks() []doctor.Check {
	host := func(ctx context.Context) (time.Time, error) {
		h, err := x.docker.Host(ctx)
		return h.Clock, err
	}
	return []doctor.Check{
		doctor.Engine(x.docker),
		doctor.Registry(x.config.Registry, x.builder),
		doctor.GitHub(x.config.GitHubURL, x.github.Ping, x.connected),
		doctor.Folder(x.config.Data),
		doctor.Disk(doctor.Place{Name: "data", Path: x.dataFolder}, doctor.Place{Name: "images", Path: x.imageFolder}),
		doctor.MasterKey(x.config.MasterKeyFile, !begun(x.config.Data), func() error {
			_, err := secrets.ReadBox(x.config.MasterKeyFile)
			return err
		}),
		doctor.Database(func(ctx context.Context) (string, int64, int64, error) {
			c, err := x.database(ctx)
			return c.SQLite, c.Schema, c.Knows, err
		}),
		doctor.Clocks(time.Now, doctor.Clock{Name: "the engine", Time: host}, doctor.Clock{Name: "GitHub", Time: x.github.Ping}),
		doctor.Git(func(ctx context.Context) error { return clone.Check(ctx, os.TempDir()) }),
		doctor.Versions(buildVersion(), runtime.Version()),
	}
}

func (x patient) dataFolder(context.Context) (string, error) { return x.config.Data, nil }

// imageFolder is where the engine keeps images, if that is on this machine.
func (x patient) imageFolder(ctx context.Context) (string, error) {
	h, err := x.docker.Host(ctx)
	if err != nil {
		return "", err
	}
	_, err = os.Stat(h.Folder)
	return h.Folder, err
}

// patient is a running Moorage.
func (a *app) patient() patient {
	return patient{
		config: a.config, docker: a.docker, builder: a.builder, github: a.github, database: a.db.Check,
		connected: func(ctx context.Context) error { _, err := a.auth.Connection(ctx); return err },
	}
}

// checksAtRest opens what the doctor looks at without changing it. Done lets go of it.
func checksAtRest(config Config) (checks []doctor.Check, done func(), err error) {
	x := patient{config: config}
	if x.docker, err = docker.New(config.DockerHost, "doctor"); err != nil {
		return nil, nil, err
	}
	x.builder, err = builder.New(builder.Options{DockerHost: config.DockerHost, Registry: registryOf(config)})
	if err != nil {
		return nil, nil, errors.Join(err, x.docker.Close())
	}
	if x.github, err = github.New(github.Options{WebURL: config.GitHubURL, APIURL: config.GitHubAPIURL}); err != nil {
		return nil, nil, errors.Join(err, x.builder.Close(), x.docker.Close())
	}
	x.connected = x.connectedAtRest
	x.database = func(ctx context.Context) (store.Condition, error) {
		db, err := store.OpenToRead(config.Data, time.Now)
		if err != nil {
			return store.Condition{}, err
		}
		defer db.Close()
		return db.Check(ctx)
	}
	return x.checks(), func() { x.builder.Close(); x.docker.Close() }, nil
}

func registryOf(config Config) builder.Registry {
	return builder.Registry{Address: config.Registry, User: config.RegistryUser, Password: config.RegistryPassword}
}

// connectedAtRest reads the connection to GitHub from the data folder. Without
// a database or a key there is nothing to read, of which other checks speak.
func (x patient) connectedAtRest(ctx context.Context) error {
	if x.config.GitHubClientID != "" {
		return nil
	}
	db, err := store.OpenToRead(x.config.Data, time.Now)
	if err != nil {
		return err
	}
	defer db.Close()
	box, err := secrets.ReadBox(x.config.MasterKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return moorage.Errorf(moorage.NotFound, "There is no master key.").Because(err)
	}
	if err != nil {
		return err
	}
	a, err := auth.New(db, box, x.github, authOptions(x.config, slog.New(slog.DiscardHandler)))
	if err != nil {
		return err
	}
	_, err = a.Connection(ctx)
	return err
}

// printResults writes a line for each result, and what to do below it.
func printResults(w io.Writer, results []doctor.Result) error {
	var b strings.Builder
	count := map[doctor.State]int{}
	for _, r := range results {
		count[r.State]++
		fmt.Fprintf(&b, "%-8s %-12s %s\n", r.State, r.Name, plain(r.Says))
		if r.Try != "" {
			fmt.Fprintf(&b, "%22s%s\n", "", plain(r.Try))
		}
		if r.Err != nil {
			fmt.Fprintf(&b, "%22s(%s)\n", "", plain(r.Err.Error()))
		}
	}
	switch failing, warnings := count[doctor.Failing], count[doctor.Warning]; {
	case failing > 0:
		fmt.Fprintf(&b, "\n%d of %d checks fail.\n", failing, len(results))
	case warnings > 0:
		fmt.Fprintf(&b, "\nNothing fails; warnings: %d.\n", warnings)
	default:
		fmt.Fprint(&b, "\nAll is well.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func printResultsAsJSON(w io.Writer, results []doctor.Result) error {
	type check struct {
		Name  string       `json:"name"`
		State doctor.State `json:"state"`
		Says  string       `json:"says"`
		Try   string       `json:"try,omitempty"`
		Cause string       `json:"cause,omitempty"`
	}
	document := struct {
		State  doctor.State `json:"state"`
		Checks []check      `json:"checks"`
	}{State: doctor.Worst(results)}
	for _, r := range results {
		c := check{Name: r.Name, State: r.State, Says: r.Says, Try: r.Try}
		if r.Err != nil {
			c.Cause = r.Err.Error()
		}
		document.Checks = append(document.Checks, c)
	}
	return writeJSON(w, document)
}

// writeJSON writes a document for programs that people can read, too.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
