package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

// Settings handles "GET /servers/:slug/settings".
func (h servers) Settings(c echo.Context) error {
	s, err := h.loadToManage(c)
	if err != nil {
		return err
	}
	if s.Config.Run, err = h.runs(c.Request().Context(), s); err != nil {
		return err
	}
	return h.settingsPage(c, http.StatusOK, s, runForm(s.Config.Run), nil)
}

// runs is how a server runs: as its owner decided, or as what is live was planned.
func (h servers) runs(ctx context.Context, s moorage.Server) (moorage.RunConfig, error) {
	if s.Config.Run.Transport != "" || s.LiveDeploymentID == "" {
		return s.Config.Run, nil
	}
	d, err := h.db.Deployment(ctx, s.LiveDeploymentID)
	return d.Config.Run, err
}

func (h servers) settingsPage(c echo.Context, status int, s moorage.Server, run views.RunForm, faults parts.Faults) error {
	return h.settingsWith(c, status, s, func(p *views.SettingsPage) { p.Run, p.Faults = run, faults })
}

// settingsWith shows the settings as they are; mend puts in what just happened.
func (h servers) settingsWith(c echo.Context, status int, s moorage.Server, mend func(*views.SettingsPage)) error {
	ctx := c.Request().Context()
	head, err := h.head(c, s, views.TabSettings)
	if err != nil {
		return err
	}
	follows, err := h.autoDeployView(ctx, s)
	if err != nil {
		return err
	}
	sharing, err := h.sharingView(ctx, s)
	if err != nil {
		return err
	}
	page := views.SettingsPage{
		Shell: serverShell(c, s, views.TabSettings), Head: head, CanEdit: true,
		Title: s.Title, Description: s.Description, Ref: s.Source.Ref, Subdir: s.Source.Subdir, Dockerfile: s.Config.Build.Dockerfile, Context: s.Config.Build.Context,
		Run: runForm(s.Config.Run), AutoDeploy: follows, Sharing: sharing, ChangesURL: changesPath(s.Slug), Holds: s.HoldChanges,
	}
	mend(&page)
	return render(c, status, views.Settings(page), nil)
}

// SaveSettings handles "POST /servers/:slug/settings".
func (h servers) SaveSettings(c echo.Context) error {
	s, form, err := h.formToManage(c)
	if err != nil {
		return err
	}
	faults := parts.Faults{}
	s.Title, s.Description = clip(strings.TrimSpace(form.Get("title")), 100), clip(strings.TrimSpace(form.Get("description")), 500)
	s.Source.Ref, s.Source.Subdir = readRef(form, faults), readFolder(form, "subdir", faults)
	if form.Has("dockerfile") {
		s.Config.Build = changedBuild(s.Config.Build, form, faults)
	}
	query := s.Config.Run.Query
	s.Config.Run = readRun(form, faults)
	if !form.Has("query") {
		s.Config.Run.Query = query
	}
	if len(faults) > 0 {
		return h.settingsPage(c, http.StatusUnprocessableEntity, s, typedRun(form), faults)
	}
	if err := h.db.UpdateServer(c.Request().Context(), s); err != nil {
		return err
	}
	return done(c, serverPath(s.Slug)+"/settings", "The settings are saved. They count from the next deployment on.")
}

// changedBuild is what is built after the form was saved. Without a Dockerfile
// it is the one that Moorage wrote; without that the next deployment decides.
func changedBuild(b moorage.BuildConfig, form url.Values, faults parts.Faults) moorage.BuildConfig {
	b.Context = cmp.Or(readFolder(form, "context", faults), ".")
	if b.Dockerfile = readFolder(form, "dockerfile", faults); b.Dockerfile != "" {
		b.Generated = ""
	}
	return b
}

// runForm prints how a server runs into the fields of its form.
func runForm(r moorage.RunConfig) views.RunForm {
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	v := views.RunForm{
		Transport: r.Transport, Port: number(r.Port), Path: r.Path, Command: strings.Join(r.Command, "\n"), Network: r.Network,
		Isolation: r.Isolation, Replicas: number(r.Replicas), MemoryMB: number(r.Limits.MemoryMB), PIDs: number(r.Limits.PIDs), RunAsRoot: r.RunAsRoot, WritableRoot: r.WritableRoot,
	}
	if r.Spares != nil {
		v.Spares = strconv.Itoa(*r.Spares)
	}
	if r.Limits.CPUs != 0 {
		v.CPUs = strconv.FormatFloat(r.Limits.CPUs, 'g', -1, 64)
	}
	for _, parameter := range sortedKeys(r.Query) {
		v.Query += parameter + "=" + r.Query[parameter] + "\n"
	}
	return v
}

