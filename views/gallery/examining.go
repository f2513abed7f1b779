package main

import (
	"github.com/a-h/templ"

	"moorage/views"
	"moorage/views/parts"
)

func examining() []screen {
	looking := views.DoctorPage{
		Shell:       shellOf("Doctor", views.SectionAdmin, crumb("Admin", ""), crumb("Doctor", "")),
		FindingsURL: "/fragment/findings",
	}
	good := parts.Face{Word: "OK", Tone: parts.ToneGood, Icon: "check"}
	fair := parts.Face{Word: "Warning", Tone: parts.ToneWarn, Icon: "warn"}
	poor := parts.Face{Word: "Failing", Tone: parts.ToneBad, Icon: "cross"}
	well := views.DoctorFindings{Says: "All is well", At: ago(0), Rows: []views.DoctorRow{
		{Name: "Engine", Face: good, Says: "Docker 29.5.1 answers at /var/run/docker.sock, on harbour (Debian GNU/Linux 13, overlay2)."},
		{Name: "Registry", Face: good, Says: "The engine may sign in to registry.example.com/moorage."},
		{Name: "Disk", Face: good, Says: "64 GiB free for data, 64 GiB free for images."},
		{Name: "Database", Face: good, Says: "Both files are whole (SQLite 3.53.4, schema 3)."},
	}}
	ill := views.DoctorFindings{Says: "1 of 4 checks fail", At: ago(0), Rows: []views.DoctorRow{
		{Name: "Engine", Face: fair, Says: "Docker 20.10.24 answers at /var/run/docker.sock.", Try: "It works. When you can, update it to 29.5.1 or newer, which mends known ways out of a container."},
		{Name: "Registry", Face: poor, Says: "The registry registry.example.com does not accept the user or the password.", Try: "Check MOORAGE_REGISTRY_USER and MOORAGE_REGISTRY_PASSWORD, and that this user may push there."},
		{Name: "Data folder", Face: good, Says: long},
		{Name: "GitHub", Face: fair, Says: hostile, Try: long},
	}}
	return []screen{
		{"fragment/findings", views.Findings(ill)},
		{"doctor/looking", views.Doctor(looking)},
		{"doctor/well", examined(looking, well)},
		{"doctor/ill", examined(looking, ill)},
	}
}

func examined(p views.DoctorPage, v views.DoctorFindings) templ.Component {
	p.Findings = &v
	return views.Doctor(p)
}
