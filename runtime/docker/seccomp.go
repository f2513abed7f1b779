package docker

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
)

// seccompDefault is Docker's default profile, unchanged: default.json of
// github.com/moby/profiles/seccomp v0.2.3, Apache-2.0. It is carried along so
// that an old engine gets the rules of a new one.
//
//go:embed seccomp_default.json
var seccompDefault []byte

// seccompDenied are system calls that Docker's default allows, or allows with
// a capability, and that no MCP server needs. A name that ends in * is a prefix.
var seccompDenied = []string{
	// A traced init makes the engine believe that the container has ended while it runs on.
	"ptrace", "process_vm_*",
	// Kernel interfaces with a long record of privilege escalations.
	"add_key", "keyctl", "request_key", "bpf", "perf_event_open", "userfaultfd", "io_uring_*",
	// Namespaces and mounts.
	"unshare", "setns", "mount*", "umount*", "move_mount", "open_tree", "pivot_root",
	"fsopen", "fsconfig", "fsmount", "fspick",
}

// seccompDocument is the part of Docker's profile format that is looked into;
// conditions are passed on as they are.
type seccompDocument struct {
	DefaultAction   string          `json:"defaultAction"`
	DefaultErrnoRet uint            `json:"defaultErrnoRet"`
	ArchMap         json.RawMessage `json:"archMap"`
	Syscalls        []seccompRule   `json:"syscalls"`
}

type seccompRule struct {
	Names    []string        `json:"names"`
	Action   string          `json:"action"`
	ErrnoRet *uint           `json:"errnoRet,omitempty"`
	Args     json.RawMessage `json:"args,omitempty"`
	Comment  string          `json:"comment,omitempty"`
	Includes json.RawMessage `json:"includes,omitempty"`
	Excludes json.RawMessage `json:"excludes,omitempty"`
}

// seccompProfile returns Docker's default profile without what is denied, as
// the JSON that SecurityOpt takes.
func seccompProfile() (string, error) {
	var doc seccompDocument
	if err := json.Unmarshal(seccompDefault, &doc); err != nil {
		return "", err
	}
	for i := range doc.Syscalls {
		doc.Syscalls[i].Names = slices.DeleteFunc(doc.Syscalls[i].Names, isDenied)
	}
	doc.Syscalls = slices.DeleteFunc(doc.Syscalls, func(r seccompRule) bool { return len(r.Names) == 0 })
	b, err := json.Marshal(doc)
	return string(b), err
}

func isDenied(syscall string) bool {
	return slices.ContainsFunc(seccompDenied, func(pattern string) bool {
		if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
			return strings.HasPrefix(syscall, prefix)
		}
		return syscall == pattern
	})
}
