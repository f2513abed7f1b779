package parts

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"moorage"
)

func TestLogChunkSplitsAndSaysItsHeight(t *testing.T) {
	lines := make([]LineView, 450)
	for i := range lines {
		lines[i] = LineView{Seq: int64(i + 1), Stream: moorage.StreamStdout, Text: "x"}
	}
	var out bytes.Buffer
	if err := LogChunk(lines).Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<div class="chunk far n200"><div class="line" id="L1" `, `<div class="chunk far n200"><div class="line" id="L201" `, `<div class="chunk far n60"><div class="line" id="L401" `} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("there is no %s", want)
		}
	}
}

func TestALineSaysWhereItIsFromAndWhen(t *testing.T) {
	var out bytes.Buffer
	line := LineView{Seq: 7, At: time.Date(2026, 11, 20, 19, 1, 41, 5e6, time.UTC), Stream: moorage.StreamStderr, Text: "\x1b[31m<no>"}
	if err := LogChunk([]LineView{line}).Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	want := `<div class="chunk"><div class="line err" id="L7" data-at="1795201301005"><a href="#L7">7</a><span class="f1">&lt;no&gt;</span></div></div>`
	if out.String() != want {
		t.Errorf("the line is\n%s, not\n%s", out.String(), want)
	}
}

func TestOnlyWhatRunsOrFailedIsOpen(t *testing.T) {
	for status, want := range map[moorage.StepStatus]bool{
		moorage.StepRunning: true, moorage.StepFailed: true, moorage.StepDone: false, moorage.StepCancelled: false,
	} {
		if got := (StepView{Status: status}).Open(); got != want {
			t.Errorf("a step that is %s is open: %v", status, got)
		}
	}
}
