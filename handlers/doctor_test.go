package handlers

import "testing"

func TestTheDoctorsFindingsAreShown(t *testing.T) {
	s := newSite(t)
	exchange{URL: "/admin/doctor", As: browser(s.admin), ExpectedStatus: 200, ExpectedContent: []string{`hx-get="/admin/doctor/findings"`, "Looking at the engine"}}.test(t, s)
	exchange{URL: "/admin/doctor/findings", As: browser(s.admin), ExpectedStatus: 200, ExpectedContent: []string{
		"1 of 2 checks fail", "Versions</strong> Moorage v1.2.3", "The process that clones repositories cannot run.", "Look whether the limits",
	}, Absent: []string{"<b>no more"}}.test(t, s)
}
