package moorage

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Hidden finds the first character in a text of many lines that a person would
// not see, or that turns what stands around it: what a model reads there and a
// person does not.
//
// Refused are controls other than tab and line break, format characters
// (Unicode's Cf: zero-width ones, bidirectional ones, tags), what else Unicode
// calls ignorable, and line separators. What writing needs passes where it is
// needed: a joiner between two characters of a script that joins or in an emoji,
// and one variation selector that chooses between text and emoji, behind a
// symbol. Text that is not UTF-8 is taken as U+FFFD, which is seen.
func Hidden(text string) (r rune, found bool) {
	for i, r := range text {
		switch {
		case r == '\n' || r == '\t':
		case r == '\r' && i+1 < len(text) && text[i+1] == '\n': // as some editors end lines
		case hides(r) && !inPlace(r, text[:i], text[i+utf8.RuneLen(r):]):
			return r, true
		}
	}
	return 0, false
}

// HiddenInName is Hidden for names, of one line: they need none of what is
// let pass in a text.
func HiddenInName(name string) (r rune, found bool) {
	for _, r := range name {
		if hides(r) {
			return r, true
		}
	}
	return 0, false
}

// hides reports whether a character shows nothing of itself. Prepended marks
// (U+0600 and others) are Cf too, but seen.
func hides(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r < ' ' || r == 0x7f
	case r == 0x2800: // a Braille pattern without a dot
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) &&
		!unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

const (
	nonJoiner   = 0x200c
	joiner      = 0x200d
	textStyle   = 0xfe0e
	emojiStyle  = 0xfe0f
	keycap      = 0x20e3
	firstSkin   = 0x1f3fb
	lastSkin    = 0x1f3ff
	informative = 0x2139 // ℹ, a letter to Unicode
)

// joining are the scripts that are written with joiners and non-joiners.
var joining = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Nko, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya,
	unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar, unicode.Tibetan,
}

// inPlace reports whether a character that shows nothing is needed between
// what stands before it and what follows.
func inPlace(r rune, before, after string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	next, _ := utf8.DecodeRuneInString(after)
	switch r {
	case textStyle, emojiStyle:
		return pictures(last) || next == keycap && (last >= '0' && last <= '9' || last == '#' || last == '*')
	case joiner:
		return (pictures(last) || last == emojiStyle) && pictures(next) || joins(last, next)
	case nonJoiner:
		return joins(last, next)
	}
	return false
}

// pictures reports whether r may be a part of an emoji.
func pictures(r rune) bool {
	switch r {
	case utf8.RuneError: // the end, too
		return false
	case informative, '‼', '⁉', '〰':
		return true
	}
	return r >= utf8.RuneSelf && unicode.In(r, unicode.So, unicode.Sm) || r >= firstSkin && r <= lastSkin
}

// joins reports whether both are of one script that is written with joiners.
func joins(last, next rune) bool {
	for _, script := range joining {
		if unicode.Is(script, last) && unicode.Is(script, next) {
			return true
		}
	}
	return false
}

// RuneName names a character that is hidden: "U+202E RIGHT-TO-LEFT OVERRIDE".
func RuneName(r rune) string {
	name := hiddenNames[r]
	switch {
	case name != "":
	case r >= 0xe0020 && r <= 0xe007e:
		name = "TAG " + string(r-0xe0000)
	case unicode.Is(unicode.Variation_Selector, r):
		name = "VARIATION SELECTOR"
	case unicode.Is(unicode.Cc, r):
		name = "CONTROL CHARACTER"
	case unicode.Is(unicode.Cf, r):
		name = "FORMAT CHARACTER"
	default:
		name = "INVISIBLE CHARACTER"
	}
	return fmt.Sprintf("U+%04X %s", r, name)
}
