package handlers

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

const (
	maxVariables     = 100
	maxVariableValue = 32 << 10 // bytes
)

// variables serves what a server is configured with.
type variables struct {
	servers
	vault vault
}

// vault keeps variables; secret values go in sealed and never come out here.
type vault struct {
	variableStore
	sealer
}

type variableStore interface {
	SetVariable(ctx context.Context, id moorage.ServerID, v moorage.Variable) error
	DeleteVariable(ctx context.Context, id moorage.ServerID, name string) error
}

type sealer interface {
	Seal(plain []byte, row string) ([]byte, error)
}

// Show handles "GET /servers/:slug/variables".
func (h variables) Show(c echo.Context) error {
	s, err := h.load(c)
	if err != nil {
		return err
	}
	return h.page(c, s, http.StatusOK, nil)
}

func (h variables) page(c echo.Context, s moorage.Server, status int, fault error) error {
	ctx := c.Request().Context()
	head, err := h.head(ctx, s, views.TabVariables)
	if err != nil {
		return err
	}
	vars, err := h.db.Variables(ctx, s.ID)
	if err != nil {
		return err
	}
	page := views.VariablesPage{Shell: serverShell(c, s, views.TabVariables), Head: head, CanEdit: true, Trouble: h.trouble(c, fault)}
	for _, v := range vars {
		by, err := h.db.User(ctx, v.UpdatedBy)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, views.VariableRow{Field: variableField(v), Changed: parts.MomentOf(v.UpdatedAt, h.now()), ChangedBy: by.Login})
	}
	return render(c, status, views.Variables(page), nil)
}

func variableField(v moorage.Variable) views.VariableField {
	return views.VariableField{Name: v.Name, Description: v.Description, Value: v.Value, Secret: v.Secret, Required: v.Required, IsSet: v.IsSet()}
}

// Save handles "POST /servers/:slug/variables".
func (h variables) Save(c echo.Context) error {
	s, err := h.load(c)
	if err != nil {
		return err
	}
	form, err := readForm(c)
	if err != nil {
		return err
	}
	given, err := readVariables(form)
	if err != nil {
		return h.page(c, s, http.StatusUnprocessableEntity, err)
	}
	if err := h.store(c.Request().Context(), s.ID, given, user(c).ID); err != nil {
		return err
	}
	if form.Get("then") == "restart" && s.LiveDeploymentID != "" {
		d, err := h.pipeline.Restart(c.Request().Context(), s.LiveDeploymentID, user(c).ID)
		if err != nil {
			return err
		}
		return done(c, deploymentPath(d.ID), "The variables are saved. The server starts anew with them.")
	}
	return done(c, serverPath(s.Slug)+"/variables", "The variables are saved. Instances that start from now on have them.")
}

// Delete handles "POST /servers/:slug/variables/delete".
func (h variables) Delete(c echo.Context) error {
	s, err := h.load(c)
	if err != nil {
		return err
	}
	if err := h.vault.DeleteVariable(c.Request().Context(), s.ID, c.FormValue("name")); err != nil {
		return err
	}
	return done(c, serverPath(s.Slug)+"/variables", "The variable is removed.")
}

// store keeps what was given. A secret field left empty keeps its value.
func (h variables) store(ctx context.Context, id moorage.ServerID, given []moorage.Variable, by moorage.UserID) error {
	known, err := h.db.Variables(ctx, id)
	if err != nil {
		return err
	}
	before := map[string]moorage.Variable{}
	for _, v := range known {
		before[v.Name] = v
	}
	for _, v := range given {
		old, had := before[v.Name]
		if v.Secret {
			if v, err = h.sealed(id, v, old); err != nil {
				return err
			}
		}
		if had && unchanged(old, v) {
			continue
		}
		v.UpdatedBy, v.UpdatedAt = by, h.now()
		if err := h.vault.SetVariable(ctx, id, v); err != nil {
			return err
		}
	}
	return nil
}

// sealed seals the value of a secret variable. Left empty, it keeps the value
// that it had, also when it was not secret before.
func (h variables) sealed(id moorage.ServerID, v, old moorage.Variable) (moorage.Variable, error) {
	plain := cmp.Or(v.Value, old.Value)
	if v.Value, v.Sealed = "", old.Sealed; plain == "" {
		return v, nil
	}
	sealed, err := h.vault.Seal([]byte(plain), variableRow(id, v.Name))
	if err != nil {
		return v, fmt.Errorf("seal %s: %w", v.Name, err)
	}
	v.Sealed = sealed
	return v, nil
}

func unchanged(a, b moorage.Variable) bool {
	return a.Value == b.Value && a.Secret == b.Secret && a.Required == b.Required && a.Description == b.Description && string(a.Sealed) == string(b.Sealed)
}

// variableRow is the associated data of a sealed variable: moved to another
// row it does not open.
func variableRow(id moorage.ServerID, name string) string {
	return fmt.Sprintf("variable/%s/%s", id, name)
}

// readVariables reads variables.<i>.name, .value, .secret, .required and
// .description. Rows without a name are rows that were left empty.
func readVariables(form url.Values) ([]moorage.Variable, error) {
	var all []moorage.Variable
	seen := map[string]bool{}
	for i := range maxVariables {
		field := func(name string) string { return form.Get(fmt.Sprintf("variables.%d.%s", i, name)) }
		v := moorage.Variable{
			Name: field("name"), Value: field("value"), Description: clip(field("description"), 500),
			Secret: field("secret") == "on", Required: field("required") == "on",
		}
		if v.Name == "" {
			continue
		}
		switch {
		case !moorage.ValidEnvName(v.Name):
			return nil, moorage.Errorf(moorage.Invalid, "%s cannot be the name of a variable.", clip(v.Name, 60)).Try("Use letters, digits and underscores, and do not begin with a digit.")
		case seen[v.Name]:
			return nil, moorage.Errorf(moorage.Invalid, "%s is there twice.", v.Name).Try("Keep one of the two.")
		case len(v.Value) > maxVariableValue:
			return nil, moorage.Errorf(moorage.Invalid, "The value of %s is longer than 32 kB.", v.Name).Try("Give a shorter one.")
		}
		seen[v.Name] = true
		all = append(all, v)
	}
	return all, nil
}
