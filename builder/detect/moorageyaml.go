package detect

import (
	"fmt"

	"moorage"
)

// moorageFile is moorage.yaml, the one file that says exactly how Moorage
// deploys a server. Every field may be left out; what is left out is found as
// if the file were not there. Paths are relative to the file's folder.
type moorageFile struct {
	Name        string            `yaml:"name"`        // title of the server
	Description string            `yaml:"description"` // one sentence
	Dockerfile  string            `yaml:"dockerfile"`  // path
	Context     string            `yaml:"context"`     // folder that COPY sees
	Transport   string            `yaml:"transport"`   // stdio, http or sse
	Port        int               `yaml:"port"`        // http and sse: also given to the server as PORT
	Path        string            `yaml:"path"`        // http: default /mcp; sse: default /sse
	Command     []string          `yaml:"command"`     // instead of the image's own
	Network     string            `yaml:"network"`     // internet or none
	Variables   []moorageVariable `yaml:"variables"`
}

type moorageVariable struct {
	Name        string   `yaml:"name"`
	Description string   `yaml:"description"`
	Secret      bool     `yaml:"secret"`
	Required    bool     `yaml:"required"`
	Default     string   `yaml:"default"`
	Choices     []string `yaml:"choices"`
}

// readMoorageFile is strict: a field that Moorage does not know is an error
// that names it.
func (d *draft) readMoorageFile() error {
	for _, folder := range d.lookIn() {
		if file := d.firstIn(folder, "moorage.yaml", "moorage.yml"); file != "" {
			var m moorageFile
			if err := d.readYAML(file, &m, true); err != nil {
				return err
			}
			return d.wishFrom(file, m)
		}
	}
	return nil
}

func (d *draft) wishFrom(file string, m moorageFile) (err error) {
	w := wish{file: file, name: m.Name, description: m.Description, port: m.Port, path: m.Path}
	if m.Dockerfile != "" {
		if w.dockerfile, err = d.fromFile(file, m.Dockerfile); err != nil {
			return err
		}
	}
	if m.Context != "" {
		if w.context, err = d.fromFile(file, m.Context); err != nil {
			return err
		}
	}
	for _, c := range []struct {
		bad  bool
		what string
	}{
		{m.Transport != "" && !moorage.Transport(m.Transport).Valid(), "transport is stdio, http or sse"},
		{m.Network != "" && m.Network != "internet" && m.Network != "none", "network is internet or none"},
		{m.Port != 0 && !validPort(m.Port), "port is a number from 1 to 65535"},
		{m.Path != "" && m.Path[0] != '/', "path begins with /"},
		{len(m.Path) > 200, "path is at most 200 characters long"},
		{len(m.Command) > 100, "command is at most 100 words long"},
		{len(m.Variables) > maxVariables, fmt.Sprintf("there are at most %d variables", maxVariables)},
	} {
		if c.bad {
			return moorage.Errorf(moorage.Invalid, "%s cannot be followed: %s.", file, c.what).
				Try("Mend the file, commit, then try again.")
		}
	}
	w.transport, w.network = moorage.Transport(m.Transport), moorage.Network(m.Network)
	if w.transport == "" && m.Port != 0 {
		w.transport = moorage.TransportHTTP
	}
	w.command = m.Command
	for _, v := range m.Variables {
		if !moorage.ValidEnvName(v.Name) {
			return moorage.Errorf(moorage.Invalid, "%s cannot be followed: “%s” is no name for a variable.", file, clip(v.Name, 60)).
				Try("Use letters, digits and underscores.")
		}
		w.variables = append(w.variables, moorage.VariableAsk{Name: v.Name, Description: v.Description, Secret: v.Secret,
			Required: v.Required, Default: v.Default, Choices: capChoices(v.Choices), From: file})
	}
	d.wish = w
	return nil
}
