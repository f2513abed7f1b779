package parts

import (
	"strings"

	"github.com/a-h/templ"
)

// FieldView is one field of a form, whatever its kind.
type FieldView struct {
	Name         string
	Label        string
	Type         string // of an input: "" = text
	Value        string
	Hint         string
	Fault        string
	Placeholder  string
	Autocomplete string // "" = off
	List         string // id of a datalist
	Pattern      string
	MaxLength    string
	Min          string
	Max          string
	Step         string
	Rows         string // of a text area
	Required     bool
	Mono         bool
	Checked      bool
}

func (f FieldView) id() string { return "f-" + strings.ReplaceAll(f.Name, ".", "-") }

func (f FieldView) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

func (f FieldView) autocomplete() string {
	if f.Autocomplete == "" {
		return "off"
	}
	return f.Autocomplete
}

// attributes are those that stand only when they say something.
func (f FieldView) attributes() templ.Attributes {
	set := templ.Attributes{}
	for name, value := range map[string]string{
		"placeholder": f.Placeholder, "list": f.List, "pattern": f.Pattern, "maxlength": f.MaxLength,
		"min": f.Min, "max": f.Max, "step": f.Step, "aria-describedby": f.describedBy(),
	} {
		if value != "" {
			set[name] = value
		}
	}
	if f.Required {
		set["required"] = true
	}
	if f.Fault != "" {
		set["aria-invalid"] = "true"
	}
	if f.Mono {
		set["data-mono"] = true
		set["spellcheck"] = "false"
	}
	return set
}

func (f FieldView) describedBy() string {
	var ids []string
	if f.Fault != "" {
		ids = append(ids, f.id()+"-fault")
	}
	if f.Hint != "" {
		ids = append(ids, f.id()+"-hint")
	}
	return strings.Join(ids, " ")
}
