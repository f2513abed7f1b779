package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"moorage/failpoint"
)

// Config is everything that can be set from outside. It is read once, at start.
type Config struct {
	Addr             string
	URL              *url.URL // nil: http:// and Addr
	Data             string
	Admins           []string
	GitHubClientID   string
	GitHubSecret     string
	GitHubURL        string
	GitHubAPIURL     string
	Registry         string
	RegistryUser     string
	RegistryPassword string
	DockerHost       string
	MasterKeyFile    string
	BuildConcurrency int
	BuildTimeout     time.Duration
	IdleTimeout      time.Duration
	HealthInterval   time.Duration
	Backups          string // folder; "": none is made by itself
	BackupKeep       int
	MinFree          int64 // bytes
	LogKeep          int
	TrustedProxies   []netip.Prefix
	CORSOrigins      []string
	Collector        string // of OpenTelemetry; "": no traces
	AllowLocalRepos  bool
	Failpoints       *failpoint.Set // of serve, and nil but in tests: no setting, but failpoint.Env
}

const defaultEngine = "unix:///var/run/docker.sock"

// setting is one row of the configuration: its environment variable, which is
// also its flag (MOORAGE_BUILD_TIMEOUT is -build-timeout), and how it is read.
type setting struct {
	env   string
	value string // default
	usage string
	set   func(c *Config, v string) error
}

var settings = []setting{
	{"MOORAGE_ADDR", "127.0.0.1:8080", "address to listen on", func(c *Config, v string) error { c.Addr = v; return checkAddr(v) }},
	{"MOORAGE_URL", "", "public base URL; empty: http:// and the address", func(c *Config, v string) (err error) { c.URL, err = baseURL(v); return err }},
	{"MOORAGE_DATA", "./data", "data folder", func(c *Config, v string) (err error) { c.Data, err = filepath.Abs(v); return err }},
	{"MOORAGE_ADMINS", "", "GitHub logins or numeric ids of the admins, comma-separated", func(c *Config, v string) error { c.Admins = list(v); return checkAdmins(c.Admins) }},
	{"MOORAGE_GITHUB_CLIENT_ID", "", "client id of the GitHub App or OAuth App", func(c *Config, v string) error { c.GitHubClientID = v; return nil }},
	{"MOORAGE_GITHUB_CLIENT_SECRET", "", "client secret of the same", func(c *Config, v string) error { c.GitHubSecret = v; return nil }},
	{"MOORAGE_GITHUB_URL", "https://github.com", "GitHub, or a GitHub Enterprise", func(c *Config, v string) (err error) { c.GitHubURL, err = webURL(v); return err }},
	{"MOORAGE_GITHUB_API_URL", "https://api.github.com", "the API of GitHub", func(c *Config, v string) (err error) { c.GitHubAPIURL, err = webURL(v); return err }},
	{"MOORAGE_REGISTRY", "", "where images are pushed, host/path; empty: they stay in the engine", func(c *Config, v string) error { c.Registry = strings.TrimSuffix(v, "/"); return checkRegistry(v) }},
	{"MOORAGE_REGISTRY_USER", "", "user of the registry", func(c *Config, v string) error { c.RegistryUser = v; return nil }},
	{"MOORAGE_REGISTRY_PASSWORD", "", "password of the registry", func(c *Config, v string) error { c.RegistryPassword = v; return nil }},
	{"DOCKER_HOST", defaultEngine, "the container engine", func(c *Config, v string) error { c.DockerHost = v; return checkDockerHost(v) }},
	{"MOORAGE_MASTER_KEY_FILE", "", "the key that seals secrets; empty: master.key in the data folder", func(c *Config, v string) error { c.MasterKeyFile = v; return nil }},
	{"MOORAGE_BUILD_CONCURRENCY", "1", "builds at the same time", func(c *Config, v string) (err error) { c.BuildConcurrency, err = number(v, 1, 64); return err }},
	{"MOORAGE_BUILD_TIMEOUT", "20m", "the longest that a build may take", func(c *Config, v string) (err error) { c.BuildTimeout, err = duration(v, 10*time.Second); return err }},
	{"MOORAGE_IDLE_TIMEOUT", "5m", "an instance that nobody uses for this long is stopped", func(c *Config, v string) (err error) { c.IdleTimeout, err = duration(v, time.Second); return err }},
	{"MOORAGE_HEALTH_INTERVAL", "30s", "how often each server that runs is asked whether it answers", func(c *Config, v string) (err error) { c.HealthInterval, err = duration(v, time.Second); return err }},
	{"MOORAGE_BACKUPS", "", "folder for the backup of every night, or off; empty: backups in the data folder", func(c *Config, v string) error { c.Backups = v; return nil }},
	{"MOORAGE_MIN_FREE", "1GiB", "with less room on a disk nothing is deployed", func(c *Config, v string) (err error) { c.MinFree, err = bytesOf(v); return err }},
	{"MOORAGE_LOG_KEEP", "50", "of how many deployments of each server the log is kept", func(c *Config, v string) (err error) { c.LogKeep, err = number(v, 1, 10_000); return err }},
	{"MOORAGE_BACKUP_KEEP", "7", "how many backups are kept", func(c *Config, v string) (err error) { c.BackupKeep, err = number(v, 1, 1000); return err }},
	{"MOORAGE_TRUSTED_PROXIES", "", "addresses or networks whose X-Forwarded-For is believed, comma-separated", func(c *Config, v string) (err error) { c.TrustedProxies, err = prefixes(v); return err }},
	{"MOORAGE_CORS_ORIGINS", "", "origins of other sites whose pages may be MCP clients, comma-separated", func(c *Config, v string) (err error) { c.CORSOrigins, err = origins(v); return err }},
	{"OTEL_EXPORTER_OTLP_ENDPOINT", "", "base URL of an OpenTelemetry collector that gets traces of calls, by HTTP; empty: none", func(c *Config, v string) (err error) { c.Collector, err = collectorURL(v); return err }},
	{"MOORAGE_ALLOW_LOCAL_REPOS", "false", "development: allow file:// and private addresses as Git URLs", func(c *Config, v string) (err error) { c.AllowLocalRepos, err = strconv.ParseBool(v); return err }},
}

