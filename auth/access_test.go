package auth_test

import (
	"slices"
	"testing"

	"moorage"
	"moorage/auth"
)

// people are all the kinds of them that a server can have to do with.
var people = map[string]moorage.User{
	"nobody":            {},
	"nobody as admin":   {Role: moorage.RoleAdmin},
	"the owner":         {ID: "usr_owner", Role: moorage.RoleMember},
	"who is named":      {ID: "usr_named", Role: moorage.RoleMember},
	"another member":    {ID: "usr_other", Role: moorage.RoleMember},
	"an admin":          {ID: "usr_admin", Role: moorage.RoleAdmin},
	"an admin, named":   {ID: "usr_named", Role: moorage.RoleAdmin},
	"the owner, admin":  {ID: "usr_owner", Role: moorage.RoleAdmin},
	"without any right": {ID: "usr_other"},
}

var sharings = []moorage.Sharing{"", moorage.SharingPrivate, moorage.SharingPeople, moorage.SharingEveryone}

func TestWhoMayCallAndWhoMayManage(t *testing.T) {
	type may struct{ manage, private, people, everyone bool }
	for who, want := range map[string]may{
		"nobody":            {},
		"nobody as admin":   {},
		"the owner":         {true, true, true, true},
		"who is named":      {false, false, true, true},
		"another member":    {false, false, false, true},
		"an admin":          {true, true, true, true},
		"an admin, named":   {true, true, true, true},
		"the owner, admin":  {true, true, true, true},
		"without any right": {false, false, false, true},
	} {
		for _, sharing := range sharings {
			server := moorage.Server{OwnerID: "usr_owner", Sharing: sharing, People: []moorage.UserID{"usr_named"}}
			if got := auth.MayManage(people[who], server); got != want.manage {
				t.Errorf("%s, %q: may manage %t", who, sharing, got)
			}
			call := map[moorage.Sharing]bool{"": want.private, moorage.SharingPrivate: want.private, moorage.SharingPeople: want.people, moorage.SharingEveryone: want.everyone}
			if got := auth.MayCall(people[who], server); got != call[sharing] {
				t.Errorf("%s, %q: may call %t", who, sharing, got)
			}
		}
	}
}

// What holds of every person, owner, list and sharing: nobody is let in by an
// empty id, who manages may call, and sharing more takes from nobody.
func TestSharingOnlyAddsAndOnlyCalling(t *testing.T) {
	ids := []moorage.UserID{"", "usr_owner", "usr_named", "usr_other"}
	for who, u := range people {
		for _, owner := range ids {
			for _, named := range ids {
				var might []bool
				for _, sharing := range sharings {
					s := moorage.Server{OwnerID: owner, Sharing: sharing, People: []moorage.UserID{named, "usr_x"}}
					call, manage := auth.MayCall(u, s), auth.MayManage(u, s)
					might = append(might, call)
					switch {
					case u.ID == "" && (call || manage):
						t.Errorf("%s is let in by %+v", who, s)
					case manage && !call:
						t.Errorf("%s manages and may not call %+v", who, s)
					case manage != (u.ID != "" && (u.Role == moorage.RoleAdmin || u.ID == owner)):
						t.Errorf("%s: sharing changes who manages %+v", who, s)
					}
				}
				if !slices.IsSortedFunc(might, func(a, b bool) int { return map[bool]int{true: 1}[a] - map[bool]int{true: 1}[b] }) {
					t.Errorf("%s of owner %q, %q named: %v, while more is shared", who, owner, named, might)
				}
			}
		}
	}
	if auth.MayCall(moorage.User{ID: "usr_other"}, moorage.Server{OwnerID: "usr_owner", Sharing: "public"}) {
		t.Error("a sharing that is none opens the server")
	}
}
