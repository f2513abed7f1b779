package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/store"
)

const dep = moorage.DeploymentID("dep_1")

func appendLog(t *testing.T, db *store.DB, id moorage.DeploymentID, from int64, texts ...string) {
	t.Helper()
	var lines []moorage.LogLine
	for i, text := range texts {
		lines = append(lines, moorage.LogLine{Seq: from + int64(i), Step: 1, Stream: moorage.StreamStdout, Text: text})
	}
	must(t, db.AppendLog(t.Context(), id, lines))
}

func texts(lines []moorage.LogLine) []string {
	var list []string
	for _, l := range lines {
		list = append(list, l.Text)
	}
	return list
}

func TestALogIsReadFromACursor(t *testing.T) {
	db, clock := open(t)
	want := moorage.LogLine{Seq: 1, Step: 3, Stream: moorage.StreamStderr, At: clock.Now().Add(-time.Second), Text: "\x1b[31mno\x1b[0m"}
	must(t, db.AppendLog(t.Context(), dep, []moorage.LogLine{want}))
	appendLog(t, db, dep, 2, "two", "three", "four")
	appendLog(t, db, "dep_2", 1, "another log")

	lines := get[[]moorage.LogLine](t)(db.LogLines(t.Context(), dep, 0, 2))
	wantEqual(t, "the first line", lines[0], want)
	wantEqual(t, "the second line", lines[1].Text, "two")
	wantEqual(t, "a line without a time", lines[1].At, clock.Now())
	rest := texts(get[[]moorage.LogLine](t)(db.LogLines(t.Context(), dep, 2, 100)))
	if !slices.Equal(rest, []string{"three", "four"}) {
		t.Errorf("the rest is %q", rest)
	}
	wantEqual(t, "the last number", get[int64](t)(db.LastSeq(t.Context(), dep)), 4)
	wantEqual(t, "the last number of no log", get[int64](t)(db.LastSeq(t.Context(), "dep_none")), 0)
}

func TestALineIsKeptToTheByte(t *testing.T) {
	db, _ := open(t)
	for i, text := range []string{"", "nul \x00 inside", "not UTF-8 \xff\xfe", strings.Repeat("long", 100_000)} {
		appendLog(t, db, dep, int64(i+1), text)
		wantEqual(t, "the line", get[[]moorage.LogLine](t)(db.LogLines(t.Context(), dep, int64(i), 1))[0].Text, text)
	}
}

func TestABatchWithALineThatIsThereIsNotStoredAtAll(t *testing.T) {
	db, _ := open(t)
	appendLog(t, db, dep, 1, "one", "two")
	err := db.AppendLog(t.Context(), dep, []moorage.LogLine{{Seq: 3, Text: "three"}, {Seq: 2, Text: "two again"}})
	wantCode(t, err, moorage.Conflict)
	wantEqual(t, "the last number", get[int64](t)(db.LastSeq(t.Context(), dep)), 2)
}

func TestASearchTakesTheQueryAsItIsWritten(t *testing.T) {
	db, _ := open(t)
	appendLog(t, db, dep, 1, "100% done", "100 done", "a_b", "axb", "ERROR: no", "Größe", `say "hi" \ 'bye'`)
	for query, want := range map[string][]string{
		"100%":      {"100% done"},
		"a_b":       {"a_b"},
		"error":     {"ERROR: no"},
		"DONE":      {"100% done", "100 done"},
		"GRÖSSE":    nil,
		"größe":     {"Größe"},
		`" \ '`:     {`say "hi" \ 'bye'`},
		"":          nil,
		"not there": nil,
	} {
		got := texts(get[[]moorage.LogLine](t)(db.SearchLog(t.Context(), dep, query, 10)))
		if !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
	wantEqual(t, "the number with a limit", len(get[[]moorage.LogLine](t)(db.SearchLog(t.Context(), dep, "done", 1))), 1)
}

func TestALongLogIsStreamedWholeAndInOrder(t *testing.T) {
	db, _ := open(t)
	const total = 2500
	var batch []string
	for i := range total {
		batch = append(batch, fmt.Sprint(i+1))
	}
	appendLog(t, db, dep, 1, batch...)
	next := int64(1)
	must(t, db.EachLogLine(t.Context(), dep, func(l moorage.LogLine) error {
		if l.Seq != next || l.Text != fmt.Sprint(next) {
			return fmt.Errorf("line %d is %+v", next, l)
		}
		next++
		return nil
	}))
	wantEqual(t, "the lines", next-1, total)
	stop := fmt.Errorf("enough")
	if err := db.EachLogLine(t.Context(), dep, func(moorage.LogLine) error { return stop }); err != stop {
		t.Error(err)
	}
}

func TestADeletedLogIsGoneAndOthersStay(t *testing.T) {
	db, _ := open(t)
	appendLog(t, db, dep, 1, "one")
	appendLog(t, db, "dep_2", 1, "two")
	must(t, db.DeleteLog(t.Context(), dep))
	wantEqual(t, "what is left", get[int64](t)(db.LastSeq(t.Context(), dep)), 0)
	wantEqual(t, "the other", get[int64](t)(db.LastSeq(t.Context(), "dep_2")), 1)
}

func TestLogsOfDeploymentsThatAreGoneAreForgottenAtOpen(t *testing.T) {
	dir := t.TempDir()
	db, err := store.Open(t.Context(), dir, newClock().Now)
	must(t, err)
	d := queue(t, db, newServer(t, db, newUser(t, db, "ada").ID, "weather"), "main")
	for _, id := range []moorage.DeploymentID{"dep_0", d.ID, "dep_zzz"} {
		appendLog(t, db, id, 1, "one", "two")
	}
	must(t, db.Close())
	again := openIn(t, dir, newClock())
	wantEqual(t, "the log that has its deployment", get[int64](t)(again.LastSeq(t.Context(), d.ID)), 2)
	wantEqual(t, "an orphan before it", get[int64](t)(again.LastSeq(t.Context(), "dep_0")), 0)
	wantEqual(t, "an orphan after it", get[int64](t)(again.LastSeq(t.Context(), "dep_zzz")), 0)
}

func TestAFollowerWithABellReadsEveryLineOnceAndInOrder(t *testing.T) {
	db, _ := open(t)
	const total = 2000
	written := make(chan error, 1)
	go func() {
		for seq := int64(1); seq <= total; seq += 10 {
			var batch []moorage.LogLine
			for i := range int64(10) {
				batch = append(batch, moorage.LogLine{Seq: seq + i, Text: strings.Repeat("x", int(i))})
			}
			if err := db.AppendLog(t.Context(), dep, batch); err != nil {
				written <- err
				return
			}
		}
		written <- nil
	}()
	bell, stop := db.Watch(string(dep))
	defer stop()
	for cursor := int64(0); cursor < total; {
		lines := get[[]moorage.LogLine](t)(db.LogLines(t.Context(), dep, cursor, 500))
		for _, l := range lines {
			if l.Seq != cursor+1 {
				t.Fatalf("line %d comes after %d", l.Seq, cursor)
			}
			cursor = l.Seq
		}
		if len(lines) == 0 {
			<-bell
		}
	}
	must(t, <-written)
}
