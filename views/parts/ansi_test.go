package parts

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestANSI(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"plain text", "hello", "hello"},
		{"nothing", "", ""},
		{"markup is text", `<b a="1">&amp;</b>`, "&lt;b a=&#34;1&#34;&gt;&amp;amp;&lt;/b&gt;"},
		{"a colour", "\x1b[31mred\x1b[0m rest", `<span class="f1">red</span> rest`},
		{"a bright colour", "\x1b[92mok", `<span class="f10">ok</span>`},
		{"a background", "\x1b[44mx\x1b[49my", `<span class="b4">x</span>y`},
		{"several at once", "\x1b[1;4;33mx", `<span class="f3 bold underline">x</span>`},
		{"an empty sequence resets", "\x1b[31mx\x1b[my", `<span class="f1">x</span>y`},
		{"bold off keeps the colour", "\x1b[1;32mx\x1b[22my", `<span class="f2 bold">x</span><span class="f2">y</span>`},
		{"one of 256", "\x1b[38;5;9mx", `<span class="f9">x</span>`},
		{"one of 256 in the cube", "\x1b[38;5;21mx", `<span class="f4">x</span>`},
		{"one of 256, grey", "\x1b[38;5;232mx", `<span class="f0">x</span>`},
		{"one of millions", "\x1b[48;2;250;5;5mx", `<span class="b9">x</span>`},
		{"one of millions with colons", "\x1b[38:2::0:0:230mx", `<span class="f4">x</span>`},
		{"a colour that breaks off", "\x1b[38;5mx", "x"},
		{"same style twice is one span", "\x1b[31ma\x1b[31mb", `<span class="f1">ab</span>`},
		{"a style without text leaves nothing", "\x1b[31m\x1b[0m", ""},
		{"cursor moves", "\x1b[2Ja\x1b[10;5Hb\x1b[K", "ab"},
		{"a title", "\x1b]0;title\x07text", "text"},
		{"a link", "\x1b]8;;javascript:alert(1)\x1b\\click\x1b]8;;\x1b\\", "click"},
		{"a device string", "\x1bPq#0\x1b\\x", "x"},
		{"a string without an end", "a\x1b]0;never", "a"},
		{"a sequence without an end", "a\x1b[31", "a"},
		{"an escape at the end", "a\x1b", "a"},
		{"charset", "\x1b(Bx", "x"},
		{"a progress bar", "10%\r60%\r100%", "100%"},
		{"windows' end of line", "text\r\n", "text"},
		{"control characters", "a\x00b\x08c\x7fd\te", "abcd\te"},
		{"one-byte CSI", "\u009b31mx", `<span class="f1">x</span>`},
		{"text that turns around", "a\u202eb\u2066c", "a\uFFFDb\uFFFDc"},
		{"broken UTF-8", "a\xffb", "a\uFFFDb"},
		{"other scripts", "日本語 ✓", "日本語 ✓"},
	} {
		if got := ANSI(c.line); got != c.want {
			t.Errorf("%s: ANSI(%q) = %q, want %q", c.name, c.line, got, c.want)
		}
	}
}

var allowed = regexp.MustCompile(`^((f|b)(1[0-5]|[0-9])|bold|dim|italic|underline)( ((f|b)(1[0-5]|[0-9])|bold|dim|italic|underline))*$`)

// Whatever a program prints: what comes out is text and spans of known classes.
func FuzzANSI(f *testing.F) {
	for _, seed := range []string{
		"plain", "\x1b[31mred\x1b[0m", "\x1b]8;;x\x07y", "\x1b[38;5;208mx", "\x1b[38;2;1;2;3mx", "a\rb", "<script>", "\u009b1m&", "\x1b[", "\x1bP\x1b\\", "\x1b[;;;m", "\xff\xfe",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		out := ANSI(line)
		open := 0
		tokens := html.NewTokenizer(strings.NewReader(out))
		for {
			kind := tokens.Next()
			if kind == html.ErrorToken {
				break
			}
			token := tokens.Token()
			switch kind {
			case html.TextToken:
			case html.StartTagToken:
				open++
				if token.Data != "span" || len(token.Attr) != 1 || token.Attr[0].Key != "class" || !allowed.MatchString(token.Attr[0].Val) {
					t.Fatalf("ANSI(%q) made %s", line, token)
				}
			case html.EndTagToken:
				open--
			default:
				t.Fatalf("ANSI(%q) made %s", line, token)
			}
			if open < 0 || open > 1 {
				t.Fatalf("ANSI(%q) = %q does not nest", line, out)
			}
		}
		if open != 0 {
			t.Fatalf("ANSI(%q) = %q leaves a span open", line, out)
		}
		if strings.ContainsAny(out, "\x1b\x07\r\n\x00") {
			t.Fatalf("ANSI(%q) = %q holds control characters", line, out)
		}
	})
}

func BenchmarkANSI(b *testing.B) {
	line := "\x1b[1;33mwarning\x1b[0m deprecated \x1b[36mrimraf@2.7.1\x1b[0m: use version 4 or later of it instead"
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		ANSI(line)
	}
}
