package handlers

import (
	"cmp"
	"context"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
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
	return h.page(c, s, nil)
}

// page shows the variables. Those that were given and do not fit stand as they
// were typed.
func (h variables) page(c echo.Context, s moorage.Server, wrong []givenVariable) error {
	ctx := c.Request().Context()
	head, err := h.head(ctx, s, views.TabVariables)
	if err != nil {
		return err
	}
	vars, err := h.db.Variables(ctx, s.ID)
	if err != nil {
		return err
	}
	page := views.VariablesPage{Shell: serverShell(c, s, views.TabVariables), Head: head, CanEdit: true}
	known := map[string]moorage.Variable{}
	for _, v := range vars {
		known[v.Name] = v
		by, err := h.db.User(ctx, v.UpdatedBy)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, views.VariableRow{Field: variableField(v), Changed: parts.MomentOf(v.UpdatedAt, h.now()), ChangedBy: by.Login})
	}
	if len(wrong) == 0 {
		return render(c, http.StatusOK, views.Variables(page), nil)
	}
	page.Typed = typedVariables(wrong, known)
	page.Trouble = &parts.Trouble{Message: "Something in the form does not fit, so nothing was saved.", Next: firstVariableFault(wrong)}
	return render(c, http.StatusUnprocessableEntity, views.Variables(page), nil)
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
	given := readVariables(form)
	if firstVariableFault(given) != "" {
		return h.page(c, s, given)
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
func (h variables) store(ctx context.Context, id moorage.ServerID, given []givenVariable, by moorage.UserID) error {
	known, err := h.db.Variables(ctx, id)
	if err != nil {
		return err
	}
	before := map[string]moorage.Variable{}
	for _, v := range known {
		before[v.Name] = v
	}
	for _, g := range given {
		v := g.Variable
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
