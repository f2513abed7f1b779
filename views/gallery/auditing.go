package main

import (
	"strings"
	"time"

	"github.com/a-h/templ"

	"moorage/views"
	"moorage/views/parts"
)

func auditing() []screen {
	empty := views.AuditPage{
		Shell:   shellOf("Audit log", views.SectionAdmin, crumb("Admin", ""), crumb("Audit log", "")),
		Persons: []parts.Option{{Label: "Anybody"}, {Value: "ada", Label: "ada"}}, Acts: []parts.Option{{Label: "Anything"}, {Value: "server.delete", Label: "Delete a server"}},
		DownloadURL: "/admin/audit.jsonl", ChainURL: "/fragment/audit-chain",
		List: views.AuditListView{Empty: "Nothing that was done fits."},
	}
	many, wide, typed := empty, empty, empty
	for i := range 50 {
		many.List.Rows = append(many.List.Rows, acts[i%len(acts)])
		many.List.Rows[i].N, many.List.Rows[i].At = int64(1204-i), ago(time.Duration(i*i)*time.Minute)
	}
	many.List.Pager = parts.Pager{NextURL: "/admin/audit?page=2", Summary: "1–50 of 1,204"}
	wide.List.Rows = []views.AuditRow{
		{N: 1234567, Who: long, Did: "deleted the server", What: long, IP: "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff", Request: "ab3de5g7", At: ago(time.Hour), Details: []views.AuditDetail{{Name: "source", Value: long}}},
		{N: 2, Who: hostile, Did: "made the API token", What: hostile, How: "by an API token", At: ago(time.Hour), Details: []views.AuditDetail{{Name: hostile, Value: hostile}}},
	}
	typed.From, typed.Target, typed.Faults = "soon", hostile, parts.Faults{"from": "Give a day as 2026-11-20."}
	return []screen{
		{"fragment/audit-chain", views.AuditChain(views.AuditChainView{Whole: true, Says: "The chain is whole: 1204 rows."})},
		{"audit/empty", views.Audit(empty)},
		{"audit/many", views.Audit(many)},
		{"audit/long", views.Audit(wide)},
		{"audit/faults", views.Audit(typed)},
		{"audit/chain-whole", chained(many, views.AuditChainView{Whole: true, Says: "The chain is whole: 1204 rows."})},
		{"audit/chain-broken", chained(many, views.AuditChainView{Says: "The chain is broken at row 17. It was changed after it was written.", Detail: "Somebody wrote to the database past Moorage, or the disk is damaged. Compare with a backup."})},
	}
}

var acts = []views.AuditRow{
	{Who: "ada", Did: "deleted the server", What: "weather", IP: "203.0.113.9", Request: "k3j5h7g2", Details: []views.AuditDetail{{Name: "deployments", Value: "3"}}},
	{Who: "grace", Did: "made the API token", What: "ci", How: "by an API token", IP: "198.51.100.4", Request: "a2b4c6d7"},
	{Who: "ada", Did: "changed the settings of", What: "greeter", IP: "203.0.113.9", Request: "m5n7p2q4", Details: []views.AuditDetail{
		{Name: "changed", Value: "title, run"}, {Name: "hash", Value: "9f86d081884c", Whole: strings.Repeat("9f86d081", 8)}, {Name: "hash before", Value: "2c26b46b68ff", Whole: strings.Repeat("2c26b46b", 8)},
	}},
	{Who: "Moorage", Did: "took up after a restart the deployment of", What: "weather"},
	{Who: "root", Did: "made a setup link", How: "on the command line"},
	{Who: "GitHub", Did: "deployed", What: "weather", How: "by a webhook", IP: "140.82.115.7", Request: "z7y5x3w2", Details: []views.AuditDetail{{Name: "ref", Value: "main"}}},
	{Who: "grace", Did: "signed in", IP: "198.51.100.4", Request: "q2w4e6r7"},
}

func chained(p views.AuditPage, v views.AuditChainView) templ.Component {
	p.Chain = &v
	return views.Audit(p)
}
