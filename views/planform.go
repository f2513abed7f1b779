package views

import (
	"moorage"
	"moorage/views/parts"
)

// topicFaulty reports whether a complaint is about a field of the topic, so
// that the part of the form that holds it is open.
func topicFaulty(topic moorage.Topic, faults parts.Faults) bool {
	if topic == moorage.TopicRun {
		return runFaults(faults)
	}
	return faultsAny(faults, "dockerfile", "context", "generated")
}

func runFaults(faults parts.Faults) bool {
	return faultsAny(faults, "transport", "port", "path", "command", "query", "network", "memory_mb", "cpus", "pids")
}

func faultsAny(faults parts.Faults, names ...string) bool {
	for _, name := range names {
		if faults[name] != "" {
			return true
		}
	}
	return false
}

// dockerfileOptions are the choices of the field "dockerfile".
func dockerfileOptions(choices []DockerfileChoice) []parts.Option {
	options := make([]parts.Option, len(choices))
	for i, c := range choices {
		label := c.Label
		if c.Problem != "" {
			label += " (cannot be built from the source alone)"
		}
		options[i] = parts.Option{Value: c.Value, Label: label, Selected: c.Selected}
	}
	return options
}

// chosenProblem is what is wrong with the chosen Dockerfile, or "".
func chosenProblem(choices []DockerfileChoice) string {
	for _, c := range choices {
		if c.Selected {
			return c.Problem
		}
	}
	return ""
}

func transportOptions(chosen moorage.Transport) []parts.Option {
	return []parts.Option{
		{Value: string(moorage.TransportStdio), Label: "stdio: on its standard input and output", Selected: chosen == moorage.TransportStdio},
		{Value: string(moorage.TransportHTTP), Label: "http: Streamable HTTP on a port", Selected: chosen == moorage.TransportHTTP},
		{Value: string(moorage.TransportSSE), Label: "sse: the old HTTP+SSE on a port", Selected: chosen == moorage.TransportSSE},
	}
}

// usualPath is the path of a server that does not name one.
func usualPath(t moorage.Transport) string { return moorage.RunConfig{Transport: t}.Endpoint() }

func networkOptions(chosen moorage.Network) []parts.Option {
	return []parts.Option{
		{Value: string(moorage.NetworkInternet), Label: "internet: a network of its own", Selected: chosen == moorage.NetworkInternet},
		{Value: string(moorage.NetworkNone), Label: "none: it reaches nothing", Selected: chosen == moorage.NetworkNone},
	}
}

func isolationOptions(chosen moorage.Isolation) []parts.Option {
	return []parts.Option{
		{Value: string(moorage.IsolationAuto), Label: "auto: one person's, where the server cannot mix them up", Selected: chosen == moorage.IsolationAuto},
		{Value: string(moorage.IsolationSession), Label: "session: each session has a server of its own", Selected: chosen == moorage.IsolationSession},
		{Value: string(moorage.IsolationShared), Label: "shared: one server for everybody who may call it", Selected: chosen == moorage.IsolationShared},
	}
}

// choiceOptions are the values that a variable may have.
func choiceOptions(f VariableField) []parts.Option {
	options := make([]parts.Option, 0, len(f.Choices)+1)
	if !f.Required || f.Value == "" {
		options = append(options, parts.Option{Label: "(not set)", Selected: f.Value == ""})
	}
	for _, choice := range f.Choices {
		options = append(options, parts.Option{Value: choice, Label: choice, Selected: choice == f.Value})
	}
	return options
}
