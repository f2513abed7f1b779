package secrets

// mask is shown instead of a secret.
const mask = "***"

// Masker takes secret values out of text, in all their spellings (see forms).
// Values shorter than 6 bytes are not masked: they are part of too many
// harmless words. All methods may be called at the same time.
type Masker struct {
	find *matcher // nil: there is nothing to mask
}

// NewMasker makes a masker of secret values.
func NewMasker(values []string) *Masker {
	var words []string
	for _, value := range values {
		words = append(words, forms(value)...)
	}
	if len(words) == 0 {
		return new(Masker)
	}
	return &Masker{find: newMatcher(words)}
}

// Mask returns a text with every secret in it replaced by ***. Secrets that
// overlap or touch become one.
func (m *Masker) Mask(text string) string {
	if m.find == nil {
		return text
	}
	s := m.Stream()
	return string(s.Write([]byte(text))) + string(s.Flush())
}

// Stream begins a text that comes in chunks. However it is cut, the result is
// that of Mask on the whole.
func (m *Masker) Stream() *Stream { return &Stream{find: m.find} }

// Stream masks one text that comes in chunks. It is for one goroutine.
type Stream struct {
	find  *matcher
	at    int32  // state of the matcher
	held  []byte // the end of the text that is not decided yet
	found []span // secrets in held, in order, none touching
	after bool   // what was shown last is a mask
}

// span is a part of held.
type span struct{ begin, end int }

// Write takes the next chunk and returns what may be shown, which is the
// caller's to keep. Held back is only what could begin a secret.
func (s *Stream) Write(chunk []byte) []byte {
	if s.find == nil {
		return append([]byte(nil), chunk...)
	}
	begin := len(s.held)
	s.held = append(s.held, chunk...)
	for i, b := range chunk {
		s.at = s.find.step(s.at, b)
		if length := s.find.nodes[s.at].match; length > 0 {
			end := begin + i + 1
			s.add(span{max(end-int(length), 0), end})
		}
	}
	return s.take(len(s.held) - int(s.find.nodes[s.at].open))
}

// Flush returns what was held back, and begins a new text.
func (s *Stream) Flush() []byte {
	shown := s.take(len(s.held))
	s.at, s.after = 0, false
	return shown
}

// add joins a secret with those that it overlaps or touches. It ends after all
// that were found before.
func (s *Stream) add(secret span) {
	for n := len(s.found); n > 0 && s.found[n-1].end >= secret.begin; n-- {
		secret.begin = min(secret.begin, s.found[n-1].begin)
		s.found = s.found[:n-1]
	}
	s.found = append(s.found, secret)
}

// take shows what is decided: no secret that is yet to be found begins before
// the limit. A secret that began there is shown as a mask at once; should a
// later one overlap it, the two have one mask.
func (s *Stream) take(limit int) []byte {
	var shown []byte
	pos, done := 0, 0
	for _, secret := range s.found {
		if secret.begin >= limit {
			break
		}
		shown = s.show(shown, s.held[pos:secret.begin])
		if !s.after {
			shown = append(shown, mask...)
			s.after = true
		}
		pos = secret.end
		done++
	}
	if pos < limit {
		shown = s.show(shown, s.held[pos:limit])
		pos = limit
	}
	s.held = append(s.held[:0], s.held[pos:]...)
	s.found = append(s.found[:0], s.found[done:]...)
	for i := range s.found {
		s.found[i].begin -= pos
		s.found[i].end -= pos
	}
	return shown
}

func (s *Stream) show(shown, plain []byte) []byte {
	if len(plain) > 0 {
		s.after = false
	}
	return append(shown, plain...)
}
