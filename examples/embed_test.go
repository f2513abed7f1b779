package examples

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

func TestAnExampleIsATreeLikeARepository(t *testing.T) {
	for _, name := range []string{"greeter"} {
		tree, err := FS(name)
		if err != nil {
			t.Fatalf("FS(%q): %v (make assets compiles the programs)", name, err)
		}
		for _, file := range []string{"Dockerfile", "README.md", "main.go", "dist/" + name} {
			if info, err := fs.Stat(tree, file); err != nil || info.Size() == 0 {
				t.Errorf("%s holds no %s: %v", name, file, err)
			}
		}
	}
}

func TestWhatIsNoExampleIsSaidClearly(t *testing.T) {
	for _, name := range []string{"", ".", "..", "../runner", "/greeter", "nothing", "greeter/dist"} {
		_, err := FS(name)
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "there is no example") {
			t.Errorf("FS(%q) = %v", name, err)
		}
	}
}
