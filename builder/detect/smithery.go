package detect

import (
	"regexp"
	"slices"

	"gopkg.in/yaml.v3"

	"moorage"
)

// smitheryPort is where a server of Smithery's container format listens, by
// its contract; it is also told so by PORT.
const smitheryPort = 8081

// smitheryFile is the smithery.yaml of Smithery's container hosting, which
// many repositories still carry.
type smitheryFile struct {
	Runtime string `yaml:"runtime"` // container, typescript, python; older files have none
	Build   struct {
		Dockerfile string `yaml:"dockerfile"`
		Context    string `yaml:"dockerBuildPath"`
	} `yaml:"build"`
	Start struct {
		Type    string         `yaml:"type"` // http or stdio
		Schema  yaml.Node      `yaml:"configSchema"`
		Example map[string]any `yaml:"exampleConfig"`
		// Command is JavaScript of a stranger. It is never run, only searched
		// for the variables that it sets.
		Command string `yaml:"commandFunction"`
	} `yaml:"startCommand"`
	Env map[string]string `yaml:"env"`
}

func (d *draft) readSmitheryFile() error {
	if d.wish.file != "" {
		return nil
	}
	for _, folder := range d.lookIn() {
		if file := d.firstIn(folder, "smithery.yaml", "smithery.yml"); file != "" {
			var s smitheryFile
			if err := d.readYAML(file, &s, false); err != nil {
				return err
			}
			return d.wishFromSmithery(file, &s)
		}
	}
	return nil
}

func (d *draft) wishFromSmithery(file string, s *smitheryFile) (err error) {
	w := wish{file: file}
	if s.Build.Dockerfile != "" {
		if w.dockerfile, err = d.fromFile(file, s.Build.Dockerfile); err != nil {
			return err
		}
	}
	if s.Build.Context != "" {
		if w.context, err = d.fromFile(file, s.Build.Context); err != nil {
			return err
		}
	}
	properties := s.properties(file)
	switch {
	case s.Start.Type == "http", s.Start.Type == "" && s.Runtime == "typescript":
		w.transport, w.port = moorage.TransportHTTP, smitheryPort
		w.query = map[string]string{}
		for _, p := range properties {
			w.query[p.name] = p.ask.Name
		}
	case s.Start.Type == "stdio":
		w.transport = moorage.TransportStdio
	}
	for _, p := range properties {
		w.variables = append(w.variables, p.ask)
	}
	for name, value := range s.Env {
		if machinery.MatchString(name) && name != "TRANSPORT" && name != "MCP_TRANSPORT" {
			continue
		}
		w.variables = append(w.variables, moorage.VariableAsk{Name: name, Default: value, From: file})
	}
	slices.SortStableFunc(w.variables[len(properties):], func(a, b moorage.VariableAsk) int {
		return compareText(a.Name, b.Name)
	})
	d.wish = w
	return nil
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// property is one of configSchema's, and the variable it becomes.
type property struct {
	name string
	ask  moorage.VariableAsk
}

// schemaProperty is the part of JSON Schema that a form can show.
type schemaProperty struct {
	Title       string   `yaml:"title"`
	Description string   `yaml:"description"`
	Default     any      `yaml:"default"`
	Enum        []string `yaml:"enum"`
	Format      string   `yaml:"format"`
	WriteOnly   bool     `yaml:"writeOnly"`
}

// properties lists configSchema's in the order of the file. What is no schema
// is skipped: the file was made for another host.
func (s *smitheryFile) properties(file string) []property {
	var schema struct {
		Required   []string  `yaml:"required"`
		Properties yaml.Node `yaml:"properties"`
	}
	if s.Start.Schema.Decode(&schema) != nil || schema.Properties.Kind != yaml.MappingNode {
		return nil
	}
	names := s.variableNames()
	var list []property
	for i := 0; i+1 < len(schema.Properties.Content) && len(list) < maxVariables; i += 2 {
		name := schema.Properties.Content[i].Value
		var p schemaProperty
		if schema.Properties.Content[i+1].Decode(&p) != nil {
			p = schemaProperty{}
		}
		variable := names[name]
		if variable == "" {
			variable = screaming(name)
		}
		if !moorage.ValidEnvName(variable) || len(name) > 128 {
			continue
		}
		list = append(list, property{name: name, ask: moorage.VariableAsk{
			Name: variable, Description: firstOf([]string{p.Description, p.Title}), From: file,
			Required: slices.Contains(schema.Required, name), Default: scalarText(p.Default),
			Choices: capChoices(p.Enum), Secret: p.WriteOnly || p.Format == "password" || SecretName(variable),
		}})
	}
	return list
}

// assignment finds what a commandFunction puts into the environment:
// NAME: config.prop, 'NAME': String(config["prop"]), env.NAME = config?.prop
var assignment = regexp.MustCompile(`["']?\b([A-Z][A-Z0-9_]*)\b["']?\]?\s*[:=]\s*(?:String\(|\(|\x60\$\{)?\s*config\s*(?:\?\.|\.|\??\.?\[["'])([A-Za-z_$][\w$-]*)`)

func (s *smitheryFile) variableNames() map[string]string {
	names := map[string]string{}
	for _, m := range assignment.FindAllStringSubmatch(s.Start.Command, maxVariables) {
		if _, known := names[m[2]]; !known {
			names[m[2]] = m[1]
		}
	}
	return names
}