func (s setting) flag() string {
	name := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(s.env, "MOORAGE_")), "_", "-")
	if s.secret() {
		name += "-file"
	}
	return name
}

// secret settings have a flag that names a file: what stands in argv can be
// read by everybody on the machine.
func (s setting) secret() bool {
	return strings.HasSuffix(s.env, "_SECRET") || strings.HasSuffix(s.env, "_PASSWORD")
}

// readConfig reads the settings for a command that has no flags of its own.
func readConfig(p process, command string, args []string) (Config, error) {
	flags := newFlags(p, command)
	config := settingFlags(flags, p.getenv)
	if _, err := flags.parse(args); err != nil {
		return Config{}, err
	}
	return config()
}

// settingFlags gives a command a flag for each setting. What it returns reads
// them when the flags are parsed: the flags, then the environment, then the
// defaults. It returns every fault at once.
func settingFlags(flags *flags, getenv func(string) string) func() (Config, error) {
	given := map[string]*string{}
	for _, s := range settings {
		given[s.env] = flags.String(s.flag(), "", s.help())
	}
	return func() (Config, error) {
		var c Config
		var faults []error
		for _, s := range settings {
			v, err := s.read(*given[s.env], getenv)
			if err == nil {
				err = s.set(&c, v)
			}
			if err != nil {
				faults = append(faults, fmt.Errorf("%s (--%s): %w", s.env, s.flag(), err))
			}
		}
		return c, errors.Join(append(faults, c.check()...)...)
	}
}

// help is what stands behind the flag: "data folder (MOORAGE_DATA, ./data)".
func (s setting) help() string {
	if s.value == "" {
		return fmt.Sprintf("%s (%s)", s.usage, s.env)
	}
	return fmt.Sprintf("%s (%s, %s)", s.usage, s.env, s.value)
}

