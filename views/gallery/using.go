package main

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"time"

	"moorage/views"
	"moorage/views/parts"
)

func usagePage() views.UsagePage {
	shell := shellOf("Usage", views.SectionServers, crumb("Servers", "/servers"), crumb("weather", "/servers/weather"), crumb("Usage", ""))
	p := views.UsagePage{Shell: shell, Head: serverHead(views.TabUsage), DataURL: "/usage.json"}
	p.Region = views.UsageView{URL: "/servers/weather/usage", Whole: true, Recording: views.RecordingView{URL: "/servers/weather/usage/record"}, Numbers: usageNumbers("0", "0 %", "–", "–", "0", "0 B", "0.00")}
	return p
}

func usageNumbers(calls, errors, p50, p95, some, memory, cpu string) []views.UsageNumber {
	tone := parts.ToneBad
	if errors == "0 %" {
		tone = ""
	}
	return []views.UsageNumber{
		{Label: "Calls", Value: calls, Note: "in 24 hours"}, {Label: "Errors", Value: errors, Tone: tone}, {Label: "Half of them within", Value: p50, Note: "p50"}, {Label: "95 % within", Value: p95, Note: "p95"},
		{Label: "Sessions", Value: some, Note: "now"}, {Label: "Instances", Value: some, Note: "now"}, {Label: "Memory", Value: memory, Note: "of all instances"}, {Label: "CPU", Value: cpu, Note: "processors"},
	}
}

var (
	wentWell  = parts.Face{Word: "OK", Tone: parts.ToneGood, Icon: "check"}
	toolError = parts.Face{Word: "Tool error", Tone: parts.ToneBad, Icon: "warn"}
	rpcError  = parts.Face{Word: "Error -32602", Tone: parts.ToneBad, Icon: "cross"}
	cancelled = parts.Face{Word: "Cancelled", Tone: parts.ToneQuiet, Icon: "stop"}
)

func usageCall(name string, face parts.Face, d time.Duration) views.UsageCall {
	return views.UsageCall{At: ago(d), Name: name, Tool: true, Face: face, Took: "14 ms", In: "84 B", Out: "1.2 kB", Who: "grace", Means: "by a token"}
}

func busyUsage() views.UsagePage {
	p := usagePage()
	p.Region.Numbers = usageNumbers("48,213", "1.3 %", "14 ms", "312 ms", "7", "184.2 MB", "0.31")
	p.Region.Rows = []views.UsageRow{
		{Name: "forecast", Tool: true, Calls: "41,020", Errors: "602 (1.5 %)", P50: "13 ms", P95: "298 ms", In: "3.4 MB", Out: "51.7 MB"},
		{Name: "warnings", Tool: true, Calls: "7,193", P50: "22 ms", P95: "1.4 s", In: "0.6 MB", Out: "9.1 MB"},
		{Name: "tools/list", Calls: "318", P50: "1.2 ms", P95: "4.0 ms", In: "812 B", Out: "2.1 MB"},
	}
	for i := range 24 {
		p.Region.Hours = append(p.Region.Hours, views.UsageHour{At: ago(time.Duration(i) * time.Hour), Calls: "2,008", Errors: "12", P50: "14 ms", P95: "312 ms", Sessions: "7", Instances: "3", Memory: "184.2 MB", CPU: "0.31"})
	}
	for i := range 12 {
		p.Region.Calls = append(p.Region.Calls, usageCall("forecast", []parts.Face{wentWell, wentWell, toolError, rpcError, cancelled}[i%5], time.Duration(i)*time.Minute))
	}
	list := usageCall("resources/templates/list", wentWell, time.Hour)
	list.Tool, list.Means = false, "over a WebSocket"
	p.Region.Calls = append(p.Region.Calls, list)
	return p
}

// using is how a server was used.
func using() []screen {
	recorded := busyUsage()
	recorded.Region.Recording = views.RecordingView{URL: "/servers/weather/usage/record", By: "ada", Until: parts.MomentOf(now.Add(7*time.Minute), now)}
	recorded.Region.Calls[0].Kept, recorded.Region.Calls[0].Arguments, recorded.Region.Calls[0].Result = true, `{"name":"forecast","arguments":{"place":"Bern","key":"***"}}`, hostile+long
	one, wide, guest, alone := usagePage(), busyUsage(), busyUsage(), usagePage()
	one.Region.Numbers = usageNumbers("1", "0 %", "14 ms", "14 ms", "1", "21.0 MB", "0.02")
	one.Region.Rows = []views.UsageRow{{Name: "forecast", Tool: true, Calls: "1", P50: "14 ms", P95: "14 ms", In: "84 B", Out: "1.2 kB"}}
	one.Region.Calls = []views.UsageCall{usageCall("forecast", wentWell, time.Minute)}
	wide.Region.Rows = []views.UsageRow{{Name: long, Tool: true, Calls: "1,000,000,000", Errors: "999,999,999 (100 %)", P50: "59 min 59 s", P95: "59 min 59 s", In: "999.99 GB", Out: "999.99 GB"}}
	for i, name := range []string{long, hostile} {
		call := usageCall(name, rpcError, time.Hour)
		call.Who, call.In, call.Out = long, "999.9 MB", fmt.Sprint(i, ".00 GB")
		wide.Region.Calls = append(wide.Region.Calls[:0:0], call, wide.Region.Calls[0])
	}
	for _, p := range []*views.UsagePage{&guest, &alone} {
		p.Head.Owner, p.Head.CanManage, p.Head.CanStop, p.DataURL = "ada", false, false, ""
		p.Region.Whole, p.Region.Numbers, p.Region.Rows, p.Region.Hours = false, nil, nil, nil
		p.Region.Recording = views.RecordingView{By: "ada", Until: parts.MomentOf(now.Add(7*time.Minute), now)}
	}
	return []screen{
		{"usage/empty", views.Usage(usagePage())},
		{"usage/one", views.Usage(one)},
		{"usage/busy", views.Usage(busyUsage())},
		{"usage/recorded", views.Usage(recorded)},
		{"usage/long", views.Usage(wide)},
		{"usage/guest", views.Usage(guest)},
		{"usage/guest-empty", views.Usage(alone)},
		{"fragment/usage", views.UsageRegions(busyUsage().Region)},
	}
}

// usageLines answers what the charts ask for: a day with a busy afternoon, and
// hours in which nothing ran.
func usageLines(w http.ResponseWriter, _ *http.Request) {
	const steps, step = 288, 300
	lines := map[string][]any{}
	for i := range steps {
		wave := math.Max(0, math.Sin(float64(i-60)/45)) + 0.04*math.Sin(float64(i))
		calls := int(math.Max(0, 900*wave))
		values := map[string]any{"times": now.Unix() - int64((steps-i)*step), "calls": calls, "errors": calls / 40, "sessions": int(9 * math.Max(0, wave)), "instances": int(4 * math.Max(0, wave))}
		for _, name := range []string{"p50_ms", "p95_ms", "memory_bytes", "cpus"} {
			values[name] = nil
		}
		if calls > 50 {
			values["p50_ms"], values["p95_ms"], values["memory_bytes"], values["cpus"] = 14+10*wave, 180+300*wave*wave, 96e6+80e6*wave, 0.6*wave
		}
		for name, v := range values {
			lines[name] = append(lines[name], v)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(lines) // who has gone needs no answer
}
