package views

import "moorage/views/parts"

// DoctorPage is how everything is that Moorage leans on. Without findings it
// fetches them by itself: the looking may take a while.
//
//	GET /admin/doctor
//	GET <FindingsURL>
type DoctorPage struct {
	Shell       Shell
	FindingsURL string
	Findings    *DoctorFindings
}

// DoctorFindings is what came of looking.
type DoctorFindings struct {
	Says string // "All is well."
	Rows []DoctorRow
	At   parts.Moment
}

// DoctorRow is how one thing is.
type DoctorRow struct {
	Name string
	Face parts.Face
	Says string
	Try  string // what to do; "" when it is well
}
