package moorage

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Server is one MCP server that this Moorage runs.
type Server struct {
	ID               ServerID
	Slug             string // the word in its URLs
	Name             string // registry name: io.github.acme/weather
	Title            string
	Description      string
	OwnerID          UserID
	Sharing          Sharing  // "": SharingPrivate
	People           []UserID // whom its owner named; they count while it is SharingPeople
	Source           Source
	Config           Config
	Status           ServerStatus
	LiveDeploymentID DeploymentID // "": nothing answers
	HoldChanges      bool         // what it offers new or otherwise waits for its owner
	CreatedAt        time.Time
	UpdatedAt        time.Time
}

// Source is where the code of a server comes from.
type Source struct {
	Origin  Origin
	RepoURL string // https://…, or example:<name> for one that Moorage carries
	Ref     string // branch, tag or commit; "": the default branch
	Subdir  string // slash-separated, inside the repository; "": its root
}

// Origin is the kind of source.
type Origin string

const (
	OriginRepo    Origin = "repo"
	OriginExample Origin = "example"
)

// Config is how a server is built and run. A deployment keeps the one it was
// made with.
type Config struct {
	Build BuildConfig `json:"build"`
	Run   RunConfig   `json:"run"`
}

// BuildConfig says how the source becomes an image.
type BuildConfig struct {
	Dockerfile string `json:"dockerfile,omitempty"` // path in the repository; "": Generated is used
	Context    string `json:"context"`              // folder in the repository that COPY sees; ".": its root
	Generated  string `json:"generated,omitempty"`  // text of a Dockerfile that Moorage wrote
	NoCache    bool   `json:"no_cache,omitempty"`
}

// RunConfig says how the image runs and how it is spoken to.
type RunConfig struct {
	Transport    Transport         `json:"transport"`
	Port         int               `json:"port,omitempty"`    // http and sse; also given to the server as $PORT
	Path         string            `json:"path,omitempty"`    // http and sse; "": see Endpoint
	Command      []string          `json:"command,omitempty"` // instead of the image's own command
	Query        map[string]string `json:"query,omitempty"`   // http and sse: query parameter → variable (smithery.yaml)
	Network      Network           `json:"network"`
	Limits       Limits            `json:"limits"`
	Isolation    Isolation         `json:"isolation,omitempty"`
	Spares       *int              `json:"spares,omitempty"`        // stdio only: instances that wait for a session while the server is in use; 0 to 3, nil: 1
	Replicas     int               `json:"replicas,omitempty"`      // http, sse, and stdio that everybody shares: instances that sessions are spread over; 0: 1, at most 5
	RunAsRoot    bool              `json:"run_as_root,omitempty"`   // relaxed by the owner, after a failed probe
	WritableRoot bool              `json:"writable_root,omitempty"` // likewise
}

// Isolation says which sessions share an instance of a server over stdio. No
// session ever shares one with somebody else but by its owner's choice.
type Isolation string

const (
	IsolationAuto    Isolation = ""        // those of one person that cannot be told apart by the server
	IsolationSession Isolation = "session" // none
	IsolationShared  Isolation = "shared"  // all, of everybody
)

// Valid reports whether i is one of those above.
func (i Isolation) Valid() bool {
	return i == IsolationAuto || i == IsolationSession || i == IsolationShared
}

// MaxSpares is how many instances may wait for a session.
const MaxSpares = 3

// SpareInstances is how many instances wait for a session while the server is
// in use.
func (r RunConfig) SpareInstances() int {
	switch {
	case r.Transport != TransportStdio:
		return 0
	case r.Spares == nil:
		return 1
	}
	return min(max(*r.Spares, 0), MaxSpares)
}

// MaxReplicas is how many instances the sessions of a server may be spread over.
const MaxReplicas = 5

// ReplicaInstances is how many instances answer those who may share one.
func (r RunConfig) ReplicaInstances() int {
	if !r.Transport.Listens() && r.Isolation != IsolationShared {
		return 1
	}
	return min(max(r.Replicas, 1), MaxReplicas)
}

// Transport is how a server speaks MCP.
type Transport string

const (
	TransportStdio Transport = "stdio" // newline-delimited JSON-RPC on stdin and stdout
	TransportHTTP  Transport = "http"  // Streamable HTTP on a port
	TransportSSE   Transport = "sse"   // HTTP with SSE on a port, which came before it (MCP 2024-11-05, basic/transports)
)

