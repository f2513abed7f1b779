package deploy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"moorage"
)

// values is what a server is configured with, opened.
type values struct {
	env     map[string]string
	secrets []string // the secret ones among them
	missing []string // names that the server needs and nobody has set
	known   []string // names that were asked for or set
}

// values reads and opens the variables of the server, and counts what a plan
// asked for.
func (j *job) values(ctx context.Context) (values, error) {
	v, err := openVariables(ctx, j.Database, j.Box, j.ServerID)
	if err == nil {
		v.addAsks(j.asks)
	}
	return v, err
}

// openVariables reads and opens the variables of a server.
func openVariables(ctx context.Context, db servers, box opener, id moorage.ServerID) (values, error) {
	vars, err := db.Variables(ctx, id)
	if err != nil {
		return values{}, fmt.Errorf("read the variables: %w", err)
	}
	v := values{env: make(map[string]string, len(vars))}
	for _, x := range vars {
		v.known = append(v.known, x.Name)
		switch {
		case x.Secret && len(x.Sealed) > 0:
			plain, err := box.Open(x.Sealed, variableRow(id, x.Name))
			if err != nil {
				return values{}, moorage.Errorf(moorage.Internal, "The variable %s could not be opened.", x.Name).
					Try("Set it again under Variables, then redeploy.").Because(err)
			}
			v.env[x.Name] = string(plain)
			v.secrets = append(v.secrets, string(plain))
		case x.IsSet():
			v.env[x.Name] = x.Value
		case x.Required:
			v.missing = append(v.missing, x.Name)
		}
	}
	return v, nil
}

// addAsks counts what a plan asked for and nobody has set.
func (v *values) addAsks(asks []moorage.VariableAsk) {
	for _, a := range asks {
		if slices.Contains(v.known, a.Name) {
			continue
		}
		v.known = append(v.known, a.Name)
		if a.Required && a.Default == "" {
			v.missing = append(v.missing, a.Name)
		}
	}
}

// askFor makes room for variables that the server was found to need, so that
// its page asks for them. Nobody knows what they are: they count as secret, and
// stand in the way of no later deployment.
func (j *job) askFor(ctx context.Context, names ...string) error {
	vars, err := j.Database.Variables(ctx, j.ServerID)
	if err != nil {
		return fmt.Errorf("read the variables: %w", err)
	}
	for _, name := range names {
		if slices.ContainsFunc(vars, func(v moorage.Variable) bool { return v.Name == name }) {
			continue
		}
		err := j.Database.SetVariable(ctx, j.ServerID, moorage.Variable{
			Name: name, Secret: true, Description: "The server stopped because it was not set.",
			UpdatedBy: j.CreatedBy, UpdatedAt: j.Now(),
		})
		if err != nil {
			return fmt.Errorf("ask for the variable %s: %w", name, err)
		}
	}
	return nil
}

// errMissing asks for variables by name.
func errMissing(names ...string) *moorage.Error {
	if len(names) == 1 {
		return moorage.Errorf(moorage.Invalid, "The server needs the variable %s, which is not set.", names[0]).
			Try("Set it under Variables, then redeploy.")
	}
	last := len(names) - 1
	return moorage.Errorf(moorage.Invalid, "The server needs the variables %s and %s, which are not set.",
		strings.Join(names[:last], ", "), names[last]).Try("Set them under Variables, then redeploy.")
}
