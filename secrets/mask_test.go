package secrets

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
)

// canaries are values that look like those that people keep secret.
var canaries = []string{
	"ghp_16C7e42F292c6912E7710c838347Ae178B4a",
	"sk-ant-api03-äöü/ß+=&?<>\"quoted\"",
	"p@ss w0rd/with:url&signs#",
	"aaaaaaab",
	"{\n  \"type\": \"service_account\",\n  \"private_key\": \"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\"\n}\n",
	"line one of a long secret\nline two of the same secret 🔑\n",
	"\x00\x01\xfe\xffbinary\x80",
	"abcabcabcabd",
	"abcabd-and-more",
}

// spellings are how programs print a value, written independently of forms.
var spellings = map[string]func(string) string{
	"as it is":          func(v string) string { return v },
	"in the middle":     func(v string) string { return "before" + v + "after" },
	"base64":            func(v string) string { return base64.StdEncoding.EncodeToString([]byte(v)) },
	"base64 for URLs":   func(v string) string { return base64.RawURLEncoding.EncodeToString([]byte(v)) },
	"basic auth":        func(v string) string { return base64.StdEncoding.EncodeToString([]byte("x:" + v)) },
	"base64 of more":    func(v string) string { return base64.StdEncoding.EncodeToString([]byte("u" + v + "tail")) },
	"hex":               func(v string) string { return hex.EncodeToString([]byte(v)) },
	"a query parameter": func(v string) string { return "?key=" + url.QueryEscape(v) + "&x=1" },
	"a path":            func(v string) string { return "/a/" + url.PathEscape(v) + "/b" },
	"a user in a URL":   func(v string) string { return (&url.URL{Scheme: "https", User: url.User(v), Host: "h"}).String() },
	"JSON":              func(v string) string { b, _ := json.Marshal(map[string]string{"k": v}); return string(b) },
	"JSON without HTML": func(v string) string {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		_ = e.Encode(v)
		return b.String()
	},
}

func TestEverySpellingOfASecretIsMasked(t *testing.T) {
	masker := NewMasker(canaries)
	for name, spell := range spellings {
		for _, canary := range canaries {
			text := spell(canary)
			shown := masker.Mask("log: " + text + " end")
			if !strings.Contains(shown, mask) {
				t.Errorf("%s: %q is shown as %q", name, text, shown)
			}
			for _, form := range forms(canary) {
				if strings.Contains(shown, form) {
					t.Errorf("%s: %q shows %q", name, shown, form)
				}
			}
		}
	}
}

func TestAStreamSplitAnywhereShowsWhatTheWholeShows(t *testing.T) {
	masker := NewMasker(canaries)
	for name, spell := range spellings {
		for _, canary := range canaries {
			text := []byte("aaaaaa" + spell(canary) + spell(canary) + "abcabcab")
			want := masker.Mask(string(text))
			for cut := range len(text) + 1 {
				if got := stream(masker, text[:cut], text[cut:]); got != want {
					t.Fatalf("%s, cut at %d: %q, whole: %q", name, cut, got, want)
				}
			}
		}
	}
}

func TestAStreamSplitAtRandomShowsWhatTheWholeShows(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	masker := NewMasker(canaries)
	names := make([]string, 0, len(spellings))
	for name := range spellings {
		names = append(names, name)
	}
	for range 2000 {
		var text []byte
		for range 1 + random.IntN(6) {
			text = append(text, spellings[names[random.IntN(len(names))]](canaries[random.IntN(len(canaries))])...)
			text = text[:len(text)-random.IntN(min(len(text), 4))] // beginnings of secrets too
			text = append(text, "abca\r\n "[:random.IntN(7)]...)
		}
		want := masker.Mask(string(text))
		var chunks [][]byte
		for rest := text; len(rest) > 0; {
			n := 1 + random.IntN(min(len(rest), 12))
			chunks = append(chunks, rest[:n])
			rest = rest[n:]
		}
		if got := stream(masker, chunks...); got != want {
			t.Fatalf("seed %d: %q in %d chunks: %q, whole: %q", seed, text, len(chunks), got, want)
		}
	}
}

// The rule in its slowest form: every byte of every occurrence is covered.
func TestTheMatcherCoversWhatASearchForEachWordCovers(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	for range 3000 {
		var words []string
		for range 1 + random.IntN(8) {
			words = append(words, letters(random, 6+random.IntN(6)))
		}
		text := letters(random, random.IntN(80))
		for range random.IntN(4) {
			at := random.IntN(len(text) + 1)
			text = text[:at] + words[random.IntN(len(words))] + text[at:]
		}
		masker := &Masker{find: newMatcher(words)}
		if got, want := masker.Mask(text), maskSlowly(text, words); got != want {
			t.Fatalf("seed %d: %q without %q: %q, want %q", seed, text, words, got, want)
		}
	}
}

