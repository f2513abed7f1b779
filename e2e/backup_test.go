package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAMoorageMovesToAnotherFolderAndItsServerAnswers(t *testing.T) {
	h := start(t)
	env := h.terminal()
	h.publish("mill", mill(`EXPOSE 8080`, `CMD ["/mill", "serve", "http", "1"]`))
	h.wants(append(env, "MILL_KEY=hunter2222"), 0, "It answers.", "Live at ", "deploy", h.github.URL+"/octocat/mill", "--follow", "--secret", "MILL_KEY")
	h.wants(env, 0, "The key has 10 characters.\n", "", "call", "mill", "key_length")
	before := h.engine.containers(h.id())

	file := filepath.Join(t.TempDir(), "moorage.tar.gz")
	said := h.wants(nil, 0, "verified", "", "backup", file) // while it runs
	if !strings.Contains(said, "The master key is not in it.") {
		t.Errorf("it says %q", said)
	}
	h.wants(nil, 75, "", "the data folder is in use", "restore", "--replace", file)
	h.wants(nil, 0, "is whole", "", "restore", "--check", file)
	h.kill()

	key := filepath.Join(h.data, "master.key")
	h.data = filepath.Join(t.TempDir(), "there")
	h.wants(nil, 1, "", "--key", "restore", file)
	h.wants(nil, 0, "is restored to "+h.data, "", "restore", file, "--key", key)
	h.restart()
	h.wants(env, 0, "The key has 10 characters.\n", "", "call", "mill", "key_length") // the token, the secret and the server came along
	if after := h.engine.containers(h.id()); !slices.Equal(before, after) {
		t.Errorf("the container was not taken over: before %v, after %v", before, after)
	}
	h.stop()
}
