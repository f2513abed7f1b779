package handlers

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

// backups shows admins the backups, makes one, and hands them out.
type backups struct {
	guard
	keeper keeper
	now    clock
}

// keeper makes and keeps backups.
type keeper interface {
	State() moorage.BackupState
	List(ctx context.Context) ([]moorage.Backup, error)
	Now(ctx context.Context) (moorage.Backup, error)
	Open(ctx context.Context, name string) (*os.File, error)
}

// List handles "GET /admin/backups".
func (h backups) List(c echo.Context) error {
	return h.page(c, http.StatusOK, h.keeper.State().Trouble)
}

func (h backups) page(c echo.Context, status int, trouble error) error {
	state := h.keeper.State()
	list, err := h.keeper.List(c.Request().Context())
	if err != nil {
		return err
	}
	page := views.BackupsPage{
		Shell: shell(c, views.SectionAdmin, "Backups", views.Crumb{Label: "Admin"}),
		Off:   state.Folder == "", Folder: state.Folder, Keep: state.Keep, Next: parts.MomentOf(state.Next, h.now()), Trouble: h.trouble(c, trouble),
	}
	for _, b := range list {
		page.Rows = append(page.Rows, views.BackupRow{
			Name: b.Name, Made: parts.MomentOf(b.MadeAt, h.now()), Size: parts.Size(b.Size), Rows: b.Rows, Version: b.Version, KeyID: b.KeyID, Damaged: b.Damaged,
		})
	}
	return render(c, status, views.Backups(page), nil)
}

// Now handles "POST /admin/backups". Who leaves the page does not end it.
func (h backups) Now(c echo.Context) error {
	made, err := h.keeper.Now(context.WithoutCancel(c.Request().Context()))
	if err != nil {
		return h.page(c, statusOf(err), err)
	}
	return done(c, "/admin/backups", fmt.Sprintf("%s is made and verified.", made.Name))
}

// Download handles "POST /admin/backups/download". It is a form, because that
// somebody takes the data away is written down.
func (h backups) Download(c echo.Context) error {
	f, err := h.keeper.Open(c.Request().Context(), c.FormValue("name"))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set("Content-Type", "application/gzip")
	header.Set("Content-Disposition", `attachment; filename="`+info.Name()+`"`)
	http.ServeContent(c.Response(), c.Request(), info.Name(), info.ModTime(), f)
	return nil
}

// attention is what home tells admins of the backups.
func (h backups) attention(u moorage.User) []views.Attention {
	trouble := h.keeper.State().Trouble
	if u.Role != moorage.RoleAdmin || trouble == nil {
		return nil
	}
	return []views.Attention{{What: "The last backup failed.", Why: moorage.ErrorMessage(trouble), URL: "/admin/backups", Do: "Look at the backups"}}
}
