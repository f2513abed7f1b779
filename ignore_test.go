package moorage_test

import (
	"slices"
	"strings"
	"testing"
)

func TestAnImageIsBuiltOfWhatGitKnows(t *testing.T) {
	ignored := strings.Split(read(t, ".dockerignore"), "\n")
	for _, line := range strings.Split(read(t, ".gitignore"), "\n") {
		pattern := strings.TrimSuffix(strings.Replace(line, "/", "", 1), "/")
		if line != "" && !slices.Contains(ignored, pattern) {
			t.Errorf(".gitignore has %s and .dockerignore has no %s", line, pattern)
		}
	}
}
