package views

import "moorage"

// SharingView is who may call a server, on its settings page.
//
//	POST /servers/<slug>/sharing          sharing=private | people | everyone
//	POST /servers/<slug>/sharing/add      login
//	POST /servers/<slug>/sharing/remove   user
type SharingView struct {
	URL        string // /servers/<slug>/sharing
	Owner      string // login
	Sharing    moorage.Sharing
	People     []SharedPerson // whom the owner named
	Login      string         // as typed
	LoginFault string
	Fault      string // of the choice
}

// SharedPerson is somebody whom an owner named.
type SharedPerson struct {
	ID        moorage.UserID
	Login     string
	Name      string
	AvatarURL string
	Admin     bool // and so may call everything anyway
}

// sharingChoice is one of the three, with what it means.
type sharingChoice struct {
	sharing      moorage.Sharing
	label, means string
}

func sharingChoices(owner string) []sharingChoice {
	return []sharingChoice{
		{moorage.SharingPrivate, "Private", "Only " + owner + " and the admins of this Moorage may call it."},
		{moorage.SharingPeople, "People", "Those in the list below may call it, too."},
		{moorage.SharingEveryone, "Everyone", "All who may sign in to this Moorage may call it."},
	}
}
