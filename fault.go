package moorage

import "strings"

// Fault is what is wrong with one field of what was given. Field is a JSON
// pointer (RFC 6901) into it: "" is all of it.
type Fault struct {
	Field   string
	Message string // a sentence
}

// Faults are all of them: the cause of an error whose reader can mend several
// fields at once.
type Faults []Fault

func (f Faults) Error() string {
	said := make([]string, len(f))
	for i, x := range f {
		said[i] = strings.TrimSpace(x.Field + " " + x.Message)
	}
	return strings.Join(said, "; ")
}

// Add notes the sentences of an error at a field; nil is nothing to note.
func (f *Faults) Add(field string, err error) {
	if err != nil {
		*f = append(*f, Fault{Field: field, Message: strings.TrimSpace(ErrorMessage(err) + " " + ErrorNext(err))})
	}
}

// PointerToken is a name as it stands between the slashes of a JSON pointer.
func PointerToken(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
