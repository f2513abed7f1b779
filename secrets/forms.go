package secrets

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf16"
)

const (
	// Shorter values are not masked: they are part of too many harmless words.
	shortestValue = 6

	// Programs print a value of several lines also line by line. Shorter lines
	// of it ("}", "fi") are no secrets.
	shortestLine = 16
)

// forms returns the spellings of a secret value that are masked: as it is,
// without the space around it, its lines, and each of these in base64, hex,
// URL-encoded and JSON-escaped.
func forms(value string) []string {
	var spellings []string
	for _, v := range wholes(value) {
		spellings = append(spellings, v)
		spellings = append(spellings, base64Forms(v)...)
		spellings = append(spellings, hex.EncodeToString([]byte(v)), strings.ToUpper(hex.EncodeToString([]byte(v))))
		spellings = append(spellings, urlForms(v)...)
		spellings = append(spellings, jsonForms(v)...)
	}
	return spellings
}

// wholes returns the values that stand for themselves.
func wholes(value string) []string {
	if len(value) < shortestValue {
		return nil
	}
	values := []string{value}
	if trimmed := strings.TrimSpace(value); trimmed != value && len(trimmed) >= shortestValue {
		values = append(values, trimmed)
	}
	if strings.Contains(value, "\n") {
		values = append(values, strings.ReplaceAll(value, "\n", "\r\n")) // as a terminal prints it
		for line := range strings.Lines(value) {
			if line = strings.TrimSpace(line); len(line) >= shortestLine {
				values = append(values, line)
			}
		}
	}
	return values
}

// base64Forms returns what base64 makes of a value that begins at each of the
// three places in a group of three bytes: the characters that the value alone
// decides, so at either border four bits may stay visible. A value that ends
// the text has its last character and padding masked too, and one that is all
// of the text is also known wrapped into lines.
func base64Forms(v string) []string {
	var list []string
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		for offset := range 3 {
			encoded := encoding.EncodeToString([]byte(strings.Repeat("\x00", offset) + v))
			begin := (offset*8 + 5) / 6
			decided := (offset + len(v)) * 8 / 6
			list = append(list, encoded[begin:decided])
			if (offset+len(v))%3 != 0 {
				list = append(list, encoded[begin:decided+1], encoded[begin:])
			}
		}
		whole := encoding.EncodeToString([]byte(v))
		list = append(list, wrapped(whole, 76)...)
		list = append(list, wrapped(whole, 64)...)
	}
	return list
}

// wrapped returns text in lines of a width, together and one by one: a log may
// begin between them.
func wrapped(text string, width int) []string {
	whole := wrap(text, width)
	list := []string{whole}
	for line := range strings.Lines(whole) {
		if line = strings.TrimSpace(line); len(line) >= shortestLine {
			list = append(list, line)
		}
	}
	return list
}

// wrap breaks text into lines of a width, as base64(1) (76) and PEM (64) do.
func wrap(text string, width int) string {
	var b strings.Builder
	for len(text) > width {
		b.WriteString(text[:width] + "\n")
		text = text[width:]
	}
	return b.String() + text
}

// urlForms returns the percent-encodings that are in use: of query parameters
// and paths, of user names in URLs, of JavaScript and strict RFC 3986; with
// digits in either case.
func urlForms(v string) []string {
	var list []string
	for _, encoded := range []string{
		url.QueryEscape(v),
		url.PathEscape(v),
		url.User(v).String(),
		percent(v, "-_.~"),
		percent(v, "-_.!~*'()"),
	} {
		list = append(list, encoded, lowerEscapes(encoded))
	}
	return list
}

// percent escapes all but ASCII letters, digits and the bytes kept.
func percent(v, kept string) string {
	var b strings.Builder
	for i := range len(v) {
		switch c := v[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte(kept, c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func lowerEscapes(encoded string) string {
	b := []byte(encoded)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(string(b[i+1:i+3])))
			i += 2
		}
	}
	return string(b)
}

// jsonForms returns a value as the inside of a JSON string: as Go writes it,
// as JavaScript does, and in ASCII as Python does.
func jsonForms(v string) []string {
	quoted, err := json.Marshal(v)
	if err != nil {
		return nil // a string always encodes
	}
	goes := string(quoted[1 : len(quoted)-1])
	javascript := unescapeHTML.Replace(goes)
	return []string{goes, javascript, ascii(javascript)}
}

// unescapeHTML undoes what only Go escapes.
var unescapeHTML = strings.NewReplacer(`\\`, `\\`, `\u003c`, `<`, `\u003e`, `>`, `\u0026`, `&`)

// ascii writes what is not ASCII as \u escapes, in UTF-16.
func ascii(v string) string {
	var b strings.Builder
	for _, r := range v {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
