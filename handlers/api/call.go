package api

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/labstack/echo/v4"

	"moorage"
)

// runner calls tools of live servers.
type runner interface {
	// Call calls one tool of a server for a person; what starts, is checked
	// and can go wrong is the runner's to say.
	Call(ctx context.Context, server moorage.ServerID, user moorage.UserID, t moorage.Offer, args json.RawMessage) (moorage.Result, error)
}

// CallRequest asks for one call of one tool.
type CallRequest struct {
	Tool string          `json:"tool"`
	Args json.RawMessage `json:"args,omitempty"` // an object; left out: {}
}

// CallResult is what the tool answered: a CallToolResult as the server said it.
type CallResult struct {
	Result     json.RawMessage    `json:"result"`
	DurationMS int64              `json:"duration_ms"`
	Instance   moorage.InstanceID `json:"instance"`
}

// Call handles "POST /api/services/:slug/call".
func (h Services) Call(c echo.Context) error {
	s, err := h.load(c)
	if err != nil {
		return err
	}
	r, err := read[CallRequest](c)
	if err != nil {
		return err
	}
	if r.Tool == "" {
		return unfit(moorage.Faults{{Field: "/tool", Message: "Say which tool is called."}})
	}
	if len(r.Args) == 0 {
		r.Args = json.RawMessage("{}")
	}
	ctx, who := c.Request().Context(), h.Who(c)
	if err := who.Scope.CheckCall(s.Slug, r.Tool); err != nil {
		return err
	}
	tools, err := h.DB.Tools(ctx, s.ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(tools, func(t moorage.Offer) bool { return t.Name == r.Tool })
	if at < 0 {
		tools = slices.DeleteFunc(tools, func(t moorage.Offer) bool { return !who.Scope.Allows(s.Slug, t.Name) })
		return noTool(s.Slug, r.Tool, tools)
	}
	if tools[at].Held {
		return heldTool(s.Slug, tools[at])
	}
	res, err := h.Runner.Call(ctx, s.ID, who.User.ID, tools[at], r.Args)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, CallResult{Result: res.Object, DurationMS: res.Took.Milliseconds(), Instance: res.Instance})
}

// heldTool says why a tool is listed and cannot be called.
func heldTool(slug string, t moorage.Offer) error {
	if t.Fault != "" {
		return moorage.Errorf(moorage.Conflict, "The tool %s of %s is not offered. %s", t.Name, slug, t.Fault).Try("Mend it in the server and deploy again.")
	}
	return moorage.Errorf(moorage.Conflict, "The tool %s of %s has changed and waits for its owner.", t.Name, slug).Try("Who owns the server approves it on its page of changes.")
}

// nearNames is how many tools are offered for one that is not there.
const nearNames = 5

// noTool names the tools that the caller may have meant, the nearest first.
func noTool(slug, name string, tools []moorage.Offer) error {
	name = cut(name, 128)
	err := moorage.Errorf(moorage.NotFound, "%s has no tool %s.", slug, name)
	if len(tools) == 0 {
		return err.Try("It has none that you may call.")
	}
	tools = offered(tools)
	slices.SortStableFunc(tools, func(a, b moorage.Offer) int { return cmp.Compare(distance(a.Name, name), distance(b.Name, name)) })
	var near []string
	for _, t := range tools[:min(len(tools), nearNames)] {
		near = append(near, t.Name)
	}
	return err.Try("Near are: %s.", strings.Join(near, ", "))
}

func distance(a, b string) int {
	return levenshtein.Distance(strings.ToLower(a), strings.ToLower(b), nil)
}
