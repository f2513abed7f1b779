package e2e

import (
	"os"
	"testing"
)

// maxBinary is the largest that the program may become, in bytes.
const maxBinary = 45_000_000

func TestTheProgramStaysSmall(t *testing.T) {
	info, err := os.Stat(moorageBinary)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() >= maxBinary {
		t.Errorf("The program has %d bytes; less than %d are allowed. See go tool nm -size -sort size.", info.Size(), maxBinary)
	}
}
