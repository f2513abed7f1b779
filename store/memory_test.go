package store

import (
	"testing"
)

func TestWhatIsRememberedIsForgottenAtTheNextWrite(t *testing.T) {
	var m memory
	reads := 0
	read := func() (int, error) { reads++; return reads, nil }
	for range 3 {
		if v, err := remember(&m, "a", read); v != 1 || err != nil {
			t.Fatalf("read %d, %v", v, err)
		}
	}
	if v, _ := remember(&m, "b", read); v != 2 {
		t.Errorf("another key is %d", v)
	}
	m.forget()
	if v, _ := remember(&m, "a", read); v != 3 {
		t.Errorf("after a write it is still %d", v)
	}
}

func TestAReadThatAWriteOvertookIsNotRemembered(t *testing.T) {
	var m memory
	if v, _ := remember(&m, "a", func() (string, error) { m.forget(); return "old", nil }); v != "old" {
		t.Fatal(v)
	}
	if v, _ := remember(&m, "a", func() (string, error) { return "new", nil }); v != "new" {
		t.Errorf("it is %s", v)
	}
	m.put(0, "a", "older")
	if v, _ := remember(&m, "a", func() (string, error) { return "read", nil }); v != "new" {
		t.Errorf("it is %s after a late reader", v)
	}
}
