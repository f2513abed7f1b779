package pins

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/sergi/go-diff/diffmatchpatch"

	"moorage"
)

// Field is one member of an object that is not as it was.
type Field struct {
	Name  string
	Did   Did
	Lines []Line
}

// Did is what became of a member: the word for it.
type Did string

const (
	Added   Did = "added"
	Removed Did = "removed"
	Changed Did = "changed"
)

// Line is one line of a diff.
type Line struct {
	Sign Sign
	Text string // what a person would not see in it stands by its name: ‹U+202E RIGHT-TO-LEFT OVERRIDE›
	Same int    // of a Gap: how many lines are left out
}

// Sign says what a line is.
type Sign byte

const (
	Kept  Sign = ' '
	Plus  Sign = '+'
	Minus Sign = '-'
	Gap   Sign = '~' // lines that are the same, left out
)

// around is how many lines that are the same stand around one that is not.
const around = 3

// Diff shows how an object became another one, member by member: name, title
// and description first, then by name. Either may be nil. A text is shown line
// by line, anything else as JSON with sorted members. An object that cannot be
// read is one member without a name.
func Diff(before, after []byte) []Field {
	was, is := members(before), members(after)
	var fields []Field
	for _, name := range names(was, is) {
		old, had := was[name]
		value, has := is[name]
		f := Field{Name: name, Did: Changed}
		switch {
		case !had:
			f.Did, f.Lines = Added, all(Plus, linesOf(value))
		case !has:
			f.Did, f.Lines = Removed, all(Minus, linesOf(old))
		default:
			f.Lines = fold(diff(linesOf(old), linesOf(value)))
		}
		if len(f.Lines) > 0 {
			fields = append(fields, f)
		}
	}
	return fields
}

// members are those of an object; nil has none.
func members(object []byte) map[string]any {
	if object == nil {
		return nil
	}
	value, err := decode(object)
	if err != nil {
		return map[string]any{"": string(object)}
	}
	found, ok := value.(map[string]any)
	if !ok {
		return map[string]any{"": value}
	}
	return found
}

// names are those of both, those first that say what the object is.
func names(was, is map[string]any) []string {
	both := maps.Clone(was)
	if both == nil {
		both = map[string]any{}
	}
	maps.Copy(both, is)
	rank := []string{"description", "title", "name"}
	return slices.SortedFunc(maps.Keys(both), func(a, b string) int {
		if d := slices.Index(rank, b) - slices.Index(rank, a); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
}

// linesOf is a member as a person reads it.
func linesOf(value any) []string {
	text, isText := value.(string)
	if !isText {
		pretty, err := canonical(value, "  ")
		if err != nil { // of what was decoded: it does not happen
			pretty, _ = json.Marshal(err.Error())
		}
		text = string(pretty)
	}
	return strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
}

func all(sign Sign, lines []string) []Line {
	list := make([]Line, 0, len(lines))
	for _, text := range lines {
		list = append(list, Line{Sign: sign, Text: Seen(text)})
	}
	return list
}

// diff is every line of both, in order.
func diff(was, is []string) []Line {
	dmp := diffmatchpatch.New()
	dmp.DiffTimeout = 0 // objects are capped; the same two give the same diff
	a, b, lines := dmp.DiffLinesToRunes(strings.Join(was, "\n")+"\n", strings.Join(is, "\n")+"\n")
	var list []Line
	for _, d := range dmp.DiffCharsToLines(dmp.DiffMainRunes(a, b, false), lines) {
		sign := map[diffmatchpatch.Operation]Sign{diffmatchpatch.DiffEqual: Kept, diffmatchpatch.DiffInsert: Plus, diffmatchpatch.DiffDelete: Minus}[d.Type]
		list = append(list, all(sign, strings.Split(strings.TrimSuffix(d.Text, "\n"), "\n"))...)
	}
	return list
}

// fold leaves out what is the same far from what is not; nothing is left of
// lines that are all the same.
func fold(list []Line) []Line {
	near := make([]bool, len(list))
	for i, line := range list {
		if line.Sign == Kept {
			continue
		}
		for j := max(0, i-around); j <= min(len(list)-1, i+around); j++ {
			near[j] = true
		}
	}
	if !slices.Contains(near, true) {
		return nil
	}
	var folded []Line
	for i := 0; i < len(list); {
		end := i
		for end < len(list) && !near[end] {
			end++
		}
		switch {
		case end > i+1: // one line is as long as the words for it
			folded = append(folded, Line{Sign: Gap, Same: end - i})
		case end == i+1:
			folded = append(folded, list[i])
		default:
			folded, end = append(folded, list[i]), i+1
		}
		i = end
	}
	return folded
}

// Seen is a line in which what a person would not see stands by its name.
func Seen(line string) string {
	if _, hides := moorage.Hidden(line); !hides {
		return line
	}
	var b strings.Builder
	for _, r := range line {
		if _, hides := moorage.HiddenInName(string(r)); hides && r != '\t' {
			b.WriteString("‹" + moorage.RuneName(r) + "›")
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
