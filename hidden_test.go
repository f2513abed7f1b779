package moorage_test

import (
	"strings"
	"testing"
	"unicode"

	"moorage"
)

func TestWhatAPersonDoesNotSeeIsFound(t *testing.T) {
	tests := map[string]rune{
		"ends in evil\u202etxt.exe":                   0x202e,
		"isolated \u2066so\u2069":                     0x2066,
		"zero\u200bwidth":                             0x200b,
		"\ufeffa mark at the beginning":               0xfeff,
		"tagged \U000e0069\U000e0067":                 0xe0069,
		"England \U0001f3f4\U000e0067":                0xe0067,
		"escape \x1b[31m":                             0x1b,
		"overprinted\rnothing":                        '\r',
		"delete\x7f":                                  0x7f,
		"C1 \u009b31m":                                0x9b,
		"next\u0085line":                              0x85,
		"soft\u00adhyphen":                            0xad,
		"hangul \u3164 filler":                        0x3164,
		"braille \u2800 blank":                        0x2800,
		"line\u2028separator":                         0x2028,
		"byte a\U000e0121b":                           0xe0121,
		"selector of a letter a\ufe0f":                0xfe0f,
		"two selectors ☀\ufe0f\ufe0f":                 0xfe0f,
		"ancient selector 葛\U000e0100":                0xe0100,
		"joiner of letters a\u200db":                  0x200d,
		"two joiners م\u200c\u200cم":                  0x200c,
		"joiner at the end \U0001f469‍":               0x200d,
		"left to right \u200emark":                    0x200e,
		"plain":                                       0,
		"two\nlines\tand a tab":                       0,
		"as Windows\r\nends lines":                    0,
		"non-joined می\u200cخواهم":                    0,
		"joined क्\u200dष":                            0,
		"family \U0001f469\u200d\U0001f4bb\U0001f3fd": 0,
		"rainbow \U0001f3f3\ufe0f\u200d\U0001f308":    0,
		"sun ☀\ufe0f and info ℹ\ufe0f":                0,
		"keycap 1\ufe0f\u20e3":                        0,
		"number of pages \u0600 ١٢":                   0,
		"no-break\u00a0space, thin\u2009space":        0,
		"not UTF-8 \xff":                              0,
	}
	for text, want := range tests {
		if got, found := moorage.Hidden(text); got != want || found != (want != 0) {
			t.Errorf("in %q it finds %U, want %U", text, got, want)
		}
	}
}

func TestNULIsFound(t *testing.T) {
	if r, found := moorage.Hidden("a\x00b"); r != 0 || !found {
		t.Errorf("found %U, %v", r, found)
	}
}

func TestANameHasOneLineAndNoJoiners(t *testing.T) {
	for name, want := range map[string]rune{
		"forecast": 0, "weather.now": 0, "Größe": 0, "two words": 0,
		"a\nb": '\n', "a\tb": '\t', "می\u200cخواهم": 0x200c, "sun☀\ufe0f": 0xfe0f, "a\u202eb": 0x202e,
	} {
		if got, found := moorage.HiddenInName(name); got != want || found != (want != 0) {
			t.Errorf("in %q it finds %U, want %U", name, got, want)
		}
	}
}

func TestAHiddenCharacterHasAName(t *testing.T) {
	for r, want := range map[rune]string{
		0x202e: "U+202E RIGHT-TO-LEFT OVERRIDE", 0x200b: "U+200B ZERO WIDTH SPACE", 0xe0041: "U+E0041 TAG A", 0xfe00: "U+FE00 VARIATION SELECTOR",
		0x01: "U+0001 CONTROL CHARACTER", 0x206a: "U+206A FORMAT CHARACTER", 0x17b4: "U+17B4 INVISIBLE CHARACTER",
	} {
		if got := moorage.RuneName(r); got != want {
			t.Errorf("%U is called %q, want %q", r, got, want)
		}
	}
}

func FuzzHidden(f *testing.F) {
	for _, text := range []string{"plain", "a\u202eb", "می\u200cخواهم", "\U0001f469\u200d\U0001f4bb", "☀\ufe0f", "\U000e0041", "1\ufe0f\u20e3", "\xff\r\n", "\r"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		hidden, found := moorage.Hidden(text)
		if found && !strings.ContainsRune(text, hidden) {
			t.Errorf("%U is not in %q", hidden, text)
		}
		for _, r := range strings.ReplaceAll(text, "\r\n", "\n") {
			control := unicode.IsControl(r) && r != '\n' && r != '\t'
			if !found && (control || unicode.Is(unicode.Bidi_Control, r) || r >= 0xe0000 && r <= 0xe01ef) {
				t.Errorf("%q passes with %U", text, r)
			}
		}
		if _, inName := moorage.HiddenInName(text); found && !inName {
			t.Errorf("%q passes as a name, and not as a text", text)
		}
	})
}