// isSetting reports whether a flag is that of a setting.
func isSetting(flag string) bool {
	return slices.ContainsFunc(settings, func(s setting) bool { return s.flag() == flag })
}

// read gives the value of a setting: of its flag, of the environment, or the default.
func (s setting) read(flag string, getenv func(string) string) (string, error) {
	if flag != "" && s.secret() {
		b, err := os.ReadFile(flag)
		return strings.TrimSpace(string(b)), err
	}
	return cmp.Or(flag, getenv(s.env), s.value), nil
}

// check finds what is wrong between settings, and fills in what follows from others.
func (c *Config) check() []error {
	if c.URL == nil {
		c.URL = &url.URL{Scheme: "http", Host: reachable(c.Addr)}
	}
	if c.MasterKeyFile == "" {
		c.MasterKeyFile = filepath.Join(c.Data, "master.key")
	}
	switch c.Backups {
	case "":
		c.Backups = filepath.Join(c.Data, "backups")
	case "off":
		c.Backups = ""
	}
	var faults []error
	for _, row := range []struct {
		bad     bool
		message string
	}{
		{(c.GitHubClientID == "") != (c.GitHubSecret == ""), "MOORAGE_GITHUB_CLIENT_ID and MOORAGE_GITHUB_CLIENT_SECRET go together: set both, or none and connect GitHub in the browser"},
		{c.RegistryPassword != "" && c.RegistryUser == "", "MOORAGE_REGISTRY_PASSWORD needs MOORAGE_REGISTRY_USER"},
		{c.RegistryUser != "" && c.Registry == "", "MOORAGE_REGISTRY_USER needs MOORAGE_REGISTRY"},
		{c.URL.Scheme == "http" && !loopback(c.URL.Hostname()), "MOORAGE_URL must be https unless it is on this machine: a session cookie would travel in the clear"},
	} {
		if row.bad {
			faults = append(faults, errors.New(row.message))
		}
	}
	return faults
}

func checkAddr(v string) error {
	_, port, err := net.SplitHostPort(v)
	if err != nil {
		return fmt.Errorf("%q is not host:port, such as 127.0.0.1:8080", v)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("%q has no port between 0 and 65535", v)
	}
	return nil
}

var (
	adminPattern    = regexp.MustCompile(`^(?:[0-9]{1,19}|[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99}))$`)
	registryPattern = regexp.MustCompile(`^[a-z0-9.-]+(?::[0-9]{1,5})?(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*/?$`)
)

func checkAdmins(admins []string) error {
	for _, a := range admins {
		if !adminPattern.MatchString(a) {
			return fmt.Errorf("%q is neither a GitHub login nor a numeric id", a)
		}
	}
	return nil
}

func checkRegistry(v string) error {
	if v != "" && !registryPattern.MatchString(v) {
		return fmt.Errorf("%q is not host/path, such as registry.example.com/moorage", v)
	}
	return nil
}

func checkDockerHost(v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "unix" && u.Scheme != "tcp" && u.Scheme != "npipe" {
		return fmt.Errorf("%q is not an engine's address, such as unix:///var/run/docker.sock", v)
	}
	return nil
}

func list(v string) []string {
	return strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })
}

func number(v string, least, most int) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%q is not a number from %d to %d", v, least, most)
	}
	return n, nil
}

func duration(v string, least time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(v)
	if err != nil || d < least {
		return 0, fmt.Errorf("%q is not a duration of at least %s, such as 5m or 90s", v, least)
	}
	return d, nil
}

func prefixes(v string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, s := range list(v) {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, err := netip.ParseAddr(s)
			if err != nil {
				return nil, fmt.Errorf("%q is neither an address nor a network such as 10.0.0.0/8", s)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		all = append(all, p)
	}
	return all, nil
}

// loopback reports whether host can only be this machine.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
