package docker

import (
	"encoding/json"
	"slices"
	"testing"
)

func TestTheProfileIsDockersWithoutWhatIsDenied(t *testing.T) {
	profile, err := seccompProfile()
	if err != nil {
		t.Fatal(err)
	}
	was, is := allowed(t, seccompDefault), allowed(t, []byte(profile))
	for name := range is {
		if !was[name] {
			t.Errorf("%s is allowed, and was not", name)
		}
	}
	var gone []string
	for name := range was {
		if !is[name] {
			gone = append(gone, name)
		}
	}
	slices.Sort(gone)
	want := []string{
		"bpf", "fsconfig", "fsmount", "fsopen", "fspick", "mount", "mount_setattr", "move_mount", "open_tree",
		"perf_event_open", "process_vm_readv", "process_vm_writev", "ptrace", "setns", "umount", "umount2", "unshare",
	}
	if !slices.Equal(gone, want) {
		t.Errorf("what is gone:\n%v, want\n%v", gone, want)
	}
	for _, name := range []string{"keyctl", "add_key", "request_key", "userfaultfd", "io_uring_setup", "io_uring_enter"} {
		if is[name] {
			t.Errorf("%s is allowed", name)
		}
	}
	if !is["read"] || !is["clone"] {
		t.Error("nothing can run under this profile")
	}
}

// allowed are the names with a rule that allows them, on whatever condition.
func allowed(t *testing.T, profile []byte) map[string]bool {
	t.Helper()
	var doc seccompDocument
	if err := json.Unmarshal(profile, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.DefaultAction != "SCMP_ACT_ERRNO" {
		t.Errorf("what no rule names gets %s", doc.DefaultAction)
	}
	names := make(map[string]bool)
	for _, rule := range doc.Syscalls {
		for _, name := range rule.Names {
			names[name] = names[name] || rule.Action == "SCMP_ACT_ALLOW"
		}
	}
	return names
}
