package moorage

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestAPersonReadsTheSentenceAndTheLogTheCause(t *testing.T) {
	cause := errors.New("dial tcp 10.0.0.7:443: connection refused")
	err := fmt.Errorf("push image: %w", Errorf(Unavailable, "The registry does not answer.").Try("Check it, then retry.").Because(cause))

	if got := ErrorMessage(err); got != "The registry does not answer." {
		t.Errorf("message: %q", got)
	}
	if got := ErrorNext(err); got != "Check it, then retry." {
		t.Errorf("next: %q", got)
	}
	if got := ErrorCode(err); got != Unavailable {
		t.Errorf("code: %q", got)
	}
	if !strings.Contains(err.Error(), "10.0.0.7") || !errors.Is(err, cause) {
		t.Errorf("the log has lost the cause: %v", err)
	}
}

func TestAnErrorWithoutASentenceSaysNothingOfItsCause(t *testing.T) {
	err := errors.New("SELECT secret FROM somewhere: syntax error")
	if ErrorCode(err) != Internal || strings.Contains(ErrorMessage(err), "secret") {
		t.Errorf("%q: %q", ErrorCode(err), ErrorMessage(err))
	}
	if ErrorCode(nil) != "" {
		t.Error("nil has a code")
	}
}
