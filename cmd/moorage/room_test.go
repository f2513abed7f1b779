package main

import "testing"

func TestSizesAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "512KiB": 512 << 10, "8MiB": 8 << 20, "1GiB": 1 << 30, "1.5GiB": 3 << 29} {
		if got, err := bytesOf(text); got != want || err != nil {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "1", "1GB", "-1MiB", "MiB", "much", "9999999999GiB", "NaNGiB"} {
		if got, err := bytesOf(text); err == nil {
			t.Errorf("%q is taken for %d", text, got)
		}
	}
}
