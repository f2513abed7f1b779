package secrets

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"moorage"
)

const row = "variable/srv_1/API_KEY"

func openBox(t *testing.T) *Box {
	t.Helper()
	box, err := OpenBox(filepath.Join(t.TempDir(), "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func seal(t *testing.T, box *Box, plain string) []byte {
	t.Helper()
	sealed, err := box.Seal([]byte(plain), row)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestASealedValueOpensInItsRow(t *testing.T) {
	box := openBox(t)
	for _, plain := range []string{"", "hunter22", strings.Repeat("long ", 10000)} {
		sealed := seal(t, box, plain)
		if plain != "" && bytes.Contains(sealed, []byte(plain)) {
			t.Error("the sealed value shows the plain one")
		}
		opened, err := box.Open(sealed, row)
		if err != nil || string(opened) != plain {
			t.Errorf("%q opens as %q, %v", plain, opened, err)
		}
	}
}

func TestASealedValueDoesNotOpenInAnotherRow(t *testing.T) {
	box := openBox(t)
	if plain, err := box.Open(seal(t, box, "hunter22"), "variable/srv_2/API_KEY"); err == nil {
		t.Errorf("it opens as %q", plain)
	}
}

func TestASealedValueThatWasChangedAnywhereDoesNotOpen(t *testing.T) {
	box := openBox(t)
	sealed := seal(t, box, "hunter22")
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if plain, err := box.Open(changed, row); err == nil {
			t.Errorf("byte %d changed, and it opens as %q", i, plain)
		}
	}
	for n := range sealed {
		if plain, err := box.Open(sealed[:n], row); err == nil {
			t.Errorf("cut to %d bytes, it opens as %q", n, plain)
		}
	}
}

func TestAValueSealedWithAnotherKeySaysSo(t *testing.T) {
	_, err := openBox(t).Open(seal(t, openBox(t), "hunter22"), row)
	if moorage.ErrorMessage(err) != "A value was sealed with another master key." {
		t.Error(err)
	}
}

func TestTheSameValueIsNeverSealedTheSame(t *testing.T) {
	box := openBox(t)
	if bytes.Equal(seal(t, box, "hunter22"), seal(t, box, "hunter22")) {
		t.Error("two seals are equal")
	}
}

func TestTheKeyIsMadeOnceAndKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "master.key")
	first, err := OpenBox(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != keySize {
		t.Errorf("the key file is %v, %v", info, err)
	}
	second, err := OpenBox(path)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := second.Open(seal(t, first, "hunter22"), row); err != nil || string(plain) != "hunter22" {
		t.Errorf("%q, %v", plain, err)
	}
}

func TestOfManyWhoMakeTheKeyAllGetTheSame(t *testing.T) {
	// Those who find the file before its 32 bytes are written are refused; the
	// ones that are let in agree.
	path := filepath.Join(t.TempDir(), "master.key")
	boxes := make([]*Box, 8)
	var wg sync.WaitGroup
	for i := range boxes {
		wg.Go(func() { boxes[i], _ = OpenBox(path) })
	}
	wg.Wait()
	final, err := OpenBox(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, box := range boxes {
		if box != nil && !bytes.Equal(box.header, final.header) {
			t.Error("two keys were made")
		}
	}
}

func TestAKeyFileThatCannotBeTrustedIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		size int
		mode fs.FileMode
		says string
	}{
		"its group may read it": {keySize, 0o640, "can be read by others (its mode is 0640)"},
		"the world may read it": {keySize, 0o604, "can be read by others (its mode is 0604)"},
		"it is empty":           {0, 0o600, "is 0 bytes long instead of 32"},
		"it is too short":       {keySize - 1, 0o600, "is 31 bytes long instead of 32"},
		"it is too long":        {keySize + 1, 0o600, "is 33 bytes long instead of 32"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "master.key")
			if err := os.WriteFile(path, make([]byte, c.size), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			_, err := OpenBox(path)
			if !strings.Contains(moorage.ErrorMessage(err), c.says) || moorage.ErrorNext(err) == "" {
				t.Errorf("it says %v", err)
			}
		})
	}
}

func TestAFolderIsNoKey(t *testing.T) {
	if _, err := OpenBox(t.TempDir()); moorage.ErrorCode(err) != moorage.Invalid {
		t.Error(err)
	}
}

func TestAKeyFarFromAnyFolderIsNotMade(t *testing.T) {
	if _, err := OpenBox(filepath.Join(t.TempDir(), "mistyped", "folder", "master.key")); err == nil {
		t.Error("a key was made in a folder that was not there")
	}
}

func TestReadingTheKeyMakesNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	if _, err := ReadBox(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key was made: %v", err)
	}
	made, err := OpenBox(path)
	if err != nil {
		t.Fatal(err)
	}
	read, err := ReadBox(path)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := read.Open(seal(t, made, "hunter22"), row); err != nil || string(plain) != "hunter22" {
		t.Errorf("%q, %v", plain, err)
	}
}
