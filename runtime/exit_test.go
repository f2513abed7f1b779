package runtime_test

import (
	"testing"

	"moorage"
	"moorage/runtime"
)

func TestEveryEndIsExplained(t *testing.T) {
	seen := map[string]bool{}
	for _, exit := range []runtime.Exit{{}, {Code: 1}, {Code: 126}, {Code: 127}, {Code: 137}, {Code: 137, OOMKilled: true}} {
		err := exit.Explain()
		if err.Message == "" || err.Next == "" || seen[err.Message] {
			t.Errorf("%+v is explained by %q, %q", exit, err.Message, err.Next)
		}
		seen[err.Message] = true
	}
	if code := (runtime.Exit{Code: 137, OOMKilled: true}).Explain().Code; code != moorage.Limited {
		t.Errorf("out of memory has the code %s", code)
	}
}
