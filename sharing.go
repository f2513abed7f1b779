package moorage

// Sharing is who may call a server, beside its owner and the admins. Calling
// is all that it gives: what is behind a server stays its owner's.
type Sharing string

const (
	SharingPrivate  Sharing = "private"  // nobody else
	SharingPeople   Sharing = "people"   // those whom its owner named
	SharingEveryone Sharing = "everyone" // all who may sign in
)

// Valid reports whether s is one of them.
func (s Sharing) Valid() bool {
	return s == SharingPrivate || s == SharingPeople || s == SharingEveryone
}