// Valid reports whether t is one of those above.
func (t Transport) Valid() bool { return t == TransportStdio || t.Listens() }

// Listens reports whether a server that speaks so listens on a port.
func (t Transport) Listens() bool { return t == TransportHTTP || t == TransportSSE }

// Endpoint is the path that a server that listens is spoken to at: its own, or
// the usual one of its transport.
func (r RunConfig) Endpoint() string {
	switch {
	case r.Path != "":
		return r.Path
	case r.Transport == TransportSSE:
		return "/sse"
	}
	return "/mcp"
}

// Network is what a server may reach.
type Network string

const (
	NetworkInternet Network = "internet" // a bridge of its own
	NetworkNone     Network = "none"
)

// Limits bound one instance. Zero values mean the defaults.
type Limits struct {
	MemoryMB int     `json:"memory_mb,omitempty"` // default 512, at most 2048
	CPUs     float64 `json:"cpus,omitempty"`      // default 1, at most 2
	PIDs     int     `json:"pids,omitempty"`      // default 128, at most 512
}

// Variable is one configuration value of a server. The value of a secret one
// is sealed at rest and never shown again.
type Variable struct {
	Name        string
	Description string
	Secret      bool
	Required    bool
	Value       string // plain value; "" when Secret
	Sealed      []byte // sealed value; nil when not Secret, or not set
	UpdatedAt   time.Time
	UpdatedBy   UserID
}

// IsSet reports whether the variable has a value.
func (v Variable) IsSet() bool { return v.Value != "" || len(v.Sealed) > 0 }

// Caps on the variables of one server.
const (
	MaxVariables     = 100
	MaxVariableValue = 32 << 10 // bytes
)

// CheckValue says why the variable cannot have its value. The error is Invalid.
func (v Variable) CheckValue() error {
	switch {
	case len(v.Value) > MaxVariableValue:
		return Errorf(Invalid, "A value has at most 32 kB.")
	case strings.ContainsRune(v.Value, 0):
		return Errorf(Invalid, "A value cannot hold the character NUL.")
	}
	return nil
}

// Order is what somebody wants deployed: a server, with the values that it
// gets beside those that it has.
type Order struct {
	Server    Server     // without an ID: one that is made
	Variables []Variable // Value in plain, of secret ones too; those left empty keep what they have
	Follow    int64      // GitHub's number of the repository whose pushes deploy it from now on; 0: as it was
	By        UserID
}

// Result is what a tool answered.
type Result struct {
	Object   []byte // JSON: a CallToolResult (MCP 2025-11-25, server/tools), as the server said it
	Instance InstanceID
	Took     time.Duration // from asking the tool to its answer
}

// Instance is one running container of a deployment.
type Instance struct {
	ID           InstanceID
	ServerID     ServerID
	DeploymentID DeploymentID
	ContainerID  string
	Status       InstanceStatus
	StartedAt    time.Time
	LastUsedAt   time.Time
}

var slugPattern = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$`)

// reservedSlugs are words that stand in the place of a slug in some URL.
var reservedSlugs = []string{"name", "new"}

// ValidSlug reports whether s can be the word in a server's URLs: 1 to 48 of
// a–z, 0–9 and hyphens, no hyphen at either end, and no word of our own.
func ValidSlug(s string) bool {
	return slugPattern.MatchString(s) && !slices.Contains(reservedSlugs, s)
}

// CheckSlug says why s cannot be the word in a server's URLs. The error is Invalid.
func CheckSlug(s string) error {
	switch {
	case s == "":
		return Errorf(Invalid, "Give the server a name.")
	case !ValidSlug(s):
		return Errorf(Invalid, "Use 1 to 48 of a–z, 0–9 and hyphens, with no hyphen at either end.")
	}
	return nil
}

// SlugFrom makes a slug from a repository or folder name; "server" when nothing
// is left that can be one.
func SlugFrom(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	s := b.String()
	if len(s) > 48 {
		s = s[:48]
	}
	if s = strings.Trim(s, "-"); !ValidSlug(s) {
		return "server"
	}
	return s
}

// envPattern is POSIX: letters, digits and underscores, no digit first.
var envPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)

// ValidEnvName reports whether s can be the name of a variable.
func ValidEnvName(s string) bool { return envPattern.MatchString(s) }
