package handlers

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"moorage"
	"moorage/views"
)

// givenVariable is one row of a form of variables.
type givenVariable struct {
	moorage.Variable
	fault     string // why it does not fit
	nameFault bool   // fault is about the name
}

// readVariables reads variables.<i>.name, .value, .secret, .required and
// .description. Rows that were left empty are left out.
func readVariables(form url.Values) []givenVariable {
	var all []givenVariable
	seen := map[string]bool{}
	for _, i := range variableRows(form) {
		field := func(name string) string { return form.Get(fmt.Sprintf("variables.%d.%s", i, name)) }
		g := givenVariable{Variable: moorage.Variable{
			Name: strings.TrimSpace(field("name")), Value: field("value"), Description: clip(field("description"), 500),
			Secret: field("secret") == "on", Required: field("required") == "on",
		}}
		if g.Name == "" && g.Value == "" {
			continue
		}
		g.check(seen, len(all))
		seen[g.Name] = true
		all = append(all, g)
	}
	return all
}

// variableRows are the numbers of the rows that were posted. Scripts may leave gaps.
func variableRows(form url.Values) []int {
	var rows []int
	for key := range form {
		number, ok := strings.CutPrefix(key, "variables.")
		number, named := strings.CutSuffix(number, ".name")
		if n, err := strconv.Atoi(number); ok && named && err == nil && n >= 0 {
			rows = append(rows, n)
		}
	}
	slices.Sort(rows)
	return rows
}

// check finds what is wrong with a row. seen are the names above it.
func (g *givenVariable) check(seen map[string]bool, above int) {
	switch {
	case !moorage.ValidEnvName(g.Name):
		g.fault, g.nameFault = "Use letters, digits and underscores for its name, and do not begin with a digit.", true
	case seen[g.Name]:
		g.fault, g.nameFault = g.Name+" is there twice. Keep one of the two.", true
	case above >= moorage.MaxVariables:
		g.fault = fmt.Sprintf("A server has at most %d variables.", moorage.MaxVariables)
	default:
		if err := g.CheckValue(); err != nil {
			g.fault = moorage.ErrorMessage(err)
		}
	}
}

// plainVariables are the variables that were given.
func plainVariables(given []givenVariable) []moorage.Variable {
	vars := make([]moorage.Variable, len(given))
	for i, g := range given {
		vars[i] = g.Variable
	}
	return vars
}

// firstVariableFault is "" when all fit.
func firstVariableFault(given []givenVariable) string {
	for _, g := range given {
		if g.fault != "" {
			return clip(g.Name, 60) + ": " + g.fault
		}
	}
	return ""
}

// typedVariables shows rows as they were typed, but for secrets: those are
// typed again. known are the variables that are kept already.
func typedVariables(given []givenVariable, known map[string]moorage.Variable) []views.VariableField {
	var fields []views.VariableField
	for _, g := range given {
		f := variableField(g.Variable)
		f.Fault, f.NameFault = g.fault, g.nameFault
		if f.IsSet = known[g.Name].IsSet(); g.Secret {
			f.Value = ""
		}
		fields = append(fields, f)
	}
	return fields
}
