package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

// variables serves what a server is configured with.
type variables struct {
	servers
	kept variableStore
}

type variableStore interface {
	DeleteVariable(ctx context.Context, id moorage.ServerID, name string) error
}

// Show handles "GET /servers/:slug/variables".
func (h variables) Show(c echo.Context) error {
	s, err := h.loadToManage(c)
	if err != nil {
		return err
	}
	return h.page(c, s, nil)
}

// page shows the variables. Those that were given and do not fit stand as they
// were typed.
func (h variables) page(c echo.Context, s moorage.Server, wrong []givenVariable) error {
	ctx := c.Request().Context()
	head, err := h.head(c, s, views.TabVariables)
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
	s, form, err := h.formToManage(c)
	if err != nil {
		return err
	}
	given := readVariables(form)
	if firstVariableFault(given) != "" {
		return h.page(c, s, given)
	}
	if err := h.pipeline.SetVariables(c.Request().Context(), s.ID, plainVariables(given), user(c).ID); err != nil {
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
	s, err := h.loadToManage(c)
	if err != nil {
		return err
	}
	if err := h.kept.DeleteVariable(c.Request().Context(), s.ID, c.FormValue("name")); err != nil {
		return err
	}
	return done(c, serverPath(s.Slug)+"/variables", "The variable is removed.")
}