func maskSlowly(text string, words []string) string {
	hidden := make([]bool, len(text))
	for _, word := range words {
		for i := 0; i+len(word) <= len(text); i++ {
			if text[i:i+len(word)] == word {
				for j := range len(word) {
					hidden[i+j] = true
				}
			}
		}
	}
	var b strings.Builder
	for i := range len(text) {
		switch {
		case !hidden[i]:
			b.WriteByte(text[i])
		case i == 0 || !hidden[i-1]:
			b.WriteString(mask)
		}
	}
	return b.String()
}

func TestOnlyWhatCouldBeginASecretIsHeldBack(t *testing.T) {
	s := NewMasker([]string{"hunter22"}).Stream()
	for _, step := range []struct{ write, shown string }{
		{"progress 10 %", "progress 10 %"},
		{" hunt", " "},
		{"ing", "hunting"},
		{" hunter2", " "},
		{"2", mask},
		{"!", "!"},
	} {
		if got := string(s.Write([]byte(step.write))); got != step.shown {
			t.Errorf("after %q: %q, want %q", step.write, got, step.shown)
		}
	}
}

func TestFlushShowsWhatTurnedOutHarmlessAndBeginsANewText(t *testing.T) {
	s := NewMasker([]string{"hunter22"}).Stream()
	s.Write([]byte("x hunter2"))
	if got := string(s.Flush()); got != "hunter2" {
		t.Errorf("flushed %q", got)
	}
	if got := string(s.Write([]byte("2"))); got != "2" {
		t.Errorf("the new text shows %q", got)
	}
}

func TestSecretsThatOverlapBecomeOneMask(t *testing.T) {
	masker := NewMasker([]string{"abcdefgh", "efghijkl", "cdefgh"})
	if got := masker.Mask("<abcdefghijkl>"); got != "<***>" {
		t.Error(got)
	}
}

func TestShortValuesAreLeftAlone(t *testing.T) {
	masker := NewMasker([]string{"", "true", "12345"})
	const text = "true is 12345"
	if got := masker.Mask(text); got != text {
		t.Error(got)
	}
}

func TestTheLinesOfALongSecretAreMaskedOnTheirOwn(t *testing.T) {
	masker := NewMasker([]string{"-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nfQ==\n-----END KEY-----\n"})
	if got := masker.Mask("key: MIIEvQIBADANBgkqhkiG9w0;"); got != "key: ***;" {
		t.Error(got)
	}
}

func TestTheLinesOfALongSecretInBase64AreMaskedOnTheirOwn(t *testing.T) {
	secret := strings.Repeat("0123456789abcdef-", 12)
	masker := NewMasker([]string{secret})
	encoded := base64.StdEncoding.EncodeToString([]byte(secret))
	for _, width := range []int{64, 76} {
		for rest := encoded; len(rest) > width; rest = rest[width:] {
			if got := masker.Mask("| " + rest[:width] + " |"); got != "| *** |" {
				t.Errorf("of a width of %d: %s", width, got)
			}
		}
	}
}

func TestWhatAStreamReturnsStaysAsItIs(t *testing.T) {
	for _, masker := range []*Masker{NewMasker(nil), NewMasker([]string{"hunter22"})} {
		s := masker.Stream()
		chunk := []byte("first ")
		first := s.Write(chunk)
		copy(chunk, "XXXXXX")
		s.Write([]byte("second"))
		if string(first) != "first " {
			t.Errorf("%q", first)
		}
	}
}

func FuzzStream(f *testing.F) {
	f.Add("hunter22", "x hunter2hunter22", 5)
	f.Add("aaaaaaab", "aaaaaaaaaaaabaaaab", 9)
	f.Add("{\n \"key\": \"0123456789abcdef\"\n}\n", "KEY={\\n \\\"key\\\"", 3)
	f.Fuzz(func(t *testing.T, secret, text string, cut int) {
		text += secret + text
		cut = max(0, min(cut, len(text)))
		want := maskSlowly(text, forms(secret))
		if got := stream(NewMasker([]string{secret}), []byte(text[:cut]), []byte(text[cut:])); got != want {
			t.Errorf("%q, cut at %d: %q, want %q", text, cut, got, want)
		}
	})
}

// Text of a build with 50 secrets to look for: many times faster than any
// build prints.
func BenchmarkMaskWith50Secrets(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	var values []string
	for range 50 {
		key := make([]byte, 30)
		for i := range key {
			key[i] = byte(random.UintN(256))
		}
		values = append(values, "sk-"+base64.RawURLEncoding.EncodeToString(key))
	}
	masker := NewMasker(values)
	var text bytes.Buffer
	for i := range 5000 {
		fmt.Fprintf(&text, "#12 %d.%03d npm http fetch GET 200 https://example.com/packages/%d/sk-learn 12ms (cache hit)\n", i/10, i, i)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		s := masker.Stream()
		for chunk := range bytes.Lines(text.Bytes()) {
			s.Write(chunk)
		}
		s.Flush()
	}
}

func stream(m *Masker, chunks ...[]byte) string {
	s := m.Stream()
	var shown []byte
	for _, chunk := range chunks {
		shown = append(shown, s.Write(chunk)...)
	}
	return string(append(shown, s.Flush()...))
}

// letters makes text of few letters, so that words overlap often.
func letters(random *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "abc"[random.IntN(3)]
	}
	return string(b)
}
