package disk_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"moorage"
	"moorage/disk"
)

func at(name, path string) disk.Place {
	return disk.Place{Name: name, Path: func(context.Context) (string, error) {
		if path == "" {
			return "", errors.New("nowhere")
		}
		return path, nil
	}}
}

func TestADiskWithoutRoomIsNamed(t *testing.T) {
	free, err := disk.Free(t.TempDir())
	if err != nil || free <= 0 {
		t.Fatalf("%d, %v", free, err)
	}
	places := []disk.Place{at("the engine", ""), at("a folder that is gone", "/nowhere"), at("the data folder", t.TempDir())}
	if err := (disk.Guard{Least: 1, Places: places}).Enough(t.Context()); err != nil {
		t.Errorf("one byte is wanted: %v", err)
	}
	err = disk.Guard{Least: 1 << 60, Places: places}.Enough(t.Context())
	if moorage.ErrorCode(err) != moorage.Unavailable || !strings.Contains(moorage.ErrorMessage(err), "the data folder") || moorage.ErrorNext(err) == "" {
		t.Errorf("a billion gigabytes are wanted: %v", err)
	}
}

func TestBytesAreReadable(t *testing.T) {
	for n, want := range map[int64]string{0: "0 MB", 640_000_000: "640 MB", 1 << 30: "1.1 GB"} {
		if got := disk.Size(n); got != want {
			t.Errorf("%d bytes are %s, not %s", n, got, want)
		}
	}
}