// readRun reads the same fields back; what does not fit is a fault at its field.
func readRun(form url.Values, faults parts.Faults) moorage.RunConfig {
	r := moorage.RunConfig{
		Transport: moorage.Transport(form.Get("transport")), Network: moorage.Network(form.Get("network")),
		Isolation: moorage.Isolation(form.Get("isolation")), Command: readLines(form.Get("command")), RunAsRoot: form.Get("run_as_root") == "on", WritableRoot: form.Get("writable_root") == "on",
	}
	if !r.Transport.Valid() {
		faults["transport"] = "Choose stdio, http or sse."
	}
	if r.Network != moorage.NetworkInternet && r.Network != moorage.NetworkNone {
		faults["network"] = "Choose internet or none."
	}
	if !r.Isolation.Valid() {
		faults["isolation"] = "Choose one of the three."
	}
	if strings.TrimSpace(form.Get("spares")) != "" {
		n := readNumber(form, "spares", 0, moorage.MaxSpares, faults)
		r.Spares = &n
	}
	r.Replicas = readNumber(form, "replicas", 1, moorage.MaxReplicas, faults)
	if len(r.Command) > 100 {
		faults["command"] = "Give at most 100 arguments."
	}
	if r.Transport.Listens() {
		r.Port = readNumber(form, "port", 1, 65535, faults)
		if r.Port == 0 {
			faults["port"] = "Say which port the server listens on."
		}
		if r.Path = strings.TrimSpace(form.Get("path")); r.Path != "" && (!strings.HasPrefix(r.Path, "/") || strings.ContainsAny(r.Path, "?# \\") || len(r.Path) > 200) {
			faults["path"] = "Give a path that begins with a slash, such as /mcp."
		}
		r.Query = readQuery(form.Get("query"), faults)
	}
	r.Limits.MemoryMB = readNumber(form, "memory_mb", 16, 2048, faults)
	r.Limits.PIDs = readNumber(form, "pids", 4, 512, faults)
	if v := form.Get("cpus"); v != "" {
		cpus, err := strconv.ParseFloat(v, 64)
		if err != nil || !(cpus >= 0.1 && cpus <= 2) {
			faults["cpus"] = "Give a number from 0.1 to 2."
		}
		r.Limits.CPUs = cpus
	}
	return r
}

func readNumber(form url.Values, field string, least, most int, faults parts.Faults) int {
	v := strings.TrimSpace(form.Get(field))
	if v == "" {
		return 0
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		faults[field] = "Give a number from " + strconv.Itoa(least) + " to " + strconv.Itoa(most) + "."
		return 0
	}
	return n
}

// readQuery reads lines of parameter=VARIABLE.
func readQuery(text string, faults parts.Faults) map[string]string {
	query := map[string]string{}
	for _, line := range readLines(text) {
		parameter, name, ok := strings.Cut(line, "=")
		if !ok || parameter == "" || !moorage.ValidEnvName(name) {
			faults["query"] = "Write parameter=VARIABLE on each line."
			continue
		}
		query[parameter] = name
	}
	return query
}

// readRef reads a branch, tag or commit; "" is the default branch.
func readRef(form url.Values, faults parts.Faults) string {
	ref := strings.TrimSpace(form.Get("ref"))
	if err := moorage.CheckRef(ref); err != nil {
		faults["ref"] = moorage.ErrorMessage(err)
	}
	return ref
}

// readFolder reads a folder of the repository: "" is its root.
func readFolder(form url.Values, field string, faults parts.Faults) string {
	clean, err := moorage.CleanFolder(strings.TrimSpace(form.Get(field)))
	switch {
	case err != nil && field == "dockerfile":
		faults[field] = "Give a Dockerfile inside the repository, such as servers/weather/Dockerfile."
	case err != nil:
		faults[field] = moorage.ErrorMessage(err)
	}
	return clean
}

func readLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
